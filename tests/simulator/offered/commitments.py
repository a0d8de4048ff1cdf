"""Questions about Reserved Instances and Savings Plans: their use, their cover, what to buy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import fields
from tests.simulator.offered.days import about, reported
from tests.simulator.offered.probe import Probe

__all__ = ["PROBES"]

MONTHS = about(reported)
PURCHASE = {
    "TermInYears": "ONE_YEAR",
    "PaymentOption": "NO_UPFRONT",
    "LookbackPeriodInDays": "THIRTY_DAYS",
}
COMPUTE = "Amazon Elastic Compute Cloud - Compute"
ASKED = "it says when something was asked for, whatever the answer was"
PAID = "no incident is about what is reserved of databases and cache nodes"


def _without_ids(answer: Mapping[str, Any]) -> Any:
    """The recommendation itself: its id and its time prove nothing."""
    return {name: value for name, value in answer.items() if name != "Metadata"}


def _compute_plan(organisation: SimulatedOrganisation) -> dict[str, str]:
    by_type = [{"name": "savings-plan-type", "values": ["Compute"]}]
    (plan,) = fields(organisation, "savingsplans", "DescribeSavingsPlans", filters=by_type)[
        "savingsPlans"
    ]
    return {"savingsPlanId": plan["savingsPlanId"]}


def _recommended(organisation: SimulatedOrganisation) -> dict[str, str]:
    answer = fields(
        organisation, "ce", "GetSavingsPlansPurchaseRecommendation", SavingsPlansType="COMPUTE_SP",
        **PURCHASE,
    )  # fmt: skip
    first = answer["SavingsPlansPurchaseRecommendation"][
        "SavingsPlansPurchaseRecommendationDetails"
    ][0]
    return {"RecommendationDetailId": first["RecommendationDetailId"]}


def _analysis(organisation: SimulatedOrganisation) -> dict[str, str]:
    """The oldest: the Compute plan that saves the most."""
    found = fields(organisation, "ce", "ListCommitmentPurchaseAnalyses")["AnalysisSummaryList"]
    return {"AnalysisId": found[-1]["AnalysisId"]}


PROBES = (
    Probe("ce", "GetReservationUtilization", MONTHS, "reservations"),
    Probe("ce", "GetReservationCoverage", MONTHS, "spike"),
    Probe("ce", "GetSavingsPlansUtilization", MONTHS, "expiry"),
    Probe("ce", "GetSavingsPlansUtilizationDetails", MONTHS, "expiry"),
    Probe("ce", "GetSavingsPlansCoverage", MONTHS, "expiry"),
    Probe(
        "ce",
        "GetReservationPurchaseRecommendation",
        {"Service": COMPUTE, **PURCHASE},
        "expiry",
        content=_without_ids,
    ),
    Probe(
        "ce",
        "GetSavingsPlansPurchaseRecommendation",
        {"SavingsPlansType": "EC2_INSTANCE_SP", **PURCHASE},
        "expiry",
        content=_without_ids,
    ),
    Probe("ce", "GetSavingsPlanPurchaseRecommendationDetails", _recommended, "expiry"),
    Probe("ce", "GetCommitmentPurchaseAnalysis", _analysis, "expiry"),
    Probe("ce", "ListCommitmentPurchaseAnalyses", {}, about_itself=ASKED),
    Probe("ce", "ListSavingsPlansPurchaseRecommendationGeneration", {}, about_itself=ASKED),
    Probe("ec2", "DescribeReservedInstances", {}, "reservations"),
    Probe("rds", "DescribeReservedDBInstances", {}, about_itself=PAID),
    Probe("elasticache", "DescribeReservedCacheNodes", {}, about_itself=PAID),
    Probe("savingsplans", "DescribeSavingsPlans", {}, "expiry"),
    Probe("savingsplans", "DescribeSavingsPlanRates", _compute_plan, "mining"),
    Probe("savingsplans", "DescribeSavingsPlansOfferings", {}, about_itself="it is what AWS sells"),
    Probe(
        "savingsplans",
        "DescribeSavingsPlansOfferingRates",
        {"savingsPlanTypes": ["Compute"]},
        "mining",
    ),
)
