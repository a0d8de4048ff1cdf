"""Questions to the services of identity, costs, instances and events."""

from __future__ import annotations

from tests.simulator.offered.days import about, months
from tests.simulator.offered.probe import Probe

__all__ = ["PROBES"]

COSTS = {
    "Granularity": "MONTHLY",
    "Metrics": ["UnblendedCost"],
    "GroupBy": [{"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}],
}

BY_NAME = {
    "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "UpdateAutoScalingGroup"}]
}

WHO = "who asks, and of which organisation, stays the same whatever goes wrong in it"
NAMES = "which names there are stays the same whatever goes wrong"

PROBES = (
    Probe("sts", "GetCallerIdentity", {}, about_itself=WHO),
    Probe("organizations", "DescribeOrganization", {}, about_itself=WHO),
    Probe("organizations", "ListAccounts", {}, about_itself=WHO),
    Probe(
        "organizations",
        "DescribeAccount",
        lambda organisation: {"AccountId": organisation.account_id},
        about_itself=WHO,
    ),
    Probe("ce", "GetCostAndUsage", about(months, **COSTS), "mining"),
    Probe("ce", "GetDimensionValues", about(months, Dimension="INSTANCE_TYPE"), "mining"),
    Probe("ce", "GetTags", about(months, TagKey="environment"), "idle"),
    Probe("ce", "GetCostCategories", about(months), about_itself=NAMES),
    Probe("ec2", "DescribeInstances", {}, "spike", region="us-west-2"),
    Probe("ec2", "DescribeRegions", {}, about_itself=NAMES),
    Probe("autoscaling", "DescribeAutoScalingGroups", {}, "spike", region="us-west-2"),
    Probe("cloudtrail", "LookupEvents", BY_NAME, "spike", region="us-west-2"),
)
