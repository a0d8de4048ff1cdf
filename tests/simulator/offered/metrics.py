"""Questions to CloudWatch, and to the services that advise from what it measures."""

from __future__ import annotations

from typing import Any

from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import fields
from tests.simulator.offered.days import about, fortnight
from tests.simulator.offered.probe import Probe

__all__ = ["PROBES"]

CHARGES: dict[str, Any] = {
    "Namespace": "AWS/Billing",
    "MetricName": "EstimatedCharges",
    "Dimensions": [{"Name": "Currency", "Value": "USD"}],
}
DAILY = {
    "MetricDataQueries": [
        {"Id": "charges", "MetricStat": {"Metric": CHARGES, "Period": 86_400, "Stat": "Maximum"}},
        {"Id": "grown", "Expression": "DIFF(charges)"},
    ],
}
NAT_ALARMS = {"AlarmNamePrefix": "nat-", "StateValue": "ALARM"}
BY_ACTION = {"groupBy": "ActionType"}
LOW_UTILIZATION, LOOSE_VOLUMES = "Qch7DwouX1", "DAvU99Dc4C"

ENROLLED = "who takes part in it stays the same whatever goes wrong"
OFFERED = "what is checked stays the same whatever is found"
LISTED = "what AWS sells, at which price, is no account's"


def _first_recommendation(organisation: SimulatedOrganisation) -> dict[str, str]:
    listed = fields(organisation, "cost-optimization-hub", "ListRecommendations", maxResults=1)
    return {"recommendationId": listed["items"][0]["recommendationId"]}


def _low_utilization(organisation: SimulatedOrganisation) -> dict[str, str]:
    listed = fields(organisation, "trustedadvisor", "ListRecommendations")
    (found,) = [
        each["arn"]
        for each in listed["recommendationSummaries"]
        if each["checkArn"].endswith(LOW_UTILIZATION)
    ]
    return {"recommendationIdentifier": found}


PROBES = (
    Probe("cloudwatch", "GetMetricData", about(fortnight, **DAILY), "spike"),
    Probe(
        "cloudwatch",
        "GetMetricStatistics",
        about(fortnight, **CHARGES, Period=86_400, Statistics=["Maximum"]),
        "mining",
    ),
    Probe("cloudwatch", "ListMetrics", {"Namespace": "AWS/NATGateway"}, "idle"),
    Probe("cloudwatch", "DescribeAlarms", NAT_ALARMS, "nat"),
    Probe("compute-optimizer", "GetEC2InstanceRecommendations", {}, "idle"),
    Probe("compute-optimizer", "GetAutoScalingGroupRecommendations", {}, "spike", "us-west-2"),
    Probe("compute-optimizer", "GetEBSVolumeRecommendations", {}, "idle"),
    Probe("compute-optimizer", "GetRDSDatabaseRecommendations", {}, "oversized"),
    Probe("compute-optimizer", "GetLambdaFunctionRecommendations", {}, about_itself=(
        "no incident touches a function")),
    Probe("compute-optimizer", "GetIdleRecommendations", {}, "idle"),
    Probe("compute-optimizer", "GetRecommendationSummaries", {}, "oversized"),
    Probe("compute-optimizer", "GetEnrollmentStatus", {}, about_itself=ENROLLED),
    Probe("ce", "GetRightsizingRecommendation", {"Service": "AmazonEC2"}, "idle"),
    Probe("cost-optimization-hub", "ListRecommendations", {}, "oversized"),
    Probe("cost-optimization-hub", "ListRecommendationSummaries", BY_ACTION, "idle"),
    Probe("cost-optimization-hub", "GetRecommendation", _first_recommendation, "oversized"),
    Probe("cost-optimization-hub", "ListEnrollmentStatuses", {}, about_itself=ENROLLED),
    Probe("support", "DescribeTrustedAdvisorChecks", {"language": "en"}, about_itself=OFFERED),
    Probe("support", "DescribeTrustedAdvisorCheckResult", {"checkId": LOOSE_VOLUMES}, "idle"),
    Probe(
        "support",
        "DescribeTrustedAdvisorCheckSummaries",
        {"checkIds": [LOW_UTILIZATION, LOOSE_VOLUMES]},
        "idle",
    ),
    Probe("trustedadvisor", "ListChecks", {}, about_itself=OFFERED),
    Probe("trustedadvisor", "ListRecommendations", {}, "idle"),
    Probe("trustedadvisor", "GetRecommendation", _low_utilization, "idle"),
    Probe("trustedadvisor", "ListRecommendationResources", _low_utilization, "idle"),
    Probe("pricing", "DescribeServices", {}, about_itself=LISTED),
    Probe(
        "pricing",
        "GetAttributeValues",
        {"ServiceCode": "AmazonEC2", "AttributeName": "instanceType"},
        about_itself=LISTED,
    ),
    Probe("pricing", "GetProducts", {"ServiceCode": "AmazonS3"}, about_itself=LISTED),
)  # fmt: skip
