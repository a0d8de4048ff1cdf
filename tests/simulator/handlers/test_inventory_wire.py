"""Each inventory through a real SDK client, whose paginators read it to the end."""

from __future__ import annotations

from typing import Any

import pytest

from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.listings import listed

PAGINATED: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    # service, operation, boto3's name of it, result, parameters
    ("ec2", "DescribeVolumes", "describe_volumes", "Volumes", {"MaxResults": 9}),
    ("ec2", "DescribeSnapshots", "describe_snapshots", "Snapshots", {"OwnerIds": ["self"]}),
    ("ec2", "DescribeImages", "describe_images", "Images", {"Owners": ["self", "amazon"]}),
    ("ec2", "DescribeNatGateways", "describe_nat_gateways", "NatGateways", {}),
    ("ec2", "DescribeVpcEndpoints", "describe_vpc_endpoints", "VpcEndpoints", {}),
    ("ec2", "DescribeTags", "describe_tags", "Tags", {"MaxResults": 200}),
    ("ec2", "DescribeInstanceTypes", "describe_instance_types", "InstanceTypes", {}),
    ("ec2", "DescribeInstanceTypeOfferings", "describe_instance_type_offerings",
     "InstanceTypeOfferings", {"LocationType": "availability-zone", "MaxResults": 99}),
    ("ec2", "DescribeSpotPriceHistory", "describe_spot_price_history", "SpotPriceHistory",
     {"MaxResults": 400}),
    ("ecr", "DescribeRepositories", "describe_repositories", "repositories", {"maxResults": 1}),
    ("logs", "DescribeLogGroups", "describe_log_groups", "logGroups", {}),
    ("rds", "DescribeDBInstances", "describe_db_instances", "DBInstances", {}),
    ("rds", "DescribeDBSnapshots", "describe_db_snapshots", "DBSnapshots", {"MaxRecords": 20}),
    ("rds", "DescribeDBClusters", "describe_db_clusters", "DBClusters", {}),
    ("elasticache", "DescribeCacheClusters", "describe_cache_clusters", "CacheClusters", {}),
    ("elbv2", "DescribeLoadBalancers", "describe_load_balancers", "LoadBalancers",
     {"PageSize": 1}),
    ("elbv2", "DescribeTargetGroups", "describe_target_groups", "TargetGroups", {}),
    ("lambda", "ListFunctions", "list_functions", "Functions", {}),
    ("dynamodb", "ListTables", "list_tables", "TableNames", {}),
    ("eks", "ListClusters", "list_clusters", "clusters", {}),
    ("s3", "ListBuckets", "list_buckets", "Buckets", {"MaxBuckets": 3}),
    ("autoscaling", "DescribeScalingActivities", "describe_scaling_activities", "Activities", {}),
    ("resourcegroupstaggingapi", "GetResources", "get_resources", "ResourceTagMappingList",
     {"ResourcesPerPage": 50}),
    ("resourcegroupstaggingapi", "GetTagKeys", "get_tag_keys", "TagKeys", {}),
    ("organizations", "ListRoots", "list_roots", "Roots", {}),
)  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "name", "result", "params"), PAGINATED)
def test_boto3_reads_the_whole_list(
    aws: Any, small: SimulatedOrganisation, service: str, operation: str, name: str, result: str,
    params: dict[str, Any],
) -> None:  # fmt: skip
    pages = aws.client(service).get_paginator(name).paginate(**params)
    assert [item for page in pages for item in page[result]] == listed(
        small, service, operation, result, **params
    )


def test_boto3_reads_what_stands_alone(aws: Any) -> None:
    table = aws.client("dynamodb").list_tables()["TableNames"][0]
    described = aws.client("dynamodb").describe_table(TableName=table)["Table"]
    assert described["TableSizeBytes"] > 0
    assert described["CreationDateTime"].tzinfo is not None
    function = aws.client("lambda").list_functions()["Functions"][0]["FunctionName"]
    one = aws.client("lambda").get_function_configuration(FunctionName=function)
    assert one["MemorySize"] >= 128
    (name,) = aws.client("eks").list_clusters()["clusters"]
    nodes = aws.client("eks").list_nodegroups(clusterName=name)["nodegroups"][0]
    group = aws.client("eks").describe_nodegroup(clusterName=name, nodegroupName=nodes)
    assert group["nodegroup"]["scalingConfig"]["desiredSize"] > 0
    assert aws.client("eks").describe_cluster(name=name)["cluster"]["status"] == "ACTIVE"
    groups = aws.client("elbv2").describe_target_groups()["TargetGroups"]
    health = [
        aws.client("elbv2").describe_target_health(TargetGroupArn=each["TargetGroupArn"])
        for each in groups
    ]
    states = [len(each["TargetHealthDescriptions"]) for each in health]
    assert min(states) == 0 < max(states)
    assert aws.client("elb").describe_load_balancers()["LoadBalancerDescriptions"] == []
    s3 = aws.client("s3")
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket=s3.list_buckets()["Buckets"][0]["Name"])
