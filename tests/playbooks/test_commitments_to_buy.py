"""The amount to commit is the one of which a search over all amounts finds none that costs less."""

from __future__ import annotations

import csv
import threading
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_repl.aws.call import Answer, Call, Caller, Refusal, Result
from finops_repl.billing.port import BillKind
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.loopback import open_loopback
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.playbooks.scripts_shelf import script
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.check import read_statement
from finops_repl.trino.files import files_room
from tests.playbooks.script_run import run_script
from tests.playbooks.simulated_house import Answered, simulated_house
from tests.playbooks.small_account import BILL, SmallAccount

MILL = Decimal("0.001")
NEAR = Decimal("0.000001")
MONTH_HOURS = 730
MOST_REQUESTS = {"cur2": 7, "focus": 9}


def advice(organisation: SimulatedOrganisation) -> dict[str, Any]:
    """AWS's own recommendation of a Compute Savings Plan."""
    params = {
        "SavingsPlansType": "COMPUTE_SP",
        "TermInYears": "ONE_YEAR",
        "PaymentOption": "NO_UPFRONT",
        "LookbackPeriodInDays": "THIRTY_DAYS",
    }
    call = Call("ce", "GetSavingsPlansPurchaseRecommendation", "us-east-1", params)
    answer = organisation.answer(call, cancelled=threading.Event())
    assert isinstance(answer, Result)
    found = answer.fields["SavingsPlansPurchaseRecommendation"]
    return dict(found["SavingsPlansPurchaseRecommendationDetails"][0])


def discount_of(advised: dict[str, Any]) -> Decimal:
    used = Decimal(advised["EstimatedSPCost"]) * Decimal(advised["EstimatedAverageUtilization"])
    on_demand = Decimal(advised["EstimatedOnDemandCostWithCurrentCommitment"])
    return 1 - used / 100 / (on_demand - Decimal(advised["EstimatedOnDemandCost"]))


def dollars(hours: list[Decimal], commitment: Decimal, discount: Decimal) -> Decimal:
    """What the hours cost under a commitment, its fee included."""
    return sum(
        (commitment + each - min(each, commitment / (1 - discount)) for each in hours), Decimal(0)
    )


@pytest.mark.parametrize("kind", ["cur2", "focus"])  # the bill answers; Cost Explorer does
async def test_no_other_amount_costs_less(
    organisation: SimulatedOrganisation, tmp_path: Path, kind: BillKind
) -> None:
    with simulated_house(tmp_path, organisation, kind=kind) as (chat, gateway):
        answered = Answered(await chat.ask("What should we buy?"))
        paid = Counter(call.operation for call in gateway.calls("r") if call.service == "ce")
    answered.check()
    assert paid.total() <= MOST_REQUESTS[kind]
    with (tmp_path / "on_demand_by_hour.csv").open() as file:
        hours = [Decimal(row["on_demand_usd"]) for row in csv.DictReader(file)]
    assert len(hours) == 30 * 24
    figures, advised = answered.figures, advice(organisation)
    discount = discount_of(advised)
    assert abs(figures["discount"] - 100 * discount) < NEAR
    cheapest = figures["cheapest"]
    least = dollars(hours, cheapest, discount)
    amounts = {each * (1 - discount) for each in hours} | {Decimal(0), cheapest + MILL}
    slack = len(hours) * MILL  # amounts are thousandths of a dollar an hour
    assert least <= min(dollars(hours, each, discount) for each in amounts) + slack
    saved = (sum(hours, Decimal(0)) - least) / len(hours) * MONTH_HOURS
    assert abs(figures["cheapest saves"] - saved) < NEAR
    # AWS looks at all rates one by one, and at a day more: it is near, not the same.
    assert abs(cheapest / Decimal(advised["HourlyCommitmentToPurchase"]) - 1) < Decimal("0.02")


async def test_the_careful_amount_is_used_in_nine_of_ten_hours(
    organisation: SimulatedOrganisation, tmp_path: Path
) -> None:
    with simulated_house(tmp_path, organisation) as (chat, _):
        answered = Answered(await chat.ask("how much should we commit?"))
    with (tmp_path / "on_demand_by_hour.csv").open() as file:
        hours = sorted(Decimal(row["on_demand_usd"]) for row in csv.DictReader(file))
    figures = answered.figures
    keep = 1 - figures["discount"] / 100
    low = hours[len(hours) // 10]
    assert abs(figures["careful"] - low * keep) <= MILL
    assert sum(each * keep >= figures["careful"] for each in hours) >= 0.9 * len(hours)
    # Were all hours as low, the careful amount would save more than the cheapest.
    assert figures["careful saves in low hours"] > figures["cheapest saves in low hours"]
    at_low = (low - dollars([low], figures["cheapest"], 1 - keep)) * MONTH_HOURS
    assert abs(figures["cheapest saves in low hours"] - at_low) < NEAR


async def test_what_is_eight_times_too_large_is_not_bought_before_it_is_made_smaller(
    organisation: SimulatedOrganisation, tmp_path: Path
) -> None:
    key = organisation.key("oversized").of("oversized")
    with simulated_house(tmp_path, organisation) as (chat, _):
        answered = Answered(await chat.ask("what should we buy?"))
    assert answered.text.startswith("**Rightsize before you commit**")
    lines = [line for line in answered.text.splitlines() if " RDS " in line]
    marked = [line for line in lines if "*first*" in line]
    assert len(marked) == 1
    assert f"db.r5.large in {key.region}" in marked[0]
    assert len(lines) > 1


@dataclass
class DayAndNight(SmallAccount):
    """A bill by the hour of twelve dear hours and twelve cheap ones, and AWS's advice for it."""

    def __post_init__(self) -> None:
        import duckdb

        file = self.folder / "bill.parquet"
        with duckdb.connect() as store:
            store.execute(f"COPY ({HOURLY}) TO '{file}' (FORMAT parquet)")
        self.room = files_room([file])

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        match call.operation:
            case "GetSavingsPlansPurchaseRecommendation":
                details = [ADVICE] if call.params["SavingsPlansType"] == "COMPUTE_SP" else []
                found = {"SavingsPlansPurchaseRecommendationDetails": details}
                return Result({"SavingsPlansPurchaseRecommendation": found})
            case "ListRecommendations":
                return Refusal("AccessDeniedException", "not enrolled")
        return super().answer(call, cancelled=cancelled)


HOURLY = """
    SELECT strftime(hour, '%Y-%m') AS billing_period, hour AS line_item_usage_start_date,
        'Usage' AS line_item_line_item_type, 'AmazonEC2' AS line_item_product_code,
        'BoxUsage:m5.large' AS line_item_usage_type, 'RunInstances' AS line_item_operation,
        '111111111111' AS line_item_usage_account_id,
        CASE WHEN extract(hour FROM hour) BETWEEN 8 AND 19 THEN 10.0 ELSE 2.0 END
            AS pricing_public_on_demand_cost, 0.0 AS line_item_unblended_cost
    FROM (SELECT unnest(range(current_date - INTERVAL 40 DAY, current_date + INTERVAL 1 DAY,
        INTERVAL 1 HOUR)) AS hour)
"""
ADVICE = {  # a third less than on demand
    "HourlyCommitmentToPurchase": "4",
    "EstimatedAverageUtilization": "100",
    "EstimatedMonthlySavingsAmount": "1460",
    "EstimatedSPCost": "100",
    "EstimatedOnDemandCost": "50",
    "EstimatedOnDemandCostWithCurrentCommitment": "200",
}


def test_nights_are_not_spread_over_days(tmp_path: Path) -> None:
    account = DayAndNight(tmp_path, None)
    gateway = Gateway(account, ReadOnlyPolicy(read_statement), AuditLog(tmp_path))
    try:
        with open_loopback(gateway, Caller("s", "r")) as door:
            ran = run_script(script("commitments_to_buy"), {}, BILL, door, tmp_path)
    finally:
        account.room.close()
    assert ran.finding["by_hour"] is True
    assert ran.figure("an hour") == 6
    # Half of the hours are dear, and two thirds would have to be: only the nights are worth it.
    assert ran.figure("cheapest") == Decimal("1.333")
    assert ran.finding["is_enrolled"] is False
