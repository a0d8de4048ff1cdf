"""The hours behind a recommended plan: they sum to it, and their coverage is the bill's."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import Worlds, ask, fields
from tests.simulator.handlers.cost_explorer.commitments.bill import (
    DATABASE_ELIGIBLE,
    DAY,
    KIND,
    PLAN_ELIGIBLE,
    billed,
)

ZERO = Decimal(0)
ELIGIBLE = {"COMPUTE_SP": PLAN_ELIGIBLE, "DATABASE_SP": DATABASE_ELIGIBLE}


def recommended(organisation: SimulatedOrganisation, type_: str, **more: Any) -> list[Any]:
    answer = fields(
        organisation, "ce", "GetSavingsPlansPurchaseRecommendation", SavingsPlansType=type_,
        **{
            "TermInYears": "ONE_YEAR", "PaymentOption": "NO_UPFRONT",
            "LookbackPeriodInDays": "THIRTY_DAYS", **more,
        },
    )  # fmt: skip
    found = answer["SavingsPlansPurchaseRecommendation"]
    return list(found["SavingsPlansPurchaseRecommendationDetails"])


def behind(organisation: SimulatedOrganisation, detail: Any) -> Any:
    answer = fields(
        organisation, "ce", "GetSavingsPlanPurchaseRecommendationDetails",
        RecommendationDetailId=detail["RecommendationDetailId"],
    )  # fmt: skip
    assert answer["RecommendationDetailId"] == detail["RecommendationDetailId"]
    return answer["RecommendationDetailData"]


def mean(values: list[Decimal]) -> Decimal:
    return sum(values, ZERO) / len(values)


def close(one: object, other: Decimal) -> bool:
    return abs(Decimal(str(one)) - other) < Decimal("1e-6")


@pytest.mark.parametrize("type_", ["COMPUTE_SP", "EC2_INSTANCE_SP", "DATABASE_SP"])
def test_hours_sum_to_the_recommendation(small: SimulatedOrganisation, type_: str) -> None:
    for detail in recommended(small, type_):
        data = behind(small, detail)
        told = {name: value for name, value in detail.items() if name in data}
        assert {name: data[name] for name in told} == told
        assert len(told) > 12
        assert data["OfferingId"] == detail["SavingsPlansDetails"]["OfferingId"]
        hours = data["MetricsOverLookbackPeriod"]
        starts = [hour["StartTime"] for hour in hours]
        assert len(hours) == len(set(starts)) == 30 * 24
        assert starts == sorted(starts)
        assert starts[-1] == data["LatestUsageTimestamp"] == f"{small.spec.as_of}T23:00:00Z"

        def of(name: str, hours: Any = hours) -> list[Decimal]:
            return [Decimal(hour[name]) for hour in hours]

        left = sum(of("EstimatedOnDemandCost"), ZERO)
        assert close(data["EstimatedOnDemandCost"], left)
        used = mean(of("EstimatedNewCommitmentUtilization"))
        assert close(data["EstimatedAverageUtilization"], used)
        assert close(data["CurrentAverageCoverage"], mean(of("CurrentCoverage")))
        assert close(data["EstimatedAverageCoverage"], mean(of("EstimatedCoverage")))
        assert mean(of("EstimatedCoverage")) > mean(of("CurrentCoverage"))


@pytest.mark.parametrize("type_", sorted(ELIGIBLE))
@pytest.mark.parametrize("world", ["small", "default"])
def test_coverage_is_what_the_bill_has_under_plans_and_on_demand(
    worlds: Worlds, small: SimulatedOrganisation, type_: str, world: str
) -> None:
    """In the last seven days, in which no commitment began or ended."""
    organisation = small if world == "small" else worlds("simulated:as_of=2026-10-31")
    (detail,) = recommended(organisation, type_, LookbackPeriodInDays="SEVEN_DAYS")
    since = organisation.spec.as_of - timedelta(days=6)
    rows = billed(
        organisation, [f"cast({DAY} AS varchar)", KIND], ["pricing_public_on_demand_cost"],
        f"{ELIGIBLE[type_]} AND {DAY} >= DATE '{since}'"
        f" AND {KIND} IN ('Usage', 'SavingsPlanCoveredUsage')",
    )  # fmt: skip
    costs: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    for (day, kind), (cost,) in rows.items():
        costs[day][kind] = cost
    for hour in behind(organisation, detail)["MetricsOverLookbackPeriod"]:
        of_day = costs[hour["StartTime"][:10]]
        covered, whole = of_day.get("SavingsPlanCoveredUsage", ZERO), sum(of_day.values(), ZERO)
        assert close(hour["CurrentCoverage"], 100 * covered / whole)
        left = 24 * Decimal(hour["EstimatedOnDemandCost"])
        assert close(hour["EstimatedCoverage"], 100 * (whole - left) / whole)


def test_what_no_plan_of_today_covers_is_on_demand(small: SimulatedOrganisation) -> None:
    """Also before the one that was bought 40 days ago, and while the expired one was there."""
    (detail,) = recommended(small, "COMPUTE_SP", LookbackPeriodInDays="SIXTY_DAYS")
    since = small.spec.as_of - timedelta(days=59)
    whole = billed(
        small, [f"cast({DAY} AS varchar)"], ["pricing_public_on_demand_cost"],
        f"{PLAN_ELIGIBLE} AND {DAY} >= DATE '{since}'"
        f" AND {KIND} IN ('Usage', 'SavingsPlanCoveredUsage')",
    )  # fmt: skip
    uncovered = ZERO
    for hour in behind(small, detail)["MetricsOverLookbackPeriod"]:
        share = 1 - Decimal(hour["CurrentCoverage"]) / 100
        uncovered += whole[hour["StartTime"][:10],][0] / 24 * share
    told = Decimal(detail["EstimatedOnDemandCostWithCurrentCommitment"])
    assert abs(told - uncovered) < Decimal("1e-5")


def test_what_is_owned_already_is_told_of_the_kind_and_of_the_account(
    small: SimulatedOrganisation,
) -> None:
    plans = fields(small, "savingsplans", "DescribeSavingsPlans", states=["active"])["savingsPlans"]
    for type_, kind in (("COMPUTE_SP", "Compute"), ("EC2_INSTANCE_SP", "EC2Instance")):
        owned = [plan for plan in plans if plan["savingsPlanType"] == kind]
        for scope in ("PAYER", "LINKED"):
            for detail in recommended(small, type_, AccountScope=scope)[:4]:
                hourly = sum(
                    (
                        Decimal(plan["commitment"])
                        for plan in owned
                        if scope == "PAYER" or f"::{detail['AccountId']}:" in plan["savingsPlanArn"]
                    ),
                    ZERO,
                )
                assert Decimal(behind(small, detail)["ExistingHourlyCommitment"]) == hourly
    (detail,) = recommended(small, "DATABASE_SP")
    assert behind(small, detail)["ExistingHourlyCommitment"] == "0"


def test_a_detail_is_known_by_what_was_asked_for(small: SimulatedOrganisation) -> None:
    linked = recommended(small, "COMPUTE_SP", AccountScope="LINKED")
    whole = recommended(small, "COMPUTE_SP")
    only = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [linked[0]["AccountId"]]}}
    part = recommended(small, "COMPUTE_SP", Filter=only)
    longer = recommended(small, "COMPUTE_SP", LookbackPeriodInDays="SIXTY_DAYS")
    asked = [*linked, *whole, *part, *longer]
    assert len({each["RecommendationDetailId"] for each in asked}) == len(asked)
    for each in asked:
        told = behind(small, each)
        assert told["EstimatedSavingsAmount"] == each["EstimatedSavingsAmount"]
        assert told["AccountId"] == each["AccountId"]


def test_a_detail_that_was_not_recommended_is_unknown(small: SimulatedOrganisation) -> None:
    refused = ask(
        small, "ce", "GetSavingsPlanPurchaseRecommendationDetails", RecommendationDetailId="0" * 36
    )
    assert isinstance(refused, Refusal)
    assert refused.code == "DataUnavailableException"
    assert "GetSavingsPlansPurchaseRecommendation" in refused.message
