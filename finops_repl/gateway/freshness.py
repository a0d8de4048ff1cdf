"""Which answers of AWS are kept, and for how long each may stand for what AWS would say now.

Kept is what an analyst asks again while the figures cannot have moved: the bill, prices, advice,
the organisation. Never kept is what is asked in order to see a change: how far a query, an export
or a refresh is, and what runs in an account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from finops_repl.aws.call import Call, Result

__all__ = ["KEPT", "LONGEST", "is_kept", "is_later_page", "lifetime", "next_page"]

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
LONGEST: Final = timedelta(days=30)
"""A month whose figures are final."""
OPEN: Final = 6 * HOUR
"""A month that goes on: Cost Explorer refreshes it at least once a day."""
CORRECTED: Final = timedelta(days=15)
"""So long after its end a month is asked again daily, because AWS still corrects it."""


def _for(time: timedelta, operations: str) -> dict[str, timedelta]:
    return dict.fromkeys(operations.split(), time)


_BY_PERIOD: Final = _for(
    OPEN,
    "GetCostAndUsage GetCostAndUsageComparisons GetCostAndUsageWithResources GetCostCategories"
    " GetCostComparisonDrivers GetDimensionValues GetReservationCoverage GetReservationUtilization"
    " GetSavingsPlansCoverage GetSavingsPlansUtilization GetSavingsPlansUtilizationDetails"
    " GetTags",
)
"""Of Cost Explorer: what a period decides over."""

KEPT: Final[Mapping[str, Mapping[str, timedelta]]] = {
    "ce": {
        **_BY_PERIOD,
        **_for(
            OPEN,
            "GetApproximateUsageRecords GetCostForecast GetReservationPurchaseRecommendation"
            " GetRightsizingRecommendation GetSavingsPlansPurchaseRecommendation GetUsageForecast",
        ),
        **_for(
            HOUR,
            "DescribeCostCategoryDefinition GetAnomalies GetAnomalyMonitors"
            " GetAnomalySubscriptions ListCostAllocationTags ListCostCategoryDefinitions",
        ),
    },
    "pricing": _for(DAY, "DescribeServices GetAttributeValues GetProducts ListPriceLists"),
    "budgets": _for(HOUR, "DescribeBudget DescribeBudgetPerformanceHistory DescribeBudgets"),
    "organizations": _for(
        OPEN,
        "DescribeAccount DescribeOrganization DescribeOrganizationalUnit ListAccounts"
        " ListAccountsForParent ListChildren ListOrganizationalUnitsForParent ListParents ListRoots"
        " ListTagsForResource",
    ),
    "savingsplans": {
        **_for(OPEN, "DescribeSavingsPlanRates DescribeSavingsPlans"),
        **_for(DAY, "DescribeSavingsPlansOfferingRates DescribeSavingsPlansOfferings"),
    },
    "compute-optimizer": _for(
        OPEN,
        "GetAutoScalingGroupRecommendations GetEBSVolumeRecommendations"
        " GetEC2InstanceRecommendations GetEC2RecommendationProjectedMetrics"
        " GetECSServiceRecommendationProjectedMetrics GetECSServiceRecommendations"
        " GetIdleRecommendations GetLambdaFunctionRecommendations GetLicenseRecommendations"
        " GetRDSDatabaseRecommendationProjectedMetrics GetRDSDatabaseRecommendations"
        " GetRecommendationSummaries",
    ),
    "cost-optimization-hub": _for(
        OPEN,
        "GetRecommendation ListEfficiencyMetrics ListRecommendationSummaries ListRecommendations",
    ),
    "freetier": _for(OPEN, "GetFreeTierUsage"),
    # Catalogues alone: what runs is asked in order to see whether it still does.
    "ec2": _for(
        DAY,
        "DescribeAvailabilityZones DescribeInstanceTypeOfferings DescribeInstanceTypes"
        " DescribeRegions DescribeReservedInstancesOfferings",
    ),
    "elasticache": _for(DAY, "DescribeReservedCacheNodesOfferings"),
    "opensearch": _for(DAY, "DescribeReservedInstanceOfferings"),
    "rds": _for(DAY, "DescribeReservedDBInstancesOfferings"),
    "redshift": _for(DAY, "DescribeReservedNodeOfferings"),
}
"""Operations by service; how long, where no period says more."""

_PERIODS: Final = ("TimePeriod", "BaselineTimePeriod", "ComparisonTimePeriod")
_BACKFILLED: Final = frozenset({"CostCategories", "COST_CATEGORY", "TAG", "Tags"})
_TOKENS: Final = ("NextPageToken", "NextToken", "nextToken", "Marker")


def is_kept(call: Call) -> bool:
    """Whether answers to the call are kept at all."""
    return call.operation in KEPT.get(call.service, {})


def lifetime(call: Call, answer: Result, kept_at: datetime) -> timedelta:
    """How long after `kept_at` the answer to a call of `KEPT` may still be given.

    Closed months last; one that ended less than 15 days before, one that AWS calls estimated,
    and what tags or cost categories may be filled in for later, last a day.
    """
    usual = KEPT[call.service][call.operation]
    if call.service != "ce" or call.operation not in _BY_PERIOD:
        return usual
    ends = [_end_of_month(period.get("End")) for period in _periods(call)]
    today = kept_at.date()
    if not ends or any(end is None or end > today for end in ends):
        return usual
    corrected = any(end is not None and end + CORRECTED > today for end in ends)
    if corrected or _is_estimated(answer) or _may_be_backfilled(call):
        return DAY
    return LONGEST


def is_later_page(call: Call) -> bool:
    """Whether the call bears a token that an earlier page gave."""
    return any(name in call.params for name in _TOKENS)


def next_page(call: Call, answer: Result) -> Call | None:
    """The call for the page that follows, None after the last one."""
    for name in _TOKENS:
        if token := answer.fields.get(name):
            return Call(call.service, call.operation, call.region, {**call.params, name: token})
    return None


def _periods(call: Call) -> list[Mapping[str, Any]]:
    return [call.params[name] for name in _PERIODS if name in call.params]


def _end_of_month(end: object) -> date | None:
    """The first day after the last month of a period, whose own end is exclusive."""
    try:
        after = date.fromisoformat(str(end)[:10])
    except ValueError:
        return None
    if after.day == 1:
        return after
    return (after.replace(day=1) + timedelta(days=31)).replace(day=1)


def _is_estimated(answer: Result) -> bool:
    return any(period.get("Estimated") for period in answer.fields.get("ResultsByTime") or ())


def _may_be_backfilled(call: Call) -> bool:
    """AWS applies tags and cost categories to earlier months when its user asks for it."""
    if call.operation in ("GetCostCategories", "GetTags"):
        return True
    return not _BACKFILLED.isdisjoint(_words(call.params))


def _words(value: Any) -> Iterator[str]:
    """Every name, and every text that is a value by itself."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield name
            yield from _words(item)
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)
    elif isinstance(value, str):
        yield value
