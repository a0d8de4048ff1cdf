"""The three examples equal an independent reading of the exported bill, to the last digit."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.trino.store import connect
from tests.acceptance.conftest import Finops

ACCOUNT = "simulated:seed=11,as_of=2026-10-20,rows=20000"
APART = ("Credit", "Refund", "Tax")
USAGE = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage")


@pytest.fixture(scope="module")
def bill(shared_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The whole bill as text in pandas; nothing of the product computes from here on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(shared_cache))
        organisation = SimulatedOrganisation(
            SimulatedSpec.parse(ACCOUNT, yesterday=date(2026, 10, 20))
        )
        exported = tmp_path_factory.mktemp("bill") / "bill.csv"
        store = connect(organisation.store_path, read_only=True)
        store.execute(
            "COPY (SELECT * EXCLUDE (product), product['product_name'] AS product_name FROM cur2)"
            f" TO '{exported}' (HEADER)"
        )
        store.close()
    return pd.read_csv(exported, dtype=str, keep_default_na=False)


def summed(costs: pd.Series) -> Decimal:
    return sum((Decimal(cost) for cost in costs), Decimal(0))


def service(bill: pd.DataFrame) -> pd.Series:
    return bill.product_name.where(bill.product_name != "", bill.line_item_product_code)


def amortized(row: pd.Series) -> Decimal:
    """One row's amortized cost; source: the meaning of the CUR's columns in AWS's user guide."""

    def column(name: str) -> Decimal:
        return Decimal(row[name] or "0")

    match row.line_item_line_item_type:
        case "SavingsPlanCoveredUsage":
            return column("savings_plan_savings_plan_effective_cost")
        case "SavingsPlanRecurringFee":
            return column("savings_plan_total_commitment_to_date") - column(
                "savings_plan_used_commitment"
            )
        case "SavingsPlanNegation" | "SavingsPlanUpfrontFee":
            return Decimal(0)
        case "DiscountedUsage":
            return column("reservation_effective_cost")
        case "RIFee":
            return column("reservation_unused_amortized_upfront_fee_for_billing_period") + column(
                "reservation_unused_recurring_fee"
            )
        case "Fee" if row.reservation_reservation_a_r_n:
            return Decimal(0)
        case _:
            return column("line_item_unblended_cost")


def test_the_export_holds_every_cent_of_the_ledger(
    finops: Finops, workspace: Path, bill: pd.DataFrame
) -> None:
    ended = finops("run-workflow", "export-costs-to-csv", "--json", "--account", ACCOUNT)
    assert ended.code == 0, ended.stderr
    with (workspace / "data" / "costs_export.csv").open(newline="") as file:
        exported = list(csv.DictReader(file))
    got = {
        (r["period"], r["account_id"], r["service"], r["charge_type"]): (
            Decimal(r["unblended_cost"]),
            Decimal(r["amortized_cost"]),
        )
        for r in exported
    }
    assert len(got) == len(exported)
    mine = bill.assign(service=service(bill), amortized=bill.apply(amortized, axis=1))
    keys = ["billing_period", "line_item_usage_account_id", "service", "line_item_line_item_type"]
    expected = {
        key: (summed(rows.line_item_unblended_cost), summed(rows.amortized))
        for key, rows in mine.groupby(keys)
    }
    assert got == expected
    assert {r["account_name"][:4] for r in exported} == {"sim-"}


def test_the_monthly_report_ranks_services_as_the_bill_has_them(
    finops: Finops, workspace: Path, bill: pd.DataFrame
) -> None:
    ended = finops("run-workflow", "monthly-cost-report", "--json", "--account", ACCOUNT)
    assert ended.code == 0, ended.stderr
    usage = bill[~bill.line_item_line_item_type.isin(APART)]
    expected = {}
    for month in ("2026-09", "2026-08"):
        of_month = usage[usage.billing_period == month]
        for name, rows in of_month.groupby(service(of_month)):
            expected[name, month] = summed(rows.line_item_unblended_cost)
    with (workspace / "data" / "monthly_cost_report_2026-09.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    got = {(r["service"], "2026-09"): Decimal(r["unblended_cost"]) for r in rows}
    got |= {(r["service"], "2026-08"): Decimal(r["unblended_cost_before"]) for r in rows}
    assert {key: cost for key, cost in got.items() if cost} == {
        key: cost for key, cost in expected.items() if cost
    }
    declared = {figure["label"]: figure["value"] for figure in ended.json()["figures_declared"]}
    september = sum(cost for (_, month), cost in expected.items() if month == "2026-09")
    assert Decimal(declared["Total 2026-09"]) == september


@pytest.mark.parametrize("first_day", ["2026-10-14", "2026-07-06"])
def test_the_anomaly_detector_flags_what_pandas_flags_and_finds_the_incident(
    finops: Finops, workspace: Path, first_day: str, shared_cache: Path, tmp_path: Path
) -> None:
    account = f"{ACCOUNT},incidents=spike@{first_day}"
    start = date.fromisoformat(first_day)
    until = start + timedelta(days=6)
    spec = SimulatedSpec.parse(account, yesterday=date(2026, 10, 20))
    exported = tmp_path / "daily.csv"
    store = connect(SimulatedOrganisation(spec).store_path, read_only=True)
    store.execute(
        "COPY (SELECT coalesce(product['product_name'], line_item_product_code) AS service,"
        " CAST(line_item_usage_start_date AS DATE) AS day, line_item_unblended_cost AS cost"
        f" FROM cur2 WHERE line_item_line_item_type IN {USAGE}) TO '{exported}' (HEADER)"
    )
    store.close()
    costs = pd.read_csv(exported, dtype=str)
    daily = costs.groupby(["day", "service"]).cost.apply(summed).unstack(fill_value=Decimal(0))
    days = pd.date_range(start - timedelta(days=14), until).strftime("%Y-%m-%d")
    daily = daily.reindex(days, fill_value=Decimal(0))
    expected = set()
    for name in daily.columns:
        for number in range(7, len(days)):
            cost = daily[name].iloc[number]
            mean = sum(daily[name].iloc[number - 7 : number], Decimal(0)) / 7
            if cost > mean * Decimal("1.5") and cost - mean >= 25:
                expected.add((days[number], name))

    ended = finops(
        "run-workflow", "cost-anomaly-detector", "--account", account,
        "--param", f"until={until}", "--param", "days=14",
    )  # fmt: skip
    assert ended.code == 0, ended.stderr
    with (workspace / "data" / "cost_anomalies.csv").open(newline="") as file:
        found = {(row["day"], row["service"]) for row in csv.DictReader(file)}
    assert found == expected
    first_days = {(start + timedelta(days=n)).isoformat() for n in range(2)}
    assert any(s == "Amazon Elastic Compute Cloud" and d in first_days for d, s in found)
    assert first_day in ended.stdout


@pytest.mark.parametrize(
    ("name", "param", "says"),
    [
        ("cost-anomaly-detector", "days=0", "days is 0; give 1 or more"),
        ("cost-anomaly-detector", "until=2020-01-01", "the bill holds no usage from 2019-12-03"),
        ("monthly-cost-report", "top=0", "top is 0; give 1 or more services"),
    ],
)
def test_what_cannot_be_looked_at_is_an_error_and_no_empty_report(
    finops: Finops, name: str, param: str, says: str
) -> None:
    ended = finops("run-workflow", name, "--param", param, "--account", ACCOUNT)
    assert (ended.code, ended.stdout) == (1, "")
    assert says in ended.stderr
