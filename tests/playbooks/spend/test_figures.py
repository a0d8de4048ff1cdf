"""Every figure of a spend answer is what pandas makes of the same file, and the table adds up."""

from __future__ import annotations

import random
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from finops_repl.agent.models.offline import OfflineModel
from finops_repl.base.events import FigureRegistered, ToolRequested, TurnFinished
from finops_repl.billing.files import FilesBill
from finops_repl.tools.query_bill import QueryBill
from tests.agent.fakes import Session, session

FIRST, LAST = date(2026, 7, 10), date(2026, 11, 19)
ACCOUNTS = {"111111111111": "Web Shop", "222222222222": "it's-data", "333333333333": "sim-lake"}
REGIONS = ("us-east-1", "eu-west-1")
SERVICES = tuple(f"Service{n:02}" for n in range(14))
NAMES = {
    "day": ("line_item_usage_start_date", "ChargePeriodStart"),
    "account": ("line_item_usage_account_id", "SubAccountId"),
    "name": ("line_item_usage_account_name", "SubAccountName"),
    "service": ("line_item_product_code", "ServiceName"),
    "region": ("product_region_code", "RegionId"),
    "kind": ("line_item_line_item_type", "ChargeCategory"),
    "cost": ("line_item_unblended_cost", "BilledCost"),
    "currency": ("line_item_currency_code", "BillingCurrency"),
}


def bill(folder: Path, *, focus: bool = False, currency: str = "USD", last: date = LAST) -> Path:
    """A bill as CSV with the plain columns beside it in `plain.csv`."""
    chance = random.Random(3)
    rows: list[dict[str, Any]] = []
    day = FIRST
    while day <= last:
        for account, name in ACCOUNTS.items():
            for service in SERVICES:
                cost = f"{chance.uniform(0.01, 9):.6f}"
                region = chance.choice(REGIONS)
                rows.append(_row(day, account, name, service, region, "Usage", cost, currency))
        if day.day == 1:
            rows.append(_row(day, account, name, SERVICES[0], "", "Tax", "77.5", currency))
        day += timedelta(days=1)
    plain = pd.DataFrame(rows)
    plain.to_csv(folder / "plain.csv", index=False)
    names = {key: pair[focus] for key, pair in NAMES.items()}
    plain.rename(columns=names).to_csv(folder / "costs.csv", index=False)
    return folder / "costs.csv"


def _row(day: date, *cells: str) -> dict[str, Any]:
    keys = ("account", "name", "service", "region", "kind", "cost", "currency")
    return {"day": f"{day} 00:00:00", **dict(zip(keys, cells, strict=True))}


def truth(folder: Path, first: str, last: str, **only: str) -> pd.DataFrame:
    """The usage rows of months from first to last, costs as exact decimals."""
    frame = pd.read_csv(folder / "plain.csv", dtype=str, keep_default_na=False)
    frame["cost"] = frame["cost"].map(Decimal)
    month = frame["day"].str[:7]
    frame = frame[(month >= first) & (month <= last) & (frame["kind"] != "Tax")]
    for column, value in only.items():
        frame = frame[frame[column] == value]
    return frame.assign(month=frame["day"].str[:7])


def offline(path: Path) -> Session:
    return session(OfflineModel(), [QueryBill(FilesBill([path]))])


async def ask(path: Path, question: str) -> TurnFinished:
    end = (await offline(path).ask(question))[-1]
    assert isinstance(end, TurnFinished)
    return end


def lines_of(answer: str) -> dict[tuple[str, ...], Decimal]:
    """The table by its names; money without its dress."""
    found = {}
    for line in answer.splitlines():
        if "[f" in line and line.startswith("|"):
            *names, cost = (cell.strip() for cell in line.strip("|").split("|"))
            value = re.sub(r"\s*\[f\d+\]|[$,]|[A-Z]{3} ", "", cost)
            found[tuple(names)] = Decimal(value)
    return found


CENT = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    return Decimal(f"{value:.2f}")


@pytest.mark.parametrize("focus", [False, True])
@pytest.mark.parametrize(
    ("question", "first", "last", "by", "only"),
    [
        ("What did we spend by service last month?", "2026-10", "2026-10", ["service"], {}),
        ("spend by account between August and October", "2026-08", "2026-10", ["name"], {}),
        ("cost by region since September", "2026-09", "2026-11", ["region"], {}),
        ("cost by month", "2026-05", "2026-10", ["month"], {}),
        ("cost by region and account in 2026-09", "2026-09", "2026-09", ["region", "name"], {}),
        ("cost by service and account in 2026-09", "2026-09", "2026-09", ["service", "name"], {}),
        ("top 3 services in account sim-lake in August: how much?", "2026-08", "2026-08",
         ["service"], {"name": "sim-lake"}),
        ("spend in account 111111111111 last month", "2026-10", "2026-10",
         ["service"], {"account": "111111111111"}),
        ('spend for account "it\'s-data" by month in October', "2026-10", "2026-10",
         ["month"], {"name": "it's-data"}),
        ("spend in account \"web shop\" in eu-west-1 this month by region", "2026-11", "2026-11",
         ["region"], {"name": "Web Shop", "region": "eu-west-1"}),
    ],
)  # fmt: skip
async def test_figures_are_those_of_pandas(
    tmp_path: Path,
    question: str,
    first: str,
    last: str,
    by: list[str],
    only: dict[str, str],
    focus: bool,
) -> None:
    end = await ask(bill(tmp_path, focus=focus), question)
    assert end.end == "answered", end.answer
    assert "unsourced" not in end.answer
    assert "**(not what" not in end.answer
    shown = lines_of(end.answer)
    frame = truth(tmp_path, first, last, **only)
    blank = ("",) * (len(by) - 1)
    total = shown.pop(("total", *blank))
    others = shown.pop(("others", *blank), None)
    assert total == cents(sum(frame["cost"], Decimal(0)))
    sums = frame.groupby(by)["cost"].sum()
    expected = {(k if isinstance(k, tuple) else (k,)): v for k, v in sums.items()}
    assert shown == {key: cents(expected[key]) for key in shown}
    left = [value for key, value in expected.items() if key not in shown]
    assert others == (cents(sum(left, Decimal(0))) if left else None)
    if left:
        assert min(expected[key] for key in shown) >= max(left)
    assert abs(sum(shown.values()) + (others or 0) - total) <= CENT * (len(shown) + 1) / 2
    assert f"In {first}" in end.answer
    assert "data ends on 2026-11-19" in end.answer


async def test_more_days_than_rows_are_refused(tmp_path: Path) -> None:
    end = await ask(bill(tmp_path), "daily cost since July")
    assert end.end == "failed"
    assert "a table has room for 100 days, and 2026-07 to 2026-11" in end.answer
    assert "ask by week" in end.answer.lower()
    weeks = lines_of((await ask(tmp_path / "costs.csv", "cost by week since August")).answer)
    days = truth(tmp_path, "2026-08", "2026-11")
    monday = pd.to_datetime(days["day"]).dt.to_period("W-SUN").dt.start_time.astype(str)
    assert weeks.pop(("total",)) == cents(days["cost"].sum())
    assert weeks == {(k,): cents(v) for k, v in days.groupby(monday)["cost"].sum().items()}


async def test_split_cost_allocation_is_counted_once(tmp_path: Path) -> None:
    path = bill(tmp_path)
    whole = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows = whole[whole["line_item_line_item_type"] == "Usage"].tail(50)
    whole["line_item_operation"] = [""] * 40 + ["RunInstances"] * (len(whole) - 40)
    split = rows.assign(line_item_operation="EKSPod-EC2")
    pd.concat([whole, split]).to_csv(path, index=False)
    shown = lines_of((await ask(path, "What did we spend by account this month?")).answer)
    assert shown[("total",)] == cents(truth(tmp_path, "2026-11", "2026-11")["cost"].sum())


async def test_months_before_the_bills_first_day_are_said_not_to_be_whole(tmp_path: Path) -> None:
    answer = (await ask(bill(tmp_path), "What did we spend in July?")).answer
    assert "begins on 2026-07-10, so these months are not whole" in answer
    assert "begins" not in (await ask(tmp_path / "costs.csv", "spend in August")).answer


@pytest.mark.parametrize("focus", [False, True])
async def test_a_bill_in_euros_is_never_shown_in_dollars(tmp_path: Path, focus: bool) -> None:
    path = bill(tmp_path, focus=focus, currency="EUR")
    facts = await offline(path).ask("What did we spend by account last month?")
    end = facts[-1]
    assert isinstance(end, TurnFinished)
    assert "$" not in end.answer
    total = cents(sum(truth(tmp_path, "2026-10", "2026-10")["cost"], Decimal(0)))
    assert f"you spent EUR {total:,.2f} [f" in end.answer
    assert "Tax EUR 77.50 [f" in end.answer
    assert {fact.unit for fact in facts if isinstance(fact, FigureRegistered)} == {"EUR"}


async def test_several_currencies_have_no_sum(tmp_path: Path) -> None:
    path = bill(tmp_path)
    path.write_text(path.read_text().replace("USD", "GBP", 1))
    end = await ask(path, "What did we spend last month?")
    assert end.end == "failed"
    assert "several currencies (GBP, USD)" in end.answer
    assert "[f" not in end.answer


async def test_a_month_without_cost_is_refused_with_the_months_there_are(tmp_path: Path) -> None:
    path = bill(tmp_path, focus=True, last=date(2026, 7, 30))
    end = await ask(path, "What did we spend by service last month?")
    assert end.end == "failed"
    assert "no cost for 2026-06" in end.answer
    assert "ends on 2026-07-30" in end.answer
    assert "The months there: 2026-07." in end.answer


@pytest.mark.parametrize(
    ("question", "period"),
    [
        ("compare October with the same month last year", "2025-10"),
        ("compare October 2026 with December 2026 by service", "2026-12"),
    ],
)
async def test_a_period_outside_the_bill_is_compared_with_none(
    tmp_path: Path, question: str, period: str
) -> None:
    end = await ask(bill(tmp_path), question)
    assert end.end == "failed"
    assert f"the bill holds nothing of {period}: it goes from 2026-07-10 to 2026-11-19" in (
        end.answer
    )
    assert "[f" not in end.answer


async def test_charges_that_a_month_lacks_are_named_with_the_months_that_have_them(
    tmp_path: Path,
) -> None:
    path = bill(tmp_path)
    end = await ask(path, "how much credit did we get in October?")
    assert end.end == "failed"
    assert "the bill holds no Credit for 2026-10" in end.answer
    assert "The months with Credit: none." in end.answer
    end = await ask(path, "how much tax did we pay in July?")
    assert "the bill holds no Tax for 2026-07" in end.answer
    assert "The months with Tax: 2026-08, 2026-09, 2026-10, 2026-11." in end.answer


async def test_a_year_to_come_is_not_called_the_month_to_date(tmp_path: Path) -> None:
    end = await ask(bill(tmp_path), "spend in 2030 by service")
    assert "no cost for 2030-01 to 2030-12; its data" in end.answer


async def test_an_account_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    end = await ask(bill(tmp_path), "What did we spend in account sim-leak last month?")
    assert end.end == "failed"
    assert "account sim-leak" in end.answer
    assert "sim-lake" in end.answer


async def test_the_cause_of_a_rise_in_files_is_refused_before_anybody_is_asked(
    tmp_path: Path,
) -> None:
    facts = await offline(bill(tmp_path)).ask("Why did our EC2 costs jump?")
    asked = [fact.tool for fact in facts if isinstance(fact, ToolRequested)]
    assert asked == ["query_bill"]
    end = facts[-1]
    assert isinstance(end, TurnFinished)
    assert end.end == "failed"
    assert "asks Athena and CloudTrail, and this bill is files" in end.answer


async def test_a_refusal_names_the_words_and_what_can_be_answered(tmp_path: Path) -> None:
    end = await ask(bill(tmp_path), "What did we spend in Februray?")
    assert end.end == "failed"
    assert '"Februray"' in end.answer
    assert "Did you mean February? The nearest" in end.answer
    assert "I can answer these kinds" in end.answer
    assert "$" not in end.answer
