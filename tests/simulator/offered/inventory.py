"""Questions to the inventories: what stands in the organisation, as its own services list it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from finops_repl.aws.call import Result
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import ask, fields
from tests.simulator.offered.probe import DEFAULT, Probe

__all__ = ["PROBES"]

COPIES = "a database is copied as large as it is, whatever class its instance has"
IMAGES = "an image is made of a snapshot that is older than the bill, and so than every incident"
NO_INCIDENT = "no incident is about what is listed here"
SOLD = "what AWS sells stays the same whatever goes wrong"
LAUNCHES = "a group may become larger; what it launches stays the same"
PEOPLE = "in which order accounts stand stays the same whatever goes wrong in them"
PLATFORM = {"TagFilters": [{"Key": "application", "Values": ["platform"]}]}
CLUSTER = "platform-cluster-prod-01"


def _first(service: str, operation: str, result: str, member: str, asked: str) -> Callable[
    [SimulatedOrganisation], Mapping[str, Any]
]:  # fmt: skip
    """Asks `asked` for the first item of a list, `member` of it or the item itself."""

    def params(organisation: SimulatedOrganisation) -> Mapping[str, Any]:
        first = fields(organisation, service, operation)[result][0]
        return {asked: first[member] if member else first}

    return params


def _groups(organisation: SimulatedOrganisation) -> Any:
    return fields(organisation, "elbv2", "DescribeTargetGroups")["TargetGroups"]


def _of_a_scaled_balancer(organisation: SimulatedOrganisation) -> Mapping[str, Any]:
    (arn,) = [g["TargetGroupArn"] for g in _groups(organisation) if "shop" in g["TargetGroupName"]]
    return {"TargetGroupArn": arn}


def _classic(organisation: SimulatedOrganisation) -> str:
    found = fields(organisation, "elb", "DescribeLoadBalancers")["LoadBalancerDescriptions"]
    return str(found[0]["LoadBalancerName"])


def _root(organisation: SimulatedOrganisation) -> str:
    return str(fields(organisation, "organizations", "ListRoots")["Roots"][0]["Id"])


def _unit(asked: str) -> Callable[[SimulatedOrganisation], Mapping[str, Any]]:
    def params(organisation: SimulatedOrganisation) -> Mapping[str, Any]:
        found = fields(
            organisation, "organizations", "ListOrganizationalUnitsForParent",
            ParentId=_root(organisation),
        )  # fmt: skip
        return {asked: found["OrganizationalUnits"][0]["Id"]}

    return params


def _bucket(word: str) -> Callable[[SimulatedOrganisation], Mapping[str, Any]]:
    def params(organisation: SimulatedOrganisation) -> Mapping[str, Any]:
        names = [each["Name"] for each in fields(organisation, "s3", "ListBuckets")["Buckets"]]
        return {"Bucket": next(name for name in names if word in name)}

    return params


def _expiring(organisation: SimulatedOrganisation) -> Mapping[str, Any]:
    """The first repository whose images expire."""
    names = [
        each["repositoryName"]
        for each in fields(organisation, "ecr", "DescribeRepositories")["repositories"]
    ]
    asked = ({"repositoryName": name} for name in names)
    return next(
        each for each in asked
        if isinstance(ask(organisation, "ecr", "GetLifecyclePolicy", **each), Result)
    )  # fmt: skip


A_REPOSITORY = ("ecr", "DescribeRepositories", "repositories")
A_LOG_GROUP = ("logs", "DescribeLogGroups", "logGroups")
A_FUNCTION = ("lambda", "ListFunctions", "Functions")
A_TABLE = ("dynamodb", "ListTables", "TableNames", "")
PROBES = (
    Probe("ec2", "DescribeVolumes", {}, "idle"),
    Probe("ec2", "DescribeSnapshots", {"OwnerIds": ["self"]}, "snapshots"),
    Probe("ec2", "DescribeImages", {"Owners": ["self"]}, about_itself=IMAGES),
    Probe("ec2", "DescribeAddresses", {}, "idle"),
    Probe("ec2", "DescribeNatGateways", {}, "idle"),
    Probe("ec2", "DescribeVpcEndpoints", {}, "nat"),
    Probe("ec2", "DescribeTags", {}, "untagged"),
    Probe("ec2", "DescribeInstanceTypes", {}, about_itself=SOLD),
    Probe("ec2", "DescribeInstanceTypeOfferings", {}, about_itself=SOLD),
    Probe("ec2", "DescribeSpotPriceHistory", {}, about_itself=SOLD),
    Probe("ecr", "DescribeRepositories", {}, about_itself=NO_INCIDENT),
    Probe(
        "ecr",
        "DescribeImages",
        _first(*A_REPOSITORY, "repositoryName", "repositoryName"),
        about_itself=NO_INCIDENT,
    ),
    Probe(
        "ecr",
        "ListImages",
        _first(*A_REPOSITORY, "repositoryName", "repositoryName"),
        about_itself=NO_INCIDENT,
    ),
    Probe(
        "ecr",
        "ListTagsForResource",
        _first(*A_REPOSITORY, "repositoryArn", "resourceArn"),
        about_itself=NO_INCIDENT,
    ),
    Probe("ecr", "GetLifecyclePolicy", _expiring, about_itself=NO_INCIDENT),
    Probe("logs", "DescribeLogGroups", {}, about_itself=NO_INCIDENT),
    Probe(
        "logs",
        "ListTagsForResource",
        _first(*A_LOG_GROUP, "logGroupArn", "resourceArn"),
        about_itself=NO_INCIDENT,
        world=DEFAULT,
    ),
    Probe("rds", "DescribeDBInstances", {}, "oversized"),
    Probe("rds", "DescribeDBClusters", {}, about_itself=NO_INCIDENT),
    Probe("rds", "DescribeDBSnapshots", {}, about_itself=COPIES),
    Probe("elasticache", "DescribeCacheClusters", {}, about_itself=NO_INCIDENT),
    Probe("elb", "DescribeLoadBalancers", {}, about_itself=NO_INCIDENT, world=DEFAULT),
    Probe(
        "elb",
        "DescribeTags",
        lambda organisation: {"LoadBalancerNames": [_classic(organisation)]},
        about_itself=NO_INCIDENT,
        world=DEFAULT,
    ),
    Probe("elbv2", "DescribeLoadBalancers", {}, "idle"),
    Probe("elbv2", "DescribeTargetGroups", {}, "idle"),
    Probe("elbv2", "DescribeTargetHealth", _of_a_scaled_balancer, about_itself=NO_INCIDENT),
    Probe(
        "elbv2",
        "DescribeTags",
        lambda organisation: {
            "ResourceArns": [
                each["LoadBalancerArn"]
                for each in fields(organisation, "elbv2", "DescribeLoadBalancers")["LoadBalancers"]
            ]
        },
        "idle",
    ),
    Probe("lambda", "ListFunctions", {}, about_itself=NO_INCIDENT),
    Probe(
        "lambda",
        "GetFunctionConfiguration",
        _first(*A_FUNCTION, "FunctionName", "FunctionName"),
        about_itself=NO_INCIDENT,
    ),
    Probe(
        "lambda",
        "ListTags",
        _first(*A_FUNCTION, "FunctionArn", "Resource"),
        about_itself=NO_INCIDENT,
    ),
    Probe("dynamodb", "ListTables", {}, about_itself=NO_INCIDENT),
    Probe("dynamodb", "DescribeTable", _first(*A_TABLE, "TableName"), about_itself=NO_INCIDENT),
    Probe(
        "dynamodb",
        "ListTagsOfResource",
        _first(*A_TABLE, "ResourceArn"),
        about_itself=NO_INCIDENT,
    ),
    Probe("eks", "ListClusters", {}, about_itself=NO_INCIDENT),
    Probe("eks", "DescribeCluster", {"name": CLUSTER}, about_itself=NO_INCIDENT),
    Probe("eks", "ListNodegroups", {"clusterName": CLUSTER}, about_itself=NO_INCIDENT),
    Probe(
        "eks",
        "DescribeNodegroup",
        {"clusterName": CLUSTER, "nodegroupName": "nodes"},
        about_itself=NO_INCIDENT,
    ),
    Probe("s3", "GetBucketTagging", _bucket("lake-lake"), about_itself=NO_INCIDENT),
    Probe(
        "s3", "GetBucketLifecycleConfiguration", _bucket("lake-exports"), about_itself=NO_INCIDENT
    ),
    Probe("autoscaling", "DescribeScalingActivities", {}, "spike", region="us-west-2"),
    Probe("autoscaling", "DescribeLaunchConfigurations", {}, about_itself=LAUNCHES),
    Probe("ssm", "DescribeInstanceInformation", {}, "idle"),
    Probe("resourcegroupstaggingapi", "GetResources", PLATFORM, "untagged"),
    Probe("resourcegroupstaggingapi", "GetTagKeys", {}, about_itself=NO_INCIDENT),
    Probe("resourcegroupstaggingapi", "GetTagValues", {"Key": "environment"}, "idle"),
    Probe("organizations", "ListRoots", {}, about_itself=PEOPLE),
    Probe(
        "organizations",
        "ListOrganizationalUnitsForParent",
        lambda organisation: {"ParentId": _root(organisation)},
        about_itself=PEOPLE,
    ),
    Probe(
        "organizations",
        "ListChildren",
        lambda organisation: {"ParentId": _root(organisation), "ChildType": "ORGANIZATIONAL_UNIT"},
        about_itself=PEOPLE,
    ),
    Probe(
        "organizations",
        "DescribeOrganizationalUnit",
        _unit("OrganizationalUnitId"),
        about_itself=PEOPLE,
    ),
    Probe("organizations", "ListAccountsForParent", _unit("ParentId"), about_itself=PEOPLE),
    Probe("organizations", "ListParents", _unit("ChildId"), about_itself=PEOPLE),
    Probe(
        "organizations",
        "ListTagsForResource",
        lambda organisation: {"ResourceId": organisation.account_id},
        about_itself=PEOPLE,
    ),
)
