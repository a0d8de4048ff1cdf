"""What is wrong shows in the inventories, with the facts that its remedy needs."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from finops_repl.aws.call import Refusal
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import SMALL, Worlds, ask, fields
from tests.simulator.listings import listed
from tests.simulator.offered.probe import switched_off

SIZES = re.compile(r"capacity from (\d+) to (\d+)\.")


def by_tag(key: str, value: str) -> list[dict[str, Any]]:
    return [{"Name": f"tag:{key}", "Values": [value]}]


def test_what_a_load_test_left_is_attached_to_nothing(small: SimulatedOrganisation) -> None:
    idle = small.key().of("idle")
    place, left = idle.region, by_tag("environment", "load-test")
    volumes = listed(small, "ec2", "DescribeVolumes", "Volumes", place, Filters=left)
    loose = [each for each in volumes if each["State"] == "available"]
    assert len(loose) == idle.facts["volume"]
    assert all(each["Attachments"] == [] and each["Size"] == 3_000 for each in loose)
    addresses = listed(small, "ec2", "DescribeAddresses", "Addresses", place, Filters=left)
    assert len(addresses) == idle.facts["address"]
    assert all("AssociationId" not in each for each in addresses)
    nats = listed(small, "ec2", "DescribeNatGateways", "NatGateways", place, Filter=left)
    assert len(nats) == idle.facts["nat"]
    assert {each["OwnerId"] for each in volumes} == {idle.account_id}


def test_only_an_idle_balancer_has_no_targets(small: SimulatedOrganisation) -> None:
    idle = small.key().of("idle")
    groups = listed(small, "elbv2", "DescribeTargetGroups", "TargetGroups", idle.region)
    empty = {
        arn
        for group in groups
        for arn in group["LoadBalancerArns"]
        if not fields(
            small, "elbv2", "DescribeTargetHealth", idle.region,
            TargetGroupArn=group["TargetGroupArn"],
        )["TargetHealthDescriptions"]
    }  # fmt: skip
    assert empty == {arn for arn in idle.resources if ":loadbalancer/" in arn}
    assert len(empty) < len(groups)


def test_an_oversized_database_has_another_class_without_the_incident(worlds: Worlds) -> None:
    found = {}
    for text in (SMALL, switched_off("oversized")):
        every = listed(worlds(text), "rds", "DescribeDBInstances", "DBInstances")
        found[text] = {each["DBInstanceArn"]: each["DBInstanceClass"] for each in every}
    oversized = worlds(SMALL).key().of("oversized")
    changed = {arn for arn, class_ in found[SMALL].items() if found[switched_off("oversized")][arn]
               != class_}  # fmt: skip
    assert changed == set(oversized.resources)
    for arn in changed:
        assert found[SMALL][arn] == oversized.facts["class_after"]
        assert found[switched_off("oversized")][arn] == oversized.facts["class_before"]


def endpoints_beside(organisation: SimulatedOrganisation, nat: str, region: str) -> list[Any]:
    """The gateway endpoints for S3 in a NAT gateway's network."""
    (gateway,) = listed(
        organisation, "ec2", "DescribeNatGateways", "NatGateways", region, NatGatewayIds=[nat]
    )
    beside = [
        {"Name": "vpc-id", "Values": [gateway["VpcId"]]},
        {"Name": "service-name", "Values": ["*.s3"]},
        {"Name": "vpc-endpoint-type", "Values": ["Gateway"]},
    ]
    return listed(
        organisation, "ec2", "DescribeVpcEndpoints", "VpcEndpoints", region, Filters=beside
    )


def test_a_surging_gateway_lacks_the_endpoint_that_it_had(worlds: Worlds) -> None:
    nat = worlds(SMALL).key().of("nat")
    gateway = str(nat.facts["nat_gateway"])
    assert endpoints_beside(worlds(SMALL), gateway, nat.region) == []
    (endpoint,) = endpoints_beside(worlds(switched_off("nat")), gateway, nat.region)
    assert endpoint["VpcEndpointId"] == nat.facts["endpoint"]
    assert endpoint["OwnerId"] == nat.account_id


def test_every_other_gateway_has_its_endpoint(worlds: Worlds) -> None:
    organisation = worlds("simulated:as_of=2026-10-31")
    without = [
        each["NatGatewayId"]
        for region in organisation.world.regions
        for each in listed(organisation, "ec2", "DescribeNatGateways", "NatGateways", region.code)
        if not endpoints_beside(organisation, each["NatGatewayId"], region.code)
    ]
    assert len(without) == 1


def test_a_pile_of_snapshots_is_listed_with_its_age(small: SimulatedOrganisation) -> None:
    pile = small.key().of("snapshots")
    found = listed(
        small, "ec2", "DescribeSnapshots", "Snapshots", pile.region,
        OwnerIds=[pile.account_id],
    )  # fmt: skip
    ours = {arn.rpartition("/")[2] for arn in pile.resources}
    kept = [each for each in found if each["SnapshotId"] in ours]
    assert len(kept) == len(ours) == pile.facts["snapshots"]
    days = sorted({each["StartTime"].date() for each in kept})
    assert {(later - one).days for one, later in pairwise(days)} == {4}


def test_what_lost_its_tags_is_still_listed_but_without_any(small: SimulatedOrganisation) -> None:
    untagged = small.key().of("untagged")
    buckets = [id_ for id_ in untagged.resources if id_[:2] != "i-" and id_[:4] != "vol-"]
    assert buckets
    arns = [f"arn:aws:s3:::{bucket}" for bucket in buckets]
    found = fields(
        small, "resourcegroupstaggingapi", "GetResources", untagged.region,
        ResourceARNList=arns,
    )["ResourceTagMappingList"]  # fmt: skip
    assert {each["ResourceARN"]: each["Tags"] for each in found} == {arn: [] for arn in arns}
    for bucket in buckets:
        answer = ask(small, "s3", "GetBucketTagging", Bucket=bucket)
        assert isinstance(answer, Refusal)
        assert answer.code == "NoSuchTagSet"


def test_a_bucket_that_is_read_from_afar_says_where_it_is(small: SimulatedOrganisation) -> None:
    transfer = small.key().of("transfer")
    bucket, home = transfer.facts["bucket"], transfer.facts["from_region"]
    location = fields(small, "s3", "GetBucketLocation", Bucket=bucket)
    assert location.get("LocationConstraint", "us-east-1") == home
    (one,) = fields(small, "s3", "ListBuckets", Prefix=bucket)["Buckets"]
    assert one["BucketRegion"] == home


def test_a_runaway_groups_activities_tell_how_it_grew(small: SimulatedOrganisation) -> None:
    spike = small.key().of("spike")
    assert spike.event_time is not None
    since = [{"Name": "StartTimeLowerBound", "Values": [spike.event_time.isoformat()]}]
    group = {"AutoScalingGroupName": spike.facts["group"]}
    found = listed(
        small, "autoscaling", "DescribeScalingActivities", "Activities", spike.region,
        **group, Filters=since,
    )  # fmt: skip
    ours = {id_ for id_ in spike.resources if id_.startswith("i-")}
    launched = {each["Description"].rpartition(" ")[2] for each in found
                if each["Description"].startswith("Launching")}  # fmt: skip
    assert ours <= launched
    (now,) = fields(
        small, "autoscaling", "DescribeAutoScalingGroups", spike.region,
        AutoScalingGroupNames=[spike.facts["group"]],
    )["AutoScalingGroups"]  # fmt: skip
    assert found[0]["Cause"].endswith(f"to {now['DesiredCapacity']}.")
    replaced = {each["StartTime"] for each in found if "lifetime" in each["Cause"]}
    sizes = [SIZES.search(each["Cause"]) for each in found if each["StartTime"] not in replaced]
    steps = list(dict.fromkeys((step[1], step[2]) for step in sizes if step))
    assert all(later[0] == earlier[1] for later, earlier in pairwise(steps))
    grown = int(steps[0][1]) - int(steps[-1][0])
    assert grown == len(launched) - sum("Terminating" in each["Description"] for each in found)
