"""Reservations and the Savings Plan are billed as AWS bills them; pandas checks the figures."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.store import connect
from tests.simulator.conftest import SMALL, Worlds, fields

ZERO = Decimal(0)
COLUMNS = (
    "billing_period", "line_item_usage_start_date", "line_item_line_item_type",
    "line_item_usage_account_id", "line_item_usage_type", "line_item_unblended_cost",
    "line_item_blended_cost", "line_item_usage_amount", "pricing_public_on_demand_cost",
    "reservation_effective_cost", "reservation_unused_recurring_fee",
    "reservation_unused_amortized_upfront_fee_for_billing_period",
    "reservation_amortized_upfront_fee_for_billing_period", "reservation_reservation_a_r_n",
    "reservation_amortized_upfront_cost_for_usage", "reservation_recurring_fee_for_usage",
    "reservation_unused_quantity", "reservation_total_reserved_units",
    "reservation_upfront_value", "savings_plan_savings_plan_a_r_n",
    "savings_plan_savings_plan_effective_cost", "savings_plan_total_commitment_to_date",
    "savings_plan_used_commitment", "product_instance_type",
)  # fmt: skip
MONEY = [name for name in COLUMNS if name.endswith(("_cost", "_fee", "_amount", "_quantity"))]


@pytest.fixture(params=["all", "none"])
def organisation(worlds: Worlds, request: pytest.FixtureRequest) -> SimulatedOrganisation:
    """Two of them: where reservations are left behind, and where they are sold in time."""
    return worlds(f"{SMALL},incidents={request.param}")


@pytest.fixture
def bill(organisation: SimulatedOrganisation, tmp_path: Path) -> pd.DataFrame:
    """The exported bill as pandas reads it, money as Decimal."""
    exported = tmp_path / "bill.csv"
    store = connect(organisation.store_path, read_only=True)
    store.execute(f"COPY (SELECT {', '.join(COLUMNS)} FROM cur2) TO '{exported}' (HEADER)")
    store.close()
    frame = pd.read_csv(exported, dtype=str, keep_default_na=False)
    for name in frame.columns:
        if name.endswith(
            ("_cost", "_fee", "_amount", "_quantity", "_period", "_value", "_date")
        ) or ("commitment" in name or name.endswith("_usage")):
            if name in ("billing_period", "line_item_usage_start_date"):
                continue
            frame[name] = frame[name].map(Decimal)
    return frame


def of_type(bill: pd.DataFrame, *types: str) -> pd.DataFrame:
    return bill[bill.line_item_line_item_type.isin(types)]


def amortized(bill: pd.DataFrame) -> pd.Series:
    """Row by row, as the columns' own documentation defines it."""
    kind = bill.line_item_line_item_type
    cost = bill.line_item_unblended_cost.copy()
    cost[kind == "SavingsPlanCoveredUsage"] = bill.savings_plan_savings_plan_effective_cost
    unused = bill.savings_plan_total_commitment_to_date - bill.savings_plan_used_commitment
    cost[kind == "SavingsPlanRecurringFee"] = unused
    cost[kind == "SavingsPlanNegation"] = ZERO
    cost[kind == "DiscountedUsage"] = bill.reservation_effective_cost
    cost[kind == "RIFee"] = (
        bill.reservation_unused_recurring_fee
        + bill.reservation_unused_amortized_upfront_fee_for_billing_period
    )
    cost[(kind == "Fee") & (bill.reservation_reservation_a_r_n != "")] = ZERO
    return cost


def test_cost_explorers_amortized_cost_is_pandas_own(
    organisation: SimulatedOrganisation, bill: pd.DataFrame
) -> None:
    answer = fields(
        organisation,
        "ce",
        "GetCostAndUsage",
        TimePeriod={"Start": "2025-10-01", "End": "2026-11-01"},
        Granularity="MONTHLY",
        Metrics=["AmortizedCost", "UnblendedCost"],
    )
    months = amortized(bill).groupby(bill.billing_period).sum()
    for bucket in answer["ResultsByTime"]:
        month = bucket["TimePeriod"]["Start"][:7]
        assert Decimal(bucket["Total"]["AmortizedCost"]["Amount"]) == months[month]
    # What was paid up front in one month is amortized in the months after it.
    unblended = [
        Decimal(bucket["Total"]["UnblendedCost"]["Amount"]) for bucket in answer["ResultsByTime"]
    ]
    assert sum(total != months.iloc[place] for place, total in enumerate(unblended)) == 10


def test_a_covered_hour_is_negated_and_paid_by_the_commitment(bill: pd.DataFrame) -> None:
    day = ["line_item_usage_start_date", "line_item_usage_account_id"]
    covered = of_type(bill, "SavingsPlanCoveredUsage").groupby(day).line_item_unblended_cost.sum()
    negated = of_type(bill, "SavingsPlanNegation").groupby(day).line_item_unblended_cost.sum()
    assert (covered + negated == ZERO).all()
    assert len(covered) == len(negated) > 396


def test_the_plans_commitment_is_what_was_used_and_what_was_not(bill: pd.DataFrame) -> None:
    day = ["savings_plan_savings_plan_a_r_n", "line_item_usage_start_date"]
    fees = of_type(bill, "SavingsPlanRecurringFee").set_index(day)
    used = of_type(bill, "SavingsPlanCoveredUsage").groupby(day)
    assert (fees.savings_plan_used_commitment == used.savings_plan_savings_plan_effective_cost.sum()
            .reindex(fees.index)).all()  # fmt: skip
    unused = fees.savings_plan_total_commitment_to_date - fees.savings_plan_used_commitment
    assert (unused >= ZERO).all()
    assert (unused > ZERO).any()
    assert (fees.savings_plan_total_commitment_to_date.groupby(level=0).nunique() == 1).all()


def test_a_reservations_fee_is_what_its_usage_and_its_idle_hours_cost(bill: pd.DataFrame) -> None:
    keys = ["billing_period", "reservation_reservation_a_r_n"]
    fees = of_type(bill, "RIFee").set_index(keys)
    used = (
        of_type(bill, "DiscountedUsage")
        .groupby(keys)[["reservation_effective_cost", "line_item_usage_amount"]]
        .sum()
    )
    closed = fees[fees.index.get_level_values(0) < "2026-10"]
    for index, fee in closed.iterrows():
        effective, hours = used.loc[index] if index in used.index else (ZERO, ZERO)
        assert hours + fee.reservation_unused_quantity == Decimal(
            fee.reservation_total_reserved_units
        )
        whole = (
            fee.line_item_unblended_cost + fee.reservation_amortized_upfront_fee_for_billing_period
        )
        idle = (
            fee.reservation_unused_recurring_fee
            + fee.reservation_unused_amortized_upfront_fee_for_billing_period
        )
        assert abs(effective + idle - whole) < Decimal("0.0001")
    assert (closed.reservation_unused_quantity > ZERO).any()


def test_what_was_paid_upfront_is_a_fee_once_and_never_amortized_as_one(bill: pd.DataFrame) -> None:
    fees = of_type(bill, "Fee")
    upfront = fees[fees.reservation_reservation_a_r_n != ""]
    assert len(upfront) == 1
    assert upfront.line_item_unblended_cost.item() == upfront.reservation_upfront_value.item() > 0
    assert amortized(upfront).item() == ZERO


def test_blended_cost_moves_money_between_accounts_and_creates_none(bill: pd.DataFrame) -> None:
    day = ["line_item_usage_start_date", "line_item_usage_type"]
    hours = of_type(bill, "Usage", "DiscountedUsage").groupby(day)
    unblended, blended = hours.line_item_unblended_cost.sum(), hours.line_item_blended_cost.sum()
    assert (unblended == blended).all()
    assert (bill.line_item_unblended_cost != bill.line_item_blended_cost).any()
