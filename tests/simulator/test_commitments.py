"""Reservations and Savings Plans are billed as AWS bills them; pandas checks the figures."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.offers import SIZES, price_e10
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.store import connect
from tests.simulator.conftest import SMALL, Worlds, fields

ZERO = Decimal(0)
RI, PLAN = "reservation_reservation_a_r_n", "savings_plan_savings_plan_a_r_n"
COLUMNS = (
    "billing_period", "line_item_usage_start_date", "line_item_line_item_type",
    "line_item_usage_account_id", "line_item_usage_type", "line_item_resource_id",
    "line_item_unblended_cost", "line_item_net_unblended_cost", "line_item_blended_cost",
    "line_item_usage_amount", "line_item_normalized_usage_amount", "line_item_product_code",
    "line_item_operation", "product_instance_type", "product_region_code", "bill_bill_type",
    "pricing_public_on_demand_cost", "pricing_offering_class", "pricing_purchase_option",
    "reservation_effective_cost", "reservation_unused_recurring_fee",
    "reservation_unused_amortized_upfront_fee_for_billing_period",
    "reservation_amortized_upfront_fee_for_billing_period", RI,
    "reservation_amortized_upfront_cost_for_usage", "reservation_recurring_fee_for_usage",
    "reservation_unused_quantity", "reservation_total_reserved_units",
    "reservation_unused_normalized_unit_quantity", "reservation_upfront_value",
    "reservation_total_reserved_normalized_units", PLAN, "savings_plan_offering_type",
    "savings_plan_savings_plan_effective_cost", "savings_plan_total_commitment_to_date",
    "savings_plan_used_commitment", "savings_plan_savings_plan_rate",
    "savings_plan_recurring_commitment_for_billing_period",
    "savings_plan_amortized_upfront_commitment_for_billing_period",
)  # fmt: skip
NUMBERS = (
    "_cost", "_fee", "_amount", "_quantity", "_value", "_period", "_usage", "_rate", "_to_date",
    "_used_commitment", "_units",
)  # fmt: skip
TEXT = ("billing_period",)


@pytest.fixture(params=["all", "none"])
def organisation(worlds: Worlds, request: pytest.FixtureRequest) -> SimulatedOrganisation:
    """Two of them: where reservations are left behind, and where they are sold in time."""
    return worlds(f"{SMALL},incidents={request.param}")


@pytest.fixture(scope="module")
def bills() -> dict[Path, pd.DataFrame]:
    return {}


@pytest.fixture
def bill(
    organisation: SimulatedOrganisation, bills: dict[Path, pd.DataFrame], tmp_path: Path
) -> pd.DataFrame:
    """The exported bill as pandas reads it, money as Decimal."""
    if organisation.store_path not in bills:
        exported = tmp_path / "bill.csv"
        store = connect(organisation.store_path, read_only=True)
        store.execute(
            f"COPY (SELECT {', '.join(COLUMNS)} FROM cur2 WHERE coalesce(line_item_operation, '')"
            f" <> 'EKSPod-EC2') TO '{exported}' (HEADER)"
        )
        store.close()
        frame = pd.read_csv(exported, dtype=str, keep_default_na=False)
        for name in frame.columns:
            if name.endswith(NUMBERS) and name not in TEXT:
                frame[name] = frame[name].map(lambda text: Decimal(text or "0"))
        bills[organisation.store_path] = frame
    return bills[organisation.store_path]


def of_type(bill: pd.DataFrame, *types: str) -> pd.DataFrame:
    return bill[bill.line_item_line_item_type.isin(types)]


def amortized(bill: pd.DataFrame) -> pd.Series:
    """Row by row, as the columns' own documentation defines it."""
    kind = bill.line_item_line_item_type
    cost = bill.line_item_unblended_cost.copy()
    cost[kind == "SavingsPlanCoveredUsage"] = bill.savings_plan_savings_plan_effective_cost
    unused = bill.savings_plan_total_commitment_to_date - bill.savings_plan_used_commitment
    cost[kind == "SavingsPlanRecurringFee"] = unused
    cost[kind.isin(["SavingsPlanNegation", "SavingsPlanUpfrontFee"])] = ZERO
    cost[kind == "DiscountedUsage"] = bill.reservation_effective_cost
    cost[kind == "RIFee"] = (
        bill.reservation_unused_recurring_fee
        + bill.reservation_unused_amortized_upfront_fee_for_billing_period
    )
    cost[(kind == "Fee") & (bill[RI] != "")] = ZERO
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
    assert all(total != months.iloc[place] for place, total in enumerate(unblended))


def test_a_covered_hour_is_negated_and_paid_by_the_commitment(bill: pd.DataFrame) -> None:
    day = [PLAN, "line_item_usage_start_date", "line_item_usage_account_id",
           "line_item_usage_type"]  # fmt: skip
    covered = of_type(bill, "SavingsPlanCoveredUsage").groupby(day).line_item_unblended_cost.sum()
    negated = of_type(bill, "SavingsPlanNegation").groupby(day).line_item_unblended_cost.sum()
    assert (covered + negated == ZERO).all()
    assert len(covered) == len(negated) > 396
    assert (of_type(bill, "SavingsPlanNegation").line_item_resource_id == "").all()


def test_a_plans_commitment_is_what_was_used_and_what_was_not(bill: pd.DataFrame) -> None:
    day = [PLAN, "line_item_usage_start_date"]
    fees = of_type(bill, "SavingsPlanRecurringFee").set_index(day)
    used = of_type(bill, "SavingsPlanCoveredUsage").groupby(day)
    assert (fees.savings_plan_used_commitment == used.savings_plan_savings_plan_effective_cost.sum()
            .reindex(fees.index)).all()  # fmt: skip
    unused = fees.savings_plan_total_commitment_to_date - fees.savings_plan_used_commitment
    assert (unused >= ZERO).all()
    assert (fees.savings_plan_total_commitment_to_date == (
        fees.savings_plan_recurring_commitment_for_billing_period
        + fees.savings_plan_amortized_upfront_commitment_for_billing_period
    )).all()  # fmt: skip
    by_type = unused.groupby(fees.savings_plan_offering_type).sum()
    whole = fees.groupby("savings_plan_offering_type").savings_plan_total_commitment_to_date.sum()
    assert by_type["EC2InstanceSavingsPlans"] > whole["EC2InstanceSavingsPlans"] / 100
    # The compute plan is small enough to be used up every day, but for what rounding leaves.
    assert by_type["ComputeSavingsPlans"] < whole["ComputeSavingsPlans"] / 1_000_000


def test_a_savings_plan_was_bought_within_the_thirteen_months(bill: pd.DataFrame) -> None:
    plan = bill[bill.savings_plan_offering_type == "ComputeSavingsPlans"]
    assert plan.billing_period.min() == "2026-03"
    (upfront,) = of_type(plan, "SavingsPlanUpfrontFee").itertuples()
    assert (upfront.line_item_usage_start_date, upfront.bill_bill_type) == (
        "2026-03-01 00:00:00", "Purchase",
    )  # fmt: skip
    assert upfront.line_item_unblended_cost > 0


def test_reservations_come_before_plans_and_nothing_covers_spot(bill: pd.DataFrame) -> None:
    spot = bill[bill.line_item_usage_type.str.contains("SpotUsage")]
    assert set(spot.line_item_line_item_type) == {"Usage", "EdpDiscount"}
    reserved = of_type(bill, "RIFee").set_index(["billing_period", RI])
    full = reserved[reserved.reservation_unused_quantity == ZERO]
    covered = of_type(bill, "DiscountedUsage")
    by_plan = of_type(bill, "SavingsPlanCoveredUsage")
    both = set(covered.product_instance_type) & set(by_plan.product_instance_type)
    for kind in both:
        months = set(by_plan[by_plan.product_instance_type == kind].billing_period)
        arns = set(covered[covered.product_instance_type == kind][RI])
        assert all(any((month, arn) in full.index for arn in arns) for month in months), kind
    # The family's own plan comes first: what it covers, the compute plan never does but in excess.
    assert set(by_plan[by_plan.product_instance_type == "r6g.xlarge"].savings_plan_offering_type)


def test_the_highest_saving_is_covered_first(bill: pd.DataFrame) -> None:
    """On each day the compute plan has covered whole usage types before it begins with worse."""
    day = bill[bill.line_item_usage_start_date == "2026-07-15 00:00:00"]
    mine = day[(day.savings_plan_offering_type == "ComputeSavingsPlans")
               & (day.line_item_line_item_type == "SavingsPlanCoveredUsage")]  # fmt: skip
    rate = mine.savings_plan_savings_plan_effective_cost / mine.pricing_public_on_demand_cost
    worst = max(round(each, 4) for each in rate)
    left = day[(day.line_item_line_item_type == "Usage")
               & day.line_item_usage_type.str.contains("BoxUsage")]  # fmt: skip
    families = {kind.partition(".")[0] for kind in left.product_instance_type}
    percent = {"c5": "0.70", "c6i": "0.71", "c7g": "0.71", "r5": "0.73", "t3": "0.78"}
    assert len(mine) > 3
    assert all(Decimal(percent.get(family, "0.74")) >= worst for family in families)


def test_a_reservations_fee_is_what_its_usage_and_its_idle_hours_cost(bill: pd.DataFrame) -> None:
    keys = ["billing_period", RI]
    fees = of_type(bill, "RIFee").set_index(keys)
    used = (
        of_type(bill, "DiscountedUsage")
        .groupby(keys)[["reservation_effective_cost", "line_item_normalized_usage_amount"]]
        .sum()
    )
    closed = fees[fees.index.get_level_values(0) < "2026-10"]
    for index, fee in closed.iterrows():
        effective, units = used.loc[index] if index in used.index else (ZERO, ZERO)
        assert units + fee.reservation_unused_normalized_unit_quantity == (
            fee.reservation_total_reserved_normalized_units
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


def test_there_are_reservations_of_each_kind(bill: pd.DataFrame) -> None:
    fees = of_type(bill, "RIFee")
    assert set(fees.line_item_product_code) == {"AmazonEC2", "AmazonRDS", "AmazonElastiCache"}
    assert set(fees.pricing_offering_class) == {"standard", "convertible"}
    assert set(fees.pricing_purchase_option) == {"No Upfront", "Partial Upfront", "All Upfront"}


def test_a_size_flexible_reservation_covers_other_sizes_of_its_family(bill: pd.DataFrame) -> None:
    covered = of_type(bill, "DiscountedUsage")
    types = covered[covered.line_item_product_code == "AmazonEC2"].product_instance_type
    assert {"r5.xlarge", "r5.2xlarge"} <= set(types)


def test_what_was_paid_upfront_is_a_fee_once_and_never_amortized_as_one(bill: pd.DataFrame) -> None:
    fees = of_type(bill, "Fee")
    upfront = fees[fees[RI] != ""]
    assert len(upfront) == 1
    assert upfront.line_item_unblended_cost.item() == upfront.reservation_upfront_value.item() > 0
    assert amortized(upfront).item() == ZERO


def test_blended_cost_moves_money_between_accounts_and_creates_none(bill: pd.DataFrame) -> None:
    day = ["line_item_usage_start_date", "line_item_usage_type"]
    hours = of_type(bill, "Usage", "DiscountedUsage").groupby(day)
    unblended, blended = hours.line_item_unblended_cost.sum(), hours.line_item_blended_cost.sum()
    assert (unblended == blended).all()
    assert (bill.line_item_unblended_cost != bill.line_item_blended_cost).any()


def units_a_day(ledger: Ledger, family: str) -> list[float]:
    """Normalized unit hours of a family's instances on each day, by their lives alone."""
    calendar = ledger.calendar
    found = []
    for day in range(calendar.length):
        date = calendar.day(day)
        running = [
            each
            for each in ledger.instances
            if each.kind.startswith(f"{family}.")
            and each.region.code == "us-east-1"
            and each.runs(day, date.weekday(), date.day)
        ]
        found.append(sum(24 * SIZES[each.kind.rpartition(".")[2]] for each in running))
    return found


def by_month(ledger: Ledger, days: Iterable[float]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for day, amount in enumerate(days):
        period = ledger.calendar.day(day).strftime("%Y-%m")
        sums[period] = sums.get(period, 0) + amount
    return sums


def test_a_reservations_utilisation_and_coverage_are_those_of_the_instances(
    organisation: SimulatedOrganisation, bill: pd.DataFrame
) -> None:
    ledger = Ledger(organisation.spec)
    (bought,) = (each for each in ledger.commitments if each.offer.instance_type == "r5.xlarge")
    running = units_a_day(ledger, "r5")
    held = 24 * bought.quantity * 8
    used = by_month(ledger, (min(held, units) for units in running))
    bought_units = by_month(ledger, (held for _ in running))
    whole = by_month(ledger, running)
    mine = bill[bill[RI] == bought.arn]
    fees = of_type(mine, "RIFee").set_index("billing_period")
    covered = of_type(mine, "DiscountedUsage").groupby("billing_period")
    reserved = covered.line_item_normalized_usage_amount.sum()
    left = of_type(bill, "Usage", "SavingsPlanCoveredUsage")
    left = left[left.product_instance_type.str.startswith("r5.")
                & (left.product_region_code == "us-east-1")]  # fmt: skip
    factor = left.product_instance_type.map(lambda kind: SIZES[kind.rpartition(".")[2]])
    rest = (left.line_item_usage_amount.astype(float) * factor).groupby(left.billing_period).sum()
    for period, fee in fees[fees.index < "2026-10"].iterrows():
        utilisation = 1 - (fee.reservation_unused_normalized_unit_quantity
                           / fee.reservation_total_reserved_normalized_units)  # fmt: skip
        assert abs(float(utilisation) - used[period] / bought_units[period]) < 1e-6
        coverage = float(reserved[period]) / (float(reserved[period]) + rest.get(period, 0.0))
        assert abs(coverage - used[period] / whole[period]) < 1e-6
    assert min(used[period] / bought_units[period] for period in used) < 0.99


def test_a_plans_utilisation_and_coverage_are_those_of_the_instances(
    organisation: SimulatedOrganisation, bill: pd.DataFrame
) -> None:
    ledger = Ledger(organisation.spec)
    (plan,) = (
        each
        for each in ledger.commitments
        if each.kind == "instance-sp" and each.offer.instance_type == "r6g.xlarge"
    )
    a_unit = price_e10(plan.offer, plan.region) / 8
    running = [units * a_unit for units in units_a_day(ledger, "r6g")]
    held = 24 * plan.rate / 0.43
    covered = by_month(ledger, (min(held, dollars) for dollars in running))
    whole = by_month(ledger, running)
    mine = bill[bill[PLAN] == plan.arn]
    fees = of_type(mine, "SavingsPlanRecurringFee").groupby("billing_period")
    used = of_type(mine, "SavingsPlanCoveredUsage").groupby("billing_period")
    public = used.pricing_public_on_demand_cost.sum()
    for period, total in fees.savings_plan_total_commitment_to_date.sum().items():
        utilisation = fees.savings_plan_used_commitment.sum()[period] / total
        days = held * len(set(mine[mine.billing_period == period].line_item_usage_start_date))
        assert abs(float(utilisation) - covered[period] / days) < 1e-6
        coverage = float(public[period]) * 1e10 / whole[period]
        assert abs(coverage - covered[period] / whole[period]) < 1e-6
