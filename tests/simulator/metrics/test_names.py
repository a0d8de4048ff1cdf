"""Whatever inventories list is measured under the name that they give it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import SMALL, Worlds, fields
from tests.simulator.metrics.readings import NOW, day, listed, values

WORLD = "simulated:as_of=2026-10-31,rows=150000"
REGIONS = ("us-east-1", "us-west-2", "eu-west-1")
Names = Callable[[SimulatedOrganisation, str], set[str]]


def balancers(kind: str) -> Names:
    def names(organisation: SimulatedOrganisation, region: str) -> set[str]:
        found = fields(organisation, "elbv2", "DescribeLoadBalancers", region)["LoadBalancers"]
        return {
            each["LoadBalancerArn"].partition(":loadbalancer/")[2]
            for each in found
            if each["Type"] == kind
        }

    return names


def described(service: str, operation: str, member: str, name: str) -> Names:
    def names(organisation: SimulatedOrganisation, region: str) -> set[str]:
        found = fields(organisation, service, operation, region)[member]
        return {each[name] if name else each for each in found}

    return names


def attached(organisation: SimulatedOrganisation, region: str) -> set[str]:
    found = fields(organisation, "ec2", "DescribeVolumes", region)["Volumes"]
    return {each["VolumeId"] for each in found if each["Attachments"]}


INVENTORIES: dict[tuple[str, str], Names] = {
    ("AWS/ApplicationELB", "RequestCount"): balancers("application"),
    ("AWS/NetworkELB", "ProcessedBytes"): balancers("network"),
    ("AWS/ELB", "RequestCount"): described(
        "elb", "DescribeLoadBalancers", "LoadBalancerDescriptions", "LoadBalancerName"
    ),
    ("AWS/NATGateway", "BytesOutToSource"): described(
        "ec2", "DescribeNatGateways", "NatGateways", "NatGatewayId"
    ),
    ("AWS/Lambda", "Invocations"): described(
        "lambda", "ListFunctions", "Functions", "FunctionName"
    ),
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits"): described(
        "dynamodb", "ListTables", "TableNames", ""
    ),
    ("AWS/RDS", "CPUUtilization"): described(
        "rds", "DescribeDBInstances", "DBInstances", "DBInstanceIdentifier"
    ),
    ("AWS/ElastiCache", "CPUUtilization"): described(
        "elasticache", "DescribeCacheClusters", "CacheClusters", "CacheClusterId"
    ),
    ("AWS/EBS", "VolumeReadOps"): attached,
    ("AWS/AutoScaling", "GroupInServiceInstances"): described(
        "autoscaling", "DescribeAutoScalingGroups", "AutoScalingGroups", "AutoScalingGroupName"
    ),
}


@pytest.mark.parametrize("metric", INVENTORIES, ids=" ".join)
def test_what_an_inventory_lists_is_measured(worlds: Worlds, metric: tuple[str, str]) -> None:
    organisation, seen = worlds(WORLD), 0
    for region in REGIONS:
        namespace, name = metric
        measured = {
            each["Dimensions"][0]["Value"]
            for each in listed(organisation, region, Namespace=namespace, MetricName=name)
        }
        assert measured == INVENTORIES[metric](organisation, region)
        seen += len(measured)
    assert seen


def test_healthy_hosts_are_the_targets_that_are_healthy(worlds: Worlds) -> None:
    organisation = worlds(WORLD)
    counts = []
    for region in REGIONS:
        groups = fields(organisation, "elbv2", "DescribeTargetGroups", region)["TargetGroups"]
        for group in groups:
            health = fields(organisation, "elbv2", "DescribeTargetHealth", region,
                            TargetGroupArn=group["TargetGroupArn"])  # fmt: skip
            healthy = [
                each for each in health["TargetHealthDescriptions"]
                if each["TargetHealth"]["State"] == "healthy"
            ]  # fmt: skip
            (balancer,) = group["LoadBalancerArns"]
            kind = "AWS/NetworkELB" if ":loadbalancer/net/" in balancer else "AWS/ApplicationELB"
            metric = {
                "Namespace": kind, "MetricName": "HealthyHostCount",
                "Dimensions": [
                    {"Name": "TargetGroup", "Value": group["TargetGroupArn"].rpartition(":")[2]},
                    {"Name": "LoadBalancer", "Value": balancer.partition(":loadbalancer/")[2]},
                ],
            }  # fmt: skip
            found = values(organisation, region, metric, "Maximum", 60, day("2026-10-31"), NOW)
            last = found[max(found)] if found else 0
            assert last == len(healthy), (region, group["TargetGroupName"])
            counts.append(last)
    assert min(counts) == 0 < max(counts)


def test_trusted_advisors_addresses_are_those_that_nothing_holds(worlds: Worlds) -> None:
    organisation = worlds(SMALL)
    checked: Any = fields(
        organisation, "support", "DescribeTrustedAdvisorCheckResult", checkId="Z4AUBRNSmz"
    )
    flagged = {tuple(each["metadata"]) for each in checked["result"]["flaggedResources"]}
    held = {
        (region, each["PublicIp"])
        for region in ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1",
                       "ap-northeast-1")
        for each in fields(organisation, "ec2", "DescribeAddresses", region)["Addresses"]
        if "AssociationId" not in each
    }  # fmt: skip
    assert flagged == held
    assert flagged
