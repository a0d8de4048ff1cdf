"""Questions about what cost lately, what is unusual in it, what is planned and what will be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import fields
from tests.simulator.offered.days import about, ahead, lately, two_months
from tests.simulator.offered.probe import Probe

__all__ = ["PROBES"]

COMPUTE = {"Dimensions": {"Key": "SERVICE", "Values": ["Amazon Elastic Compute Cloud - Compute"]}}
TWO_MONTHS = about(two_months, MetricForComparison="UnblendedCost")
RULES = "which rules and keys there are stays the same whatever goes wrong"
WATCH = "what is watched, and who hears of it, stays the same whatever is found"
PLACES = "where the bill is delivered to, and how, stays the same whatever is on it"
MONTH = "sim-meridale-month"


def _two_months_back(organisation: SimulatedOrganisation) -> dict[str, Any]:
    return {"DateInterval": {"StartDate": str(organisation.spec.as_of - timedelta(days=60))}}


def _payer(**more: Any) -> Any:
    return lambda organisation: {"AccountId": organisation.account_id, **more}


def _category(organisation: SimulatedOrganisation) -> dict[str, Any]:
    listed = fields(organisation, "ce", "ListCostCategoryDefinitions")["CostCategoryReferences"]
    return {"CostCategoryArn": listed[0]["CostCategoryArn"]}


def _export(organisation: SimulatedOrganisation) -> dict[str, Any]:
    listed = fields(organisation, "bcm-data-exports", "ListExports")["Exports"]
    return {"ExportArn": listed[0]["ExportArn"]}


OVER = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 100.0}

PROBES = (
    Probe(
        "ce", "GetCostAndUsageWithResources",
        about(
            lately, Granularity="MONTHLY", Metrics=["UnblendedCost"], Filter=COMPUTE,
            GroupBy=[{"Type": "DIMENSION", "Key": "RESOURCE_ID"}],
        ),
        "spike",
    ),
    Probe("ce", "GetAnomalies", _two_months_back, "mining"),
    Probe("ce", "GetAnomalyMonitors", {}, about_itself=WATCH),
    Probe("ce", "GetAnomalySubscriptions", {}, about_itself=WATCH),
    Probe(
        "ce", "GetCostForecast",
        about(ahead, Granularity="MONTHLY", Metric="UNBLENDED_COST"), "spike",
    ),
    Probe(
        "ce", "GetUsageForecast",
        about(ahead, Granularity="DAILY", Metric="USAGE_QUANTITY", Filter=COMPUTE),
        "spike",
    ),
    Probe("ce", "GetCostAndUsageComparisons", TWO_MONTHS, "mining"),
    Probe("ce", "GetCostComparisonDrivers", TWO_MONTHS, "mining"),
    Probe(
        "ce", "GetApproximateUsageRecords",
        {"Granularity": "DAILY", "ApproximationDimension": "RESOURCE"}, "spike",
    ),
    Probe("ce", "ListCostAllocationTags", {}, about_itself=RULES),
    Probe("ce", "ListCostCategoryDefinitions", {}, about_itself=RULES),
    Probe("ce", "DescribeCostCategoryDefinition", _category, about_itself=RULES),
    Probe("budgets", "DescribeBudgets", _payer(), "spike"),
    Probe("budgets", "DescribeBudget", _payer(BudgetName=MONTH), "spike"),
    Probe("budgets", "DescribeBudgetPerformanceHistory", _payer(BudgetName=MONTH), "mining"),
    Probe(
        "budgets", "DescribeNotificationsForBudget", _payer(BudgetName="account-sim-ml-prod"),
        "spike",
    ),
    Probe(
        "budgets", "DescribeSubscribersForNotification",
        _payer(BudgetName=MONTH, Notification=OVER), about_itself=WATCH,
    ),
    Probe("cur", "DescribeReportDefinitions", {}, about_itself=PLACES),
    Probe("bcm-data-exports", "ListExports", {}, about_itself=PLACES),
    Probe("bcm-data-exports", "GetExport", _export, about_itself=PLACES),
    Probe("bcm-data-exports", "ListTables", {}, about_itself=PLACES),
    Probe(
        "bcm-data-exports", "GetTable", {"TableName": "COST_AND_USAGE_REPORT"},
        about_itself=PLACES,
    ),
)  # fmt: skip
