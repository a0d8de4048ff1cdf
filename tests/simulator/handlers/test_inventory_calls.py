"""Inventories page, filter and refuse as AWS does."""

from __future__ import annotations

from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import ask, fields
from tests.simulator.listings import listed

REPOSITORY = "platform-images-prod-01"
NO_ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/none/0123"


def by(name: str, *values: str) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": list(values)}]}


REFUSED: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("ec2", "DescribeVolumes", {"VolumeIds": ["vol-01"]}, "InvalidVolume.NotFound"),
    ("ec2", "DescribeVolumes", by("colour", "red"), "InvalidParameterValue"),
    ("ec2", "DescribeVolumes", {"NextToken": "x"}, "InvalidParameterValue"),
    ("ec2", "DescribeVolumes", {"MaxResults": 4}, "InvalidParameterValue"),
    ("ec2", "DescribeVolumes", {"VolumeIds": ["vol-01"], "MaxResults": 9},
     "InvalidParameterCombination"),
    ("ec2", "DescribeSnapshots", {"SnapshotIds": ["snap-01"]}, "InvalidSnapshot.NotFound"),
    ("ec2", "DescribeImages", {"ImageIds": ["ami-01"]}, "InvalidAMIID.NotFound"),
    ("ec2", "DescribeAddresses", {"AllocationIds": ["eipalloc-01"]},
     "InvalidAllocationID.NotFound"),
    ("ec2", "DescribeAddresses", {"PublicIps": ["192.0.2.1"]}, "InvalidAddress.NotFound"),
    ("ec2", "DescribeNatGateways", {"NatGatewayIds": ["nat-01"]}, "NatGatewayNotFound"),
    ("ec2", "DescribeVpcEndpoints", {"VpcEndpointIds": ["vpce-01"]},
     "InvalidVpcEndpointId.NotFound"),
    ("ec2", "DescribeTags", by("colour", "red"), "InvalidParameterValue"),
    ("ec2", "DescribeInstanceTypes", {"InstanceTypes": ["m5.large", "m5.huge"]},
     "InvalidInstanceType"),
    ("ec2", "DescribeInstanceTypes", by("tag:team", "shop"), "InvalidParameterValue"),
    ("ec2", "DescribeInstanceTypes", {"MaxResults": 4}, "InvalidParameterValue"),
    ("ec2", "DescribeInstanceTypeOfferings", {"LocationType": "outpost"},
     "InvalidParameterValue"),
    ("ec2", "DescribeInstanceTypeOfferings", {"NextToken": "x"}, "InvalidParameterValue"),
    ("ecr", "DescribeRepositories", {"repositoryNames": ["none"]}, "RepositoryNotFoundException"),
    ("ecr", "DescribeRepositories", {"maxResults": 0}, "InvalidParameterException"),
    ("ecr", "DescribeImages", {"repositoryName": "none"}, "RepositoryNotFoundException"),
    ("ecr", "DescribeImages", {"repositoryName": REPOSITORY, "imageIds": [{"imageTag": "none"}]},
     "ImageNotFoundException"),
    ("ecr", "DescribeImages",
     {"repositoryName": REPOSITORY, "imageIds": [{"imageTag": "latest"}], "maxResults": 5},
     "InvalidParameterException"),
    ("ecr", "ListImages", {"repositoryName": REPOSITORY, "registryId": "123456789012"},
     "RepositoryNotFoundException"),
    ("ecr", "ListTagsForResource", {"resourceArn": NO_ARN}, "RepositoryNotFoundException"),
    ("logs", "DescribeLogGroups", {"limit": 51}, "InvalidParameterException"),
    ("logs", "DescribeLogGroups", {"logGroupNamePrefix": "/", "logGroupNamePattern": "/"},
     "InvalidParameterException"),
    ("logs", "ListTagsForResource", {"resourceArn": NO_ARN}, "ResourceNotFoundException"),
    ("rds", "DescribeDBInstances", {"DBInstanceIdentifier": "none"}, "DBInstanceNotFound"),
    ("rds", "DescribeDBInstances", {"MaxRecords": 5}, "InvalidParameterValue"),
    ("rds", "DescribeDBInstances", by("colour", "red"), "InvalidParameterValue"),
    ("rds", "DescribeDBClusters", {"DBClusterIdentifier": "none"}, "DBClusterNotFoundFault"),
    ("rds", "DescribeDBSnapshots", {"DBSnapshotIdentifier": "none"}, "DBSnapshotNotFound"),
    ("elasticache", "DescribeCacheClusters", {"CacheClusterId": "none"}, "CacheClusterNotFound"),
    ("elbv2", "DescribeLoadBalancers", {"Names": ["none"]}, "LoadBalancerNotFound"),
    ("elbv2", "DescribeTargetGroups", {"Names": ["none"]}, "TargetGroupNotFound"),
    ("elbv2", "DescribeTargetHealth", {"TargetGroupArn": NO_ARN}, "TargetGroupNotFound"),
    ("elbv2", "DescribeTags", {"ResourceArns": [NO_ARN]}, "TargetGroupNotFound"),
    ("elbv2", "DescribeTags", {"ResourceArns": [NO_ARN] * 21}, "ValidationError"),
    ("elb", "DescribeLoadBalancers", {"LoadBalancerNames": ["none"]}, "LoadBalancerNotFound"),
    ("lambda", "GetFunctionConfiguration", {"FunctionName": "none"}, "ResourceNotFoundException"),
    ("dynamodb", "DescribeTable", {"TableName": "none"}, "ResourceNotFoundException"),
    ("dynamodb", "ListTables", {"Limit": 101}, "ValidationException"),
    ("eks", "DescribeCluster", {"name": "none"}, "ResourceNotFoundException"),
    ("s3", "GetBucketTagging", {"Bucket": "none"}, "NoSuchBucket"),
    ("autoscaling", "DescribeScalingActivities", {"AutoScalingGroupName": "none"},
     "ValidationError"),
    ("autoscaling", "DescribeScalingActivities", by("StartTimeLowerBound", "yesterday"),
     "ValidationError"),
    ("autoscaling", "DescribeScalingActivities", {"NextToken": "x"}, "InvalidNextToken"),
    ("resourcegroupstaggingapi", "GetResources",
     {"ResourceARNList": [NO_ARN], "TagFilters": [{"Key": "team"}]}, "InvalidParameterException"),
    ("ssm", "DescribeInstanceInformation", {"MaxResults": 51}, "ValidationException"),
    ("ssm", "DescribeInstanceInformation", {"Filters": [{"Key": "Colour", "Values": ["red"]}]},
     "InvalidFilterKey"),
    ("resourcegroupstaggingapi", "GetResources", {"ResourcesPerPage": 101},
     "InvalidParameterException"),
    ("organizations", "ListAccountsForParent", {"ParentId": "r-none"}, "ParentNotFoundException"),
    ("organizations", "ListParents", {"ChildId": "123456789012"}, "ChildNotFoundException"),
    ("organizations", "ListTagsForResource", {"ResourceId": "123456789012"},
     "TargetNotFoundException"),
)  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "params", "code"), REFUSED)
def test_what_is_not_there_is_refused_in_the_services_own_words(
    small: SimulatedOrganisation, service: str, operation: str, params: dict[str, Any], code: str
) -> None:
    answer = ask(small, service, operation, **params)
    assert isinstance(answer, Refusal), answer
    assert answer.code == code
    assert 400 <= answer.status < 500


PAGED: tuple[tuple[str, str, str, str, int], ...] = (
    ("ec2", "DescribeVolumes", "Volumes", "MaxResults", 5),
    ("ec2", "DescribeSnapshots", "Snapshots", "MaxResults", 9),
    ("ec2", "DescribeImages", "Images", "MaxResults", 5),
    ("ec2", "DescribeTags", "Tags", "MaxResults", 100),
    ("ec2", "DescribeInstanceTypes", "InstanceTypes", "MaxResults", 5),
    ("ecr", "DescribeRepositories", "repositories", "maxResults", 1),
    ("rds", "DescribeDBSnapshots", "DBSnapshots", "MaxRecords", 20),
    ("elbv2", "DescribeLoadBalancers", "LoadBalancers", "PageSize", 2),
    ("resourcegroupstaggingapi", "GetResources", "ResourceTagMappingList", "ResourcesPerPage", 7),
    ("autoscaling", "DescribeScalingActivities", "Activities", "MaxRecords", 3),
    ("autoscaling", "DescribeLaunchConfigurations", "LaunchConfigurations", "MaxRecords", 4),
    ("ssm", "DescribeInstanceInformation", "InstanceInformationList", "MaxResults", 5),
)


@pytest.mark.parametrize(("service", "operation", "result", "size", "most"), PAGED)
def test_pages_make_the_whole(
    small: SimulatedOrganisation, service: str, operation: str, result: str, size: str, most: int
) -> None:
    paged: dict[str, Any] = {size: most}
    assert len(fields(small, service, operation, **paged)[result]) == most
    whole = listed(small, service, operation, result)
    assert listed(small, service, operation, result, **paged) == whole


def test_tables_page_by_name(small: SimulatedOrganisation) -> None:
    whole = fields(small, "dynamodb", "ListTables")["TableNames"]
    page = fields(small, "dynamodb", "ListTables", Limit=1)
    rest = fields(
        small, "dynamodb", "ListTables", ExclusiveStartTableName=page["LastEvaluatedTableName"]
    )
    assert page["TableNames"] + rest["TableNames"] == whole
    assert "LastEvaluatedTableName" not in rest


def test_volumes_are_found_by_state_instance_type_and_tag(small: SimulatedOrganisation) -> None:
    def found(**params: Any) -> list[Any]:
        return listed(small, "ec2", "DescribeVolumes", "Volumes", **params)

    every = found()
    loose = found(**by("status", "available"))
    assert 0 < len(loose) < len(every)
    assert all(not each["Attachments"] for each in loose)
    one = next(each for each in every if each["Attachments"] and each["Tags"])
    holder = one["Attachments"][0]["InstanceId"]
    assert one in found(**by("attachment.instance-id", holder))
    assert {each["VolumeType"] for each in found(**by("volume-type", "gp?"))} <= {"gp2", "gp3"}
    tag = one["Tags"][0]
    assert one in found(**by(f"tag:{tag['Key']}", tag["Value"]))
    assert found(**by("owner-id", one["OwnerId"])) == [
        each for each in every if each["OwnerId"] == one["OwnerId"]
    ]
    assert found(VolumeIds=[one["VolumeId"]]) == [one]


def test_an_instance_and_its_volumes_tell_of_each_other(small: SimulatedOrganisation) -> None:
    reservations = listed(small, "ec2", "DescribeInstances", "Reservations")
    from_instances = {
        (instance["InstanceId"], mapping["DeviceName"], mapping["Ebs"]["VolumeId"])
        for reservation in reservations
        for instance in reservation["Instances"]
        for mapping in instance["BlockDeviceMappings"]
    }
    from_volumes = {
        (hangs["InstanceId"], hangs["Device"], volume["VolumeId"])
        for volume in listed(small, "ec2", "DescribeVolumes", "Volumes")
        for hangs in volume["Attachments"]
    }
    assert from_instances == from_volumes
    assert len({(holder, device) for holder, device, _ in from_volumes}) == len(from_volumes)
    assert {device for _, device, _ in from_volumes} > {"/dev/xvda"}


def test_snapshots_of_others_are_none(small: SimulatedOrganisation) -> None:
    def found(**params: Any) -> list[Any]:
        return listed(small, "ec2", "DescribeSnapshots", "Snapshots", **params)

    assert found(OwnerIds=["amazon"]) == []
    owner = found(OwnerIds=["self"])[0]["OwnerId"]
    assert {each["OwnerId"] for each in found(OwnerIds=[owner])} == {owner}


def test_every_account_stands_in_one_unit(small: SimulatedOrganisation) -> None:
    (root,) = listed(small, "organizations", "ListRoots", "Roots")
    units = listed(
        small, "organizations", "ListOrganizationalUnitsForParent", "OrganizationalUnits",
        ParentId=root["Id"],
    )  # fmt: skip
    below = {
        account["Id"]: unit["Name"]
        for unit in (*units, root)
        for account in listed(
            small, "organizations", "ListAccountsForParent", "Accounts", ParentId=unit["Id"],
            MaxResults=1,
        )
    }  # fmt: skip
    assert below == {account.id: account.unit for account in small.world.accounts}


def test_nobody_reads_the_objects_of_the_organisations_buckets(
    small: SimulatedOrganisation,
) -> None:
    names = [each["Name"] for each in listed(small, "s3", "ListBuckets", "Buckets")]
    (bucket, *_) = [name for name in names if name.startswith("lake-")]
    answer = ask(small, "s3", "ListObjectsV2", Bucket=bucket)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.status) == ("AccessDenied", 403)


def test_a_lifecycle_moves_to_the_classes_that_the_bill_charges_for(
    small: SimulatedOrganisation,
) -> None:
    names = [each["Name"] for each in listed(small, "s3", "ListBuckets", "Buckets")]
    (bucket, *_) = [name for name in names if name.startswith("lake-logs")]
    (rule,) = fields(small, "s3", "GetBucketLifecycleConfiguration", Bucket=bucket)["Rules"]
    assert [each["StorageClass"] for each in rule["Transitions"]] == ["GLACIER_IR", "DEEP_ARCHIVE"]
    (assets, *_) = [name for name in names if "-assets-" in name]
    answer = ask(small, "s3", "GetBucketLifecycleConfiguration", Bucket=assets)
    assert isinstance(answer, Refusal)
    assert answer.code == "NoSuchLifecycleConfiguration"


def test_the_agent_of_a_stopped_instance_is_not_heard_of_since_it_stopped(
    small: SimulatedOrganisation,
) -> None:
    reservations = listed(small, "ec2", "DescribeInstances", "Reservations")
    states = {
        each["InstanceId"]: each["State"]["Name"]
        for reservation in reservations
        for each in reservation["Instances"]
    }
    found = listed(small, "ssm", "DescribeInstanceInformation", "InstanceInformationList")
    assert {each["InstanceId"] for each in found} == set(states)
    stopped = [each for each in found if each["PingStatus"] == "ConnectionLost"]
    assert {each["InstanceId"] for each in stopped} == {
        id_ for id_, state in states.items() if state == "stopped"
    }
    last = small.view.calendar.moment(small.view.calendar.last)
    assert all(each["LastPingDateTime"] <= last for each in stopped)
    assert stopped == listed(
        small, "ssm", "DescribeInstanceInformation", "InstanceInformationList",
        Filters=[{"Key": "PingStatus", "Values": ["ConnectionLost"]}],
    )  # fmt: skip


def test_activities_of_all_groups_come_newest_first(small: SimulatedOrganisation) -> None:
    found = listed(small, "autoscaling", "DescribeScalingActivities", "Activities")
    times = [each["StartTime"] for each in found]
    assert times == sorted(times, reverse=True)
    assert len({each["AutoScalingGroupName"] for each in found}) > 2
    assert len({each["ActivityId"] for each in found}) == len(found)


def test_groups_launch_what_their_members_are(small: SimulatedOrganisation) -> None:
    groups = listed(small, "autoscaling", "DescribeAutoScalingGroups", "AutoScalingGroups")
    launches = {
        each["LaunchConfigurationName"]: each["InstanceType"]
        for each in listed(
            small, "autoscaling", "DescribeLaunchConfigurations", "LaunchConfigurations"
        )
    }
    assert {group["LaunchConfigurationName"] for group in groups} == set(launches)
    members = {
        (group["LaunchConfigurationName"], member["InstanceType"])
        for group in groups
        for member in group["Instances"]
    }
    assert members <= set(launches.items())
    assert members
