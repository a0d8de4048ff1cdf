"""The whole way through a real SDK client: parsed, answered and read back as boto3 reads AWS."""

from __future__ import annotations

import csv
import io
import json
import time
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.simulator.exports import LEGACY_REPORT
from finops_repl.simulator.organisation import SimulatedOrganisation

AUGUST = {"Start": "2026-08-01", "End": "2026-09-01"}


def test_boto3_reads_costs_by_service(aws: Any, small: SimulatedOrganisation) -> None:
    assert aws.client("sts").get_caller_identity()["Account"] == small.account_id
    ce = aws.client("ce")
    grouped = ce.get_cost_and_usage(
        TimePeriod=AUGUST,
        Granularity="MONTHLY",
        Metrics=["UnblendedCost"],
        GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}],
    )
    whole = ce.get_cost_and_usage(
        TimePeriod=AUGUST, Granularity="MONTHLY", Metrics=["UnblendedCost"]
    )
    parts = [
        Decimal(group["Metrics"]["UnblendedCost"]["Amount"])
        for group in grouped["ResultsByTime"][0]["Groups"]
    ]
    assert sum(parts) == Decimal(whole["ResultsByTime"][0]["Total"]["UnblendedCost"]["Amount"])
    with pytest.raises(ce.exceptions.ClientError, match="historical data beyond 14 months"):
        ce.get_cost_and_usage(
            TimePeriod={"Start": "2020-01-01", "End": "2020-02-01"},
            Granularity="MONTHLY",
            Metrics=["UnblendedCost"],
        )


def test_boto3_finds_the_cause_and_the_instances(aws: Any, small: SimulatedOrganisation) -> None:
    incident = small.key().of("spike")
    trail = aws.client("cloudtrail", region_name=incident.region)
    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "UpdateAutoScalingGroup"}]
    )
    (cause,) = [e for page in pages for e in page["Events"] if e["EventId"] == incident.event_id]
    assert cause["EventTime"] == incident.event_time
    assert json.loads(cause["CloudTrailEvent"])["eventID"] == incident.event_id
    ec2 = aws.client("ec2", region_name=incident.region)
    found = [
        instance
        for page in ec2.get_paginator("describe_instances").paginate(
            Filters=[{"Name": "tag:aws:autoscaling:groupName", "Values": [incident.facts["group"]]}]
        )
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    ]
    assert len(found) >= incident.facts["instances"]
    (group,) = aws.client("autoscaling", region_name=incident.region).describe_auto_scaling_groups(
        AutoScalingGroupNames=[incident.facts["group"]]
    )["AutoScalingGroups"]
    assert group["DesiredCapacity"] == len(found)
    names = aws.client("organizations").get_paginator("list_accounts").paginate()
    assert incident.account_name in {a["Name"] for page in names for a in page["Accounts"]}


def test_athena_and_cost_explorer_tell_boto3_the_same(
    aws: Any, small: SimulatedOrganisation
) -> None:
    athena = aws.client("athena")
    bill = small.bill
    started = athena.start_query_execution(
        QueryString=(
            "SELECT line_item_usage_account_id, cast(sum(cast(line_item_unblended_cost AS"
            f" decimal(28, 10))) AS varchar) AS cost FROM {bill['table']}"
            f" WHERE {bill['partition']} = '2026-08' GROUP BY 1"
        ),
        QueryExecutionContext={"Database": bill["database"], "Catalog": bill["catalog"]},
        WorkGroup=bill["workgroup"],
    )
    execution = started["QueryExecutionId"]
    state: dict[str, Any] = {}
    while state.get("State") not in ("SUCCEEDED", "FAILED"):
        time.sleep(0.02)
        state = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
    assert state["State"] == "SUCCEEDED", state
    where = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]
    bucket, _, key = (
        where["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
    )
    text = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    by_sql = {row[0]: Decimal(row[1]) for row in list(csv.reader(io.StringIO(text)))[1:]}
    answer = aws.client("ce").get_cost_and_usage(
        TimePeriod=AUGUST,
        Granularity="MONTHLY",
        Metrics=["UnblendedCost"],
        GroupBy=[{"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}],
    )
    by_explorer = {
        group["Keys"][0]: Decimal(group["Metrics"]["UnblendedCost"]["Amount"])
        for group in answer["ResultsByTime"][0]["Groups"]
    }
    assert by_sql == by_explorer


def test_boto3_reads_how_commitments_are_used_and_which_to_buy(aws: Any) -> None:
    ce = aws.client("ce")
    month = {"TimePeriod": AUGUST, "Granularity": "MONTHLY"}
    reserved = ce.get_reservation_utilization(**month)
    assert Decimal(reserved["Total"]["PurchasedHours"]) > 0
    assert reserved["UtilizationsByTime"][0]["Total"] == reserved["Total"]
    hours = ce.get_reservation_coverage(**month)["Total"]["CoverageHours"]
    assert Decimal(hours["ReservedHours"]) > 0
    plans = ce.get_savings_plans_utilization(**month)["Total"]
    first = ce.get_savings_plans_utilization_details(TimePeriod=AUGUST, MaxResults=2)
    rest = ce.get_savings_plans_utilization_details(
        TimePeriod=AUGUST, MaxResults=2, NextToken=first["NextToken"]
    )
    details = [each for page in (first, rest) for each in page["SavingsPlansUtilizationDetails"]]
    used = [Decimal(each["Utilization"]["UsedCommitment"]) for each in details]
    assert sum(used) == Decimal(plans["Utilization"]["UsedCommitment"])
    (covered,) = ce.get_savings_plans_coverage(**month)["SavingsPlansCoverages"]
    assert (
        covered["Coverage"]["SpendCoveredBySavingsPlans"]
        == (plans["Savings"]["OnDemandCostEquivalent"])
    )
    bought = ce.get_savings_plans_purchase_recommendation(
        SavingsPlansType="COMPUTE_SP", TermInYears="ONE_YEAR", PaymentOption="NO_UPFRONT",
        LookbackPeriodInDays="SIXTY_DAYS",
    )["SavingsPlansPurchaseRecommendation"]  # fmt: skip
    assert bought["SavingsPlansPurchaseRecommendationSummary"]["TotalRecommendationCount"] == "1"
    (found,) = ce.get_reservation_purchase_recommendation(
        Service="Amazon Relational Database Service"
    )["Recommendations"]
    assert found["RecommendationDetails"][0]["InstanceDetails"]["RDSInstanceDetails"]
    with pytest.raises(ce.exceptions.ClientError, match="not supported when specifying groupBy"):
        ce.get_reservation_coverage(
            **month, GroupBy=[{"Type": "DIMENSION", "Key": "INSTANCE_TYPE"}]
        )
    with pytest.raises(ce.exceptions.DataUnavailableException):
        ce.get_savings_plans_utilization(TimePeriod={"Start": "2026-10-01", "End": "2026-11-01"})


def test_boto3_lists_what_was_bought(aws: Any) -> None:
    ec2 = aws.client("ec2", region_name="us-east-1")
    (reserved,) = ec2.describe_reserved_instances(
        Filters=[{"Name": "instance-type", "Values": ["r5.xlarge"]}]
    )["ReservedInstances"]
    assert reserved["RecurringCharges"][0]["Amount"] == pytest.approx(0.10584)
    assert reserved["End"] > reserved["Start"]
    rds = aws.client("rds", region_name="us-east-1")
    pages = rds.get_paginator("describe_reserved_db_instances").paginate()
    (database,) = [each for page in pages for each in page["ReservedDBInstances"]]
    assert database["ProductDescription"] == "postgresql"
    with pytest.raises(rds.exceptions.ReservedDBInstanceNotFoundFault):
        rds.describe_reserved_db_instances(ReservedDBInstanceId="none")
    caches = aws.client("elasticache", region_name="us-east-1")
    (node,) = caches.describe_reserved_cache_nodes()["ReservedCacheNodes"]
    assert node["CacheNodeCount"] == 1
    plans = aws.client("savingsplans")
    compute = plans.describe_savings_plans(
        filters=[{"name": "savings-plan-type", "values": ["Compute"]}]
    )["savingsPlans"]
    rates = plans.describe_savings_plan_rates(savingsPlanId=compute[0]["savingsPlanId"])
    assert {each["currency"] for each in rates["searchResults"]} == {"USD"}
    with pytest.raises(plans.exceptions.ResourceNotFoundException):
        plans.describe_savings_plan_rates(savingsPlanId="none")


def test_boto3_reads_what_is_unusual_planned_and_to_come(
    aws: Any, small: SimulatedOrganisation
) -> None:
    ce = aws.client("ce")
    hours = ce.get_cost_and_usage(
        TimePeriod={"Start": "2026-10-30T00:00:00Z", "End": "2026-10-31T00:00:00Z"},
        Granularity="HOURLY",
        Metrics=["UnblendedCost"],
    )["ResultsByTime"]
    assert len(hours) == 24
    resources = ce.get_cost_and_usage_with_resources(
        TimePeriod={"Start": "2026-10-18", "End": "2026-11-01"},
        Granularity="MONTHLY",
        Metrics=["UnblendedCost"],
        Filter={
            "Dimensions": {
                "Key": "SERVICE",
                "Values": ["Amazon Elastic Compute Cloud - Compute"],
            }
        },
        GroupBy=[{"Type": "DIMENSION", "Key": "RESOURCE_ID"}],
    )
    assert resources["ResultsByTime"][0]["Groups"]
    anomalies = ce.get_anomalies(DateInterval={"StartDate": "2026-08-10"})["Anomalies"]
    assert isinstance(anomalies[0]["Impact"]["TotalImpact"], float)
    assert ce.get_anomaly_monitors()["AnomalyMonitors"]
    assert ce.get_anomaly_subscriptions()["AnomalySubscriptions"]
    november = {"Start": "2026-11-01", "End": "2026-12-01"}
    forecast = ce.get_cost_forecast(
        TimePeriod=november, Metric="UNBLENDED_COST", Granularity="MONTHLY"
    )
    months = {
        "BaselineTimePeriod": AUGUST,
        "ComparisonTimePeriod": {"Start": "2026-09-01", "End": "2026-10-01"},
        "MetricForComparison": "UnblendedCost",
    }
    assert ce.get_cost_and_usage_comparisons(**months)["TotalCostAndUsage"]
    assert ce.get_cost_comparison_drivers(**months)["CostComparisonDrivers"][0]["CostDrivers"]
    (category,) = ce.list_cost_category_definitions()["CostCategoryReferences"]
    arn = category["CostCategoryArn"]
    assert ce.describe_cost_category_definition(CostCategoryArn=arn)["CostCategory"]["Rules"]
    assert ce.list_cost_allocation_tags(Status="Inactive")["CostAllocationTags"]
    counted = ce.get_approximate_usage_records(
        Granularity="DAILY", ApproximationDimension="RESOURCE"
    )
    assert counted["TotalRecords"] > 0
    budgets = aws.client("budgets")
    account = {"AccountId": small.account_id}
    pages = budgets.get_paginator("describe_budgets").paginate(**account)
    whole = {each["BudgetName"]: each for page in pages for each in page["Budgets"]}[
        "sim-meridale-month"
    ]
    assert whole["TimePeriod"]["Start"].tzinfo is not None
    # The month has just begun: all of it is forecast.
    planned = Decimal(whole["CalculatedSpend"]["ForecastedSpend"]["Amount"])
    assert planned == round(Decimal(forecast["Total"]["Amount"]), 2)
    named = {**account, "BudgetName": whole["BudgetName"]}
    history = budgets.describe_budget_performance_history(**named)["BudgetPerformanceHistory"]
    assert len(history["BudgetedAndActualAmountsList"]) == 8
    notification = budgets.describe_notifications_for_budget(**named)["Notifications"][0]
    told = budgets.describe_subscribers_for_notification(**named, Notification=notification)
    assert told["Subscribers"]
    with pytest.raises(budgets.exceptions.NotFoundException):
        budgets.describe_budget(**account, BudgetName="nothing")


def test_boto3_reads_what_is_exported(aws: Any) -> None:
    report = aws.client("cur").describe_report_definitions()["ReportDefinitions"][0]
    assert report["ReportName"] == LEGACY_REPORT.name
    exports = aws.client("bcm-data-exports")
    for each in exports.list_exports()["Exports"]:
        assert each["ExportStatus"]["LastRefreshedAt"].tzinfo is not None
        export = exports.get_export(ExportArn=each["ExportArn"])["Export"]
        (table,) = export["DataQuery"]["TableConfigurations"]
        assert exports.get_table(TableName=table)["Schema"]
    assert exports.list_tables()["Tables"]
