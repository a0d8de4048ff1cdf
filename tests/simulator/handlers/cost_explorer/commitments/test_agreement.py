"""Utilization and coverage are the quotients of the bill's own columns, in any period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops_repl.simulator.months import Calendar
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import Worlds, fields
from tests.simulator.handlers.cost_explorer.commitments.bill import (
    CODES,
    DAY,
    KIND,
    LAMBDA,
    PLAN_ELIGIBLE,
    SERVICES,
    billed,
)

ZERO = Decimal(0)

anything = settings(
    max_examples=15, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


@st.composite
def periods(draw: st.DrawFn, last: date) -> tuple[dict[str, str], str, str]:
    """A period that ends before the day `last`, its condition on the bill, and a granularity."""
    first = Calendar(last).first_day
    start = draw(st.dates(first, last - timedelta(days=1)))
    end = draw(st.dates(start + timedelta(days=1), last))
    if draw(st.booleans()):
        start = start.replace(day=1)
    where = f"{DAY} >= DATE '{start}' AND {DAY} < DATE '{end}'"
    granularity = draw(st.sampled_from(("DAILY", "MONTHLY")))
    return {"Start": str(start), "End": str(end)}, where, granularity


def bucket(asked: Mapping[str, str], granularity: str) -> str:
    """The first day of a row's bucket, as text."""
    first = f"greatest(date_trunc('month', {DAY}), DATE '{asked['Start']}')"
    return f"cast({DAY if granularity == 'DAILY' else first} AS varchar)"


def percentage(part: Decimal, whole: Decimal) -> Decimal:
    return (100 * part / whole).quantize(Decimal("1e-10")) if whole else ZERO


def all_pages(
    organisation: SimulatedOrganisation, operation: str, name: str, **params: Any
) -> list[Any]:
    """The items of every page."""
    page = fields(organisation, "ce", operation, **params)
    found = list(page[name])
    while "NextToken" in page:
        page = fields(organisation, "ce", operation, **params, NextToken=page["NextToken"])
        found += page[name]
    return found


@anything
@given(data=st.data())
def test_a_plans_utilization_is_used_commitment_by_commitment(
    small: SimulatedOrganisation, data: st.DataObject
) -> None:
    plans_are_used_as_billed(small, *data.draw(periods(small.spec.as_of)))


def plans_are_used_as_billed(
    organisation: SimulatedOrganisation, asked: dict[str, str], where: str, granularity: str
) -> None:
    answer = fields(
        organisation, "ce", "GetSavingsPlansUtilization", TimePeriod=asked,
        Granularity=granularity,
    )  # fmt: skip
    fees = billed(
        organisation, [bucket(asked, granularity)],
        ("savings_plan_total_commitment_to_date", "savings_plan_used_commitment",
         "savings_plan_amortized_upfront_commitment_for_billing_period",
         "savings_plan_recurring_commitment_for_billing_period"),
        f"{KIND} = 'SavingsPlanRecurringFee' AND {where}",
    )  # fmt: skip
    usage = billed(
        organisation, [bucket(asked, granularity)],
        ("savings_plan_savings_plan_effective_cost", "pricing_public_on_demand_cost"),
        f"{KIND} = 'SavingsPlanCoveredUsage' AND {where}",
    )  # fmt: skip
    parts = answer["SavingsPlansUtilizationsByTime"]
    assert {(part["TimePeriod"]["Start"],) for part in parts} == set(fees)
    for part in parts:
        start = (part["TimePeriod"]["Start"],)
        whole, used, upfront, recurring = fees[start]
        effective, on_demand = usage.get(start, [ZERO, ZERO])
        assert used == effective
        found = {name: Decimal(text) for name, text in part["Utilization"].items()}
        assert found == {
            "TotalCommitment": whole,
            "UsedCommitment": used,
            "UnusedCommitment": whole - used,
            "UtilizationPercentage": percentage(used, whole),
        }
        savings, amortized = part["Savings"], part["AmortizedCommitment"]
        assert Decimal(savings["OnDemandCostEquivalent"]) == on_demand
        assert Decimal(savings["NetSavings"]) == on_demand - whole
        assert Decimal(amortized["AmortizedUpfrontCommitment"]) == upfront
        assert Decimal(amortized["AmortizedRecurringCommitment"]) == recurring
    total = answer["Total"]["Utilization"]
    assert Decimal(total["TotalCommitment"]) == sum((fee[0] for fee in fees.values()), ZERO)


@anything
@given(data=st.data())
def test_details_are_the_same_by_plan(small: SimulatedOrganisation, data: st.DataObject) -> None:
    asked, where, _ = data.draw(periods(small.spec.as_of))
    details = all_pages(
        small, "GetSavingsPlansUtilizationDetails", "SavingsPlansUtilizationDetails",
        TimePeriod=asked,
    )  # fmt: skip
    fees = billed(
        small, ["savings_plan_savings_plan_a_r_n"],
        ("savings_plan_total_commitment_to_date", "savings_plan_used_commitment"),
        f"{KIND} = 'SavingsPlanRecurringFee' AND {where}",
    )  # fmt: skip
    assert {
        (each["SavingsPlanArn"],): [
            Decimal(each["Utilization"][name]) for name in ("TotalCommitment", "UsedCommitment")
        ]
        for each in details
    } == fees


KEYS = {
    "SERVICE": f"CASE WHEN {LAMBDA} THEN 'AWS Lambda'"
    " ELSE 'Amazon Elastic Compute Cloud - Compute' END",
    "REGION": "product_region_code",
    "INSTANCE_FAMILY":
        "coalesce(nullif(product_instance_family, ''), 'NoInstanceTypeFamily')",
}  # fmt: skip


@anything
@given(data=st.data())
def test_a_plans_coverage_is_covered_by_covered_and_on_demand(
    small: SimulatedOrganisation, data: st.DataObject
) -> None:
    asked, where, granularity = data.draw(periods(small.spec.as_of))
    keys = data.draw(st.lists(st.sampled_from(sorted(KEYS)), max_size=2, unique=True))
    account = data.draw(st.sampled_from([None, *(each.id for each in small.world.members[:4])]))
    plans_cover_as_billed(small, asked, where, granularity, keys, account)


def plans_cover_as_billed(
    organisation: SimulatedOrganisation, asked: dict[str, str], where: str, granularity: str,
    keys: Sequence[str], account: str | None = None,
) -> None:  # fmt: skip
    params: dict[str, Any] = {"TimePeriod": asked}
    if account:
        where += f" AND line_item_usage_account_id = '{account}'"
        params["Filter"] = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [account]}}
    if keys:
        params["GroupBy"] = [{"Type": "DIMENSION", "Key": key} for key in keys]
        columns = [KEYS[key] for key in keys]
    else:
        params["Granularity"] = granularity
        columns = [bucket(asked, granularity)]
    items = all_pages(organisation, "GetSavingsPlansCoverage", "SavingsPlansCoverages", **params)
    public = ("pricing_public_on_demand_cost",)
    covered = billed(
        organisation, columns, public, f"{KIND} = 'SavingsPlanCoveredUsage' AND {where}"
    )
    on_demand = billed(
        organisation, columns, public, f"{KIND} = 'Usage' AND {PLAN_ELIGIBLE} AND {where}"
    )
    found = {}
    for item in items:
        key = tuple(item["Attributes"].values()) or (item["TimePeriod"]["Start"],)
        coverage = {name: Decimal(text) for name, text in item["Coverage"].items()}
        found[key] = [coverage["SpendCoveredBySavingsPlans"], coverage["OnDemandCost"]]
        assert coverage["TotalCost"] == sum(found[key])
        assert coverage["CoveragePercentage"] == percentage(found[key][0], sum(found[key], ZERO))
    assert found == {
        key: [covered.get(key, [ZERO])[0], on_demand.get(key, [ZERO])[0]]
        for key in covered.keys() | on_demand.keys()
    }


@anything
@given(data=st.data())
def test_a_reservations_utilization_is_what_its_fee_says_month_by_month(
    small: SimulatedOrganisation, data: st.DataObject
) -> None:
    service = data.draw(st.sampled_from(sorted(SERVICES)))
    months = Calendar(small.spec.as_of).months()[:-1]
    first = data.draw(st.integers(0, len(months) - 1))
    last = data.draw(st.integers(first, len(months) - 1))
    asked = {"Start": str(months[first].starts), "End": str(months[last].ends)}
    reservations_are_used_as_billed(small, asked, service)


def reservations_are_used_as_billed(
    organisation: SimulatedOrganisation, asked: dict[str, str], service: str
) -> None:
    only = {"Dimensions": {"Key": "SERVICE", "Values": [service]}}
    where = (
        f"line_item_product_code = '{CODES[service]}' AND {DAY} >= DATE '{asked['Start']}'"
        f" AND {DAY} < DATE '{asked['End']}'"
    )
    ids = ["reservation_subscription_id"]
    fees = billed(
        organisation, ids,
        ("cast(reservation_total_reserved_units AS double)", "reservation_unused_quantity",
         "reservation_unused_recurring_fee",
         "reservation_unused_amortized_upfront_fee_for_billing_period",
         "line_item_unblended_cost", "reservation_amortized_upfront_fee_for_billing_period"),
        f"{KIND} = 'RIFee' AND {where}",
    )  # fmt: skip
    usage = billed(
        organisation, ids, ("pricing_public_on_demand_cost", "line_item_normalized_usage_amount"),
        f"{KIND} = 'DiscountedUsage' AND {where}",
    )  # fmt: skip
    answer = fields(
        organisation, "ce", "GetReservationUtilization", TimePeriod=asked, Filter=only,
        GroupBy=[{"Type": "DIMENSION", "Key": "SUBSCRIPTION_ID"}],
    )  # fmt: skip
    groups = answer["UtilizationsByTime"][0]["Groups"]
    assert {(group["Value"],) for group in groups} == set(fees)
    for group in groups:
        held, unused, idle, idle_upfront, recurring, upfront = fees[group["Value"],]
        on_demand, units = usage.get((group["Value"],), [ZERO, ZERO])
        found = {name: Decimal(text) for name, text in group["Utilization"].items()}
        assert found["PurchasedHours"] == held
        assert found["UnusedHours"] == unused
        assert found["TotalActualHours"] == held - unused
        assert found["TotalActualUnits"] == units
        assert found["UtilizationPercentage"] == percentage(held - unused, held)
        assert found["RICostForUnusedHours"] == idle + idle_upfront
        assert found["AmortizedRecurringFee"] == recurring
        assert found["AmortizedUpfrontFee"] == upfront
        assert found["OnDemandCostOfRIHoursUsed"] == on_demand
        assert found["NetRISavings"] == on_demand - recurring - upfront
        assert found["TotalPotentialRISavings"] == (
            found["RealizedSavings"] + found["UnrealizedSavings"]
        )
    total = answer["Total"]
    assert Decimal(total["UnusedHours"]) == sum((fee[1] for fee in fees.values()), ZERO)


@anything
@given(data=st.data())
def test_a_reservations_days_are_its_terms_days_and_its_usage_rows(
    small: SimulatedOrganisation, data: st.DataObject
) -> None:
    """Day by day the fee says nothing: what is held follows from the number and the term."""
    asked, where, granularity = data.draw(periods(small.spec.as_of))
    answer = fields(
        small, "ce", "GetReservationUtilization", TimePeriod=asked, Granularity=granularity
    )
    used = billed(
        small, [bucket(asked, granularity)], ("line_item_normalized_usage_amount",),
        f"{KIND} = 'DiscountedUsage' AND line_item_product_code = 'AmazonEC2' AND {where}",
    )  # fmt: skip
    bought = small.room.query(
        "SELECT DISTINCT reservation_subscription_id,"
        " cast(reservation_number_of_reservations AS integer),"
        " cast(substr(reservation_start_time, 1, 10) AS varchar),"
        " cast(reservation_normalized_units_per_reservation AS double) FROM cur2"
        f" WHERE {KIND} = 'RIFee' AND line_item_product_code = 'AmazonEC2'"
    ).rows
    for part in answer["UtilizationsByTime"]:
        start, end = (date.fromisoformat(part["TimePeriod"][name]) for name in ("Start", "End"))
        held = ZERO
        for _, number, begins, units in bought:
            days = (end - max(start, date.fromisoformat(str(begins)))).days
            held += max(0, days) * 24 * Decimal(str(number)) * Decimal(str(units))
        found = {name: Decimal(text) for name, text in part["Total"].items()}
        assert found["PurchasedUnits"] == held
        assert found["TotalActualUnits"] == used.get((str(start),), [ZERO])[0]
        assert found["UtilizationPercentageInUnits"] == percentage(found["TotalActualUnits"], held)


GROUPS = {
    "INSTANCE_TYPE": "product_instance_type",
    "LINKED_ACCOUNT": "line_item_usage_account_id",
    "REGION": "product_region_code",
    "AZ": "coalesce(nullif(line_item_availability_zone, ''), 'NoAZ')",
}


@anything
@given(data=st.data())
def test_a_reservations_coverage_is_reserved_hours_by_running_hours(
    small: SimulatedOrganisation, data: st.DataObject
) -> None:
    asked, where, granularity = data.draw(periods(small.spec.as_of))
    service = data.draw(st.sampled_from(sorted(SERVICES)))
    keys = data.draw(st.lists(st.sampled_from(sorted(GROUPS)), max_size=3, unique=True))
    usage_is_reserved_as_billed(small, asked, where, granularity, service, keys)


def usage_is_reserved_as_billed(
    organisation: SimulatedOrganisation, asked: dict[str, str], where: str, granularity: str,
    service: str, keys: Sequence[str],
) -> None:  # fmt: skip
    params: dict[str, Any] = {
        "TimePeriod": asked,
        "Filter": {"Dimensions": {"Key": "SERVICE", "Values": [service]}},
        "Metrics": ["Hour", "Cost"],
    }
    columns = [GROUPS[key] for key in keys] or [bucket(asked, granularity)]
    if keys:
        params["GroupBy"] = [{"Type": "DIMENSION", "Key": key} for key in keys]
    else:
        params["Granularity"] = granularity
    answer = fields(organisation, "ce", "GetReservationCoverage", **params)
    running = f"{KIND} IN ('Usage', 'SavingsPlanCoveredUsage') AND {SERVICES[service]} AND {where}"
    others = billed(
        organisation, columns, ("line_item_usage_amount", "pricing_public_on_demand_cost"), running
    )
    reserved = billed(
        organisation, columns, ("line_item_usage_amount",),
        f"{KIND} = 'DiscountedUsage' AND {SERVICES[service]} AND {where}",
    )  # fmt: skip
    items = answer["CoveragesByTime"][0]["Groups"] if keys else answer["CoveragesByTime"]
    found = {}
    for item in items:
        key = tuple(item["Attributes"].values()) if keys else (item["TimePeriod"]["Start"],)
        coverage = item["Coverage" if keys else "Total"]
        hours = {name: Decimal(text) for name, text in coverage["CoverageHours"].items()}
        found[key] = [hours["ReservedHours"], hours["OnDemandHours"]]
        found[key].append(Decimal(coverage["CoverageCost"]["OnDemandCost"]))
        assert hours["TotalRunningHours"] == hours["ReservedHours"] + hours["OnDemandHours"]
        assert hours["CoverageHoursPercentage"] == percentage(
            hours["ReservedHours"], hours["TotalRunningHours"]
        )
    assert {key: sums for key, sums in found.items() if any(sums)} == {
        key: [reserved.get(key, [ZERO])[0], *others.get(key, [ZERO, ZERO])]
        for key in others.keys() | reserved.keys()
    }


def test_the_default_organisation_agrees_in_thirteen_months(worlds: Worlds) -> None:
    """At full size, where amounts are a hundred times as large."""
    organisation = worlds("simulated:as_of=2026-10-31")
    asked = {"Start": "2025-10-01", "End": "2026-10-01"}
    where = f"{DAY} >= DATE '2025-10-01' AND {DAY} < DATE '2026-10-01'"
    plans_are_used_as_billed(organisation, asked, where, "MONTHLY")
    plans_cover_as_billed(organisation, asked, where, "MONTHLY", ["SERVICE", "REGION"])
    for service in SERVICES:
        reservations_are_used_as_billed(organisation, asked, service)
        usage_is_reserved_as_billed(
            organisation, asked, where, "MONTHLY", service, ["INSTANCE_TYPE"]
        )
