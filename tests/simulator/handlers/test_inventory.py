"""What services list is what the bill charges for on the last day: each once, hour by hour."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from finops_repl.simulator.decoys.orders import NAME
from finops_repl.simulator.offers import REGIONS
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.store import connect
from tests.simulator.conftest import SMALL, Worlds, fields
from tests.simulator.listings import everywhere, listed

WORLD = "simulated:as_of=2026-10-31"
LAST_DAY = datetime(2026, 10, 31, tzinfo=UTC)
DAYS = 31
MICRO = 1_000_000

Used = Mapping[str, float]
"""Usage of a day by the usage type without its region's prefix."""


@dataclass(frozen=True, slots=True)
class Item:
    """A listed resource: its id on the bill, when it was made, a whole day's usage by its facts."""

    on_bill: str
    created: datetime
    used: Used


Listing = Callable[[SimulatedOrganisation], list[Item]]


def a_month(units: int) -> float:
    """A day's part of units that are paid by the month, as the bill rounds it."""
    return units * MICRO // DAYS / MICRO


def instances(organisation: SimulatedOrganisation) -> list[Item]:
    found = everywhere(organisation, "ec2", "DescribeInstances", "Reservations")
    return [
        Item(each["InstanceId"], each["LaunchTime"], {
            f"{'Spot' if 'InstanceLifecycle' in each else 'Box'}Usage:{each['InstanceType']}": 24.0
        } if each["State"]["Name"] == "running" else {})
        for reservation in found for each in reservation["Instances"]
    ]  # fmt: skip


def volumes(organisation: SimulatedOrganisation) -> list[Item]:
    found = []
    for each in everywhere(organisation, "ec2", "DescribeVolumes", "Volumes"):
        kind = each["VolumeType"]
        on_bill = "piops" if kind == "io1" else kind
        used = {f"EBS:VolumeUsage.{on_bill}": a_month(each["Size"])}
        if kind in ("io1", "io2"):
            first = min(each["Iops"], 32_000) if kind == "io2" else each["Iops"]
            used[f"EBS:VolumeP-IOPS.{on_bill}"] = a_month(first)
            if first < each["Iops"]:
                used["EBS:VolumeP-IOPS.io2.tier2"] = a_month(each["Iops"] - first)
        if kind == "gp3" and each["Iops"] > 3_000:
            used["EBS:VolumeP-IOPS.gp3"] = a_month(each["Iops"] - 3_000)
        if kind == "gp3" and each["Throughput"] > 125:
            gib = (each["Throughput"] - 125) * MICRO // 1_024
            used["EBS:VolumeP-Throughput.gp3"] = gib // DAYS / MICRO
        found.append(Item(each["VolumeId"], each["CreateTime"], used))
    return found


def databases(organisation: SimulatedOrganisation) -> list[Item]:
    found = []
    for each in everywhere(organisation, "rds", "DescribeDBInstances", "DBInstances"):
        twice, storage = each["MultiAZ"], each["StorageType"]
        class_ = each["DBInstanceClass"]
        used = {f"{'Multi-AZUsage' if twice else 'InstanceUsage'}:{class_}": 24.0}
        size = a_month(each["AllocatedStorage"])
        if storage == "gp3":
            used[f"RDS:{'Multi-AZ-' if twice else ''}GP3-Storage"] = size
        if storage == "io1":
            used |= {"RDS:PIOPS-Storage": size, "RDS:PIOPS": a_month(each["Iops"])}
        found.append(Item(each["DBInstanceArn"], each["InstanceCreateTime"], used))
    return found


def caches(organisation: SimulatedOrganisation) -> list[Item]:
    found = everywhere(organisation, "elasticache", "DescribeCacheClusters", "CacheClusters")
    return [
        Item(each["ARN"], each["CacheClusterCreateTime"],
             {f"NodeUsage:{each['CacheNodeType']}": 24.0 * each["NumCacheNodes"]})
        for each in found
    ]  # fmt: skip


def nats(organisation: SimulatedOrganisation) -> list[Item]:
    return [
        Item(each["NatGatewayId"], each["CreateTime"], {"NatGateway-Hours": 24.0})
        for each in everywhere(organisation, "ec2", "DescribeNatGateways", "NatGateways")
    ]


def endpoints(organisation: SimulatedOrganisation) -> list[Item]:
    found = everywhere(organisation, "ec2", "DescribeVpcEndpoints", "VpcEndpoints")
    return [
        Item(each["VpcEndpointId"], each["CreationTimestamp"],
             {"VpcEndpoint-Hours": 24.0 * len(each["NetworkInterfaceIds"])})
        for each in found
        if each["VpcEndpointType"] == "Interface"
    ]  # fmt: skip


def balancers(organisation: SimulatedOrganisation) -> list[Item]:
    found = []
    for each in everywhere(organisation, "elbv2", "DescribeLoadBalancers", "LoadBalancers"):
        used = {"LoadBalancerUsage": 24.0}
        if each["Scheme"] == "internet-facing":
            used["PublicIPv4:InUseAddress"] = 24.0 * len(each["AvailabilityZones"])
        found.append(Item(each["LoadBalancerArn"], each["CreatedTime"], used))
    for region in REGIONS:
        classic = listed(
            organisation, "elb", "DescribeLoadBalancers", "LoadBalancerDescriptions", region
        )
        found += [
            Item(f"{region}/{each['LoadBalancerName']}", each["CreatedTime"],
                 {"LoadBalancerUsage": 24.0})
            for each in classic
        ]  # fmt: skip
    return found


def tables(organisation: SimulatedOrganisation) -> list[Item]:
    found = []
    for region in REGIONS:
        for name in listed(organisation, "dynamodb", "ListTables", "TableNames", region):
            each = fields(organisation, "dynamodb", "DescribeTable", region, TableName=name)[
                "Table"
            ]
            units = each["ProvisionedThroughput"]
            used = {
                f"{kind}CapacityUnit-Hrs": 24.0 * units[f"{kind}CapacityUnits"]
                for kind in ("Read", "Write")
                if units[f"{kind}CapacityUnits"]
            }
            stored = each["TableSizeBytes"] / (1 << 30) / DAYS
            found.append(
                Item(each["TableArn"], each["CreationDateTime"],
                     used | {"TimedStorage-ByteHrs": stored})
            )  # fmt: skip
    return found


def repositories(organisation: SimulatedOrganisation) -> list[Item]:
    found = []
    for region in REGIONS:
        for each in listed(organisation, "ecr", "DescribeRepositories", "repositories", region):
            images = listed(
                organisation, "ecr", "DescribeImages", "imageDetails", region,
                repositoryName=each["repositoryName"],
            )  # fmt: skip
            gib = sum(image["imageSizeInBytes"] for image in images) / (1 << 30)
            used = {"TimedStorage-ByteHrs": gib / DAYS}
            found.append(Item(each["repositoryArn"], each["createdAt"], used))
    return found


def log_groups(organisation: SimulatedOrganisation) -> list[Item]:
    return [
        Item(each["logGroupArn"], datetime.fromtimestamp(each["creationTime"] / 1_000, UTC),
             {"TimedStorage-ByteHrs": each["storedBytes"] / (1 << 30) / DAYS})
        for each in everywhere(organisation, "logs", "DescribeLogGroups", "logGroups")
    ]  # fmt: skip


def clusters(organisation: SimulatedOrganisation) -> list[Item]:
    found = []
    for region in REGIONS:
        for name in listed(organisation, "eks", "ListClusters", "clusters", region):
            each = fields(organisation, "eks", "DescribeCluster", region, name=name)["cluster"]
            hours = {"AmazonEKS-Hours:perCluster": 24.0}
            found.append(Item(each["arn"], each["createdAt"], hours))
    return found


def whole(id_: str) -> str:
    return id_


def after_slash(id_: str) -> str:
    return id_.rpartition("/")[2]


def region_and_name(id_: str) -> str:
    """A classic balancer's ARN, of which its listing tells the name alone; the others' as it is."""
    *_, region, _, name = id_.split(":")
    name = name.removeprefix("loadbalancer/")
    return id_ if "/" in name else f"{region}/{name}"


@dataclass(frozen=True, slots=True)
class Kind:
    """What lists it, and the usage types that every one of it has.

    `short` is how the listing shortens an id on the bill, `untold` the usage that no inventory
    tells, `begins` how the ids begin where the usage types are others' too.
    """

    items: Listing
    always: str
    short: Callable[[str], str] = whole
    untold: tuple[str, ...] = ()
    begins: str = ""


KINDS: Mapping[str, Kind] = {
    "instances": Kind(
        instances, "BoxUsage:% SpotUsage:%",
        untold=("DataTransfer-Out-Bytes",),
    ),
    "volumes": Kind(volumes, "EBS:VolumeUsage.%"),
    "databases": Kind(
        databases, "InstanceUsage:% Multi-AZUsage:%",
        untold=("RDS:ChargedBackupUsage", "Aurora:StorageUsage", "Aurora:StorageIOUsage"),
    ),
    "caches": Kind(caches, "NodeUsage:%"),
    "nats": Kind(nats, "NatGateway-Hours", after_slash, ("NatGateway-Bytes",)),
    "endpoints": Kind(endpoints, "VpcEndpoint-Hours", after_slash, ("VpcEndpoint-Bytes",)),
    "balancers": Kind(
        balancers, "LoadBalancerUsage", region_and_name, ("LCUUsage", "DataProcessing-Bytes")
    ),
    "tables": Kind(
        tables, "TimedStorage-ByteHrs", untold=("ReadRequestUnits", "WriteRequestUnits"),
        begins="arn:aws:dynamodb:",
    ),
    "clusters": Kind(clusters, "AmazonEKS-Hours:perCluster"),
    "repositories": Kind(repositories, "TimedStorage-ByteHrs", begins="arn:aws:ecr:"),
    "log groups": Kind(
        log_groups, "TimedStorage-ByteHrs", untold=("DataProcessing-Bytes",),
        begins="arn:aws:logs:",
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=[WORLD, SMALL])
def organisation(request: pytest.FixtureRequest, worlds: Worlds) -> SimulatedOrganisation:
    return worlds(request.param)


def billed(organisation: SimulatedOrganisation) -> Mapping[str, dict[str, float]]:
    """Usage of the last day by resource and by usage type without its region's prefix."""
    store = connect(organisation.store_path, read_only=True)
    rows = store.execute(
        "SELECT line_item_resource_id, line_item_usage_type, product_region_code,"
        " sum(line_item_usage_amount) FROM cur2 WHERE billing_period = '2026-10'"
        " AND line_item_usage_start_date = TIMESTAMP '2026-10-31' AND line_item_resource_id <> ''"
        " AND line_item_line_item_type IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')"
        " GROUP BY ALL"
    ).fetchall()
    store.close()
    found: dict[str, dict[str, float]] = {}
    for id_, usage_type, region, amount in rows:
        name = usage_type.removeprefix(REGIONS[region].prefix) if region else usage_type
        found.setdefault(id_, {})[name] = float(amount)
    return found


def is_like(usage_type: str, patterns: str) -> bool:
    return any(
        fnmatch.fnmatchcase(usage_type, pattern.replace("%", "*")) for pattern in patterns.split()
    )


@pytest.mark.parametrize("name", KINDS)
def test_what_is_listed_is_what_the_last_day_charges_for(
    organisation: SimulatedOrganisation, name: str
) -> None:
    kind = KINDS[name]
    items = kind.items(organisation)
    on_bill = {
        kind.short(id_): {type_: amount for type_, amount in used.items() if type_ not in
                          kind.untold}
        for id_, used in billed(organisation).items()
        if id_.startswith(kind.begins) and any(is_like(type_, kind.always) for type_ in used)
    }  # fmt: skip
    ids = [item.on_bill for item in items]
    assert len(ids) == len(set(ids))
    for item in items:
        if item.created < LAST_DAY:
            assert on_bill.get(item.on_bill, {}) == pytest.approx(item.used, abs=1e-5), item
    # What ended on the last day is on its bill for a part of it, and listed no more.
    ended = on_bill.keys() - set(ids)
    assert not ended or name in ("instances", "volumes")
    wholes = [item.used for item in items if item.used]
    assert wholes or not on_bill
    if name == "instances":
        assert all(sum(on_bill[id_].values()) < 24 for id_ in ended)
    if name == "volumes":
        lost = KINDS["instances"].items(organisation)
        assert len(ended) == len(ended_instances(organisation, {item.on_bill for item in lost}))


def ended_instances(organisation: SimulatedOrganisation, here: set[str]) -> set[str]:
    return {
        id_
        for id_, used in billed(organisation).items()
        if id_ not in here and any(is_like(type_, "BoxUsage:% SpotUsage:%") for type_ in used)
    }


def test_addresses_are_charged_as_they_are_associated(organisation: SimulatedOrganisation) -> None:
    on_bill = {
        after_slash(id_): used
        for id_, used in billed(organisation).items()
        if ":elastic-ip/" in id_
    }
    assert on_bill
    assert on_bill == {
        each["AllocationId"]: {
            f"PublicIPv4:{'InUse' if 'AssociationId' in each else 'Idle'}Address": 24.0
        }
        for each in everywhere(organisation, "ec2", "DescribeAddresses", "Addresses")
    }


def test_a_chain_of_snapshots_is_as_large_as_what_is_charged_for_it(
    organisation: SimulatedOrganisation,
) -> None:
    charged = {
        after_slash(id_): used["EBS:SnapshotUsage"]
        for id_, used in billed(organisation).items()
        if ":snapshot/" in id_
    }
    found = everywhere(organisation, "ec2", "DescribeSnapshots", "Snapshots", OwnerIds=["self"])
    assert sorted(each["SnapshotId"] for each in found) == sorted(charged)
    chains: dict[str, list[Any]] = {}
    for each in found:
        chains.setdefault(each["VolumeId"], []).append(each)
    for chain in chains.values():
        gib = round(sum(charged[each["SnapshotId"]] * DAYS for each in chain))
        last = chain[-1]
        assert last["FullSnapshotSizeInBytes"] == min(gib, last["VolumeSize"]) << 30


def test_buckets_and_functions_are_those_of_the_bill(organisation: SimulatedOrganisation) -> None:
    used = billed(organisation)
    buckets = {
        each["Name"]
        for each in fields(organisation, "s3", "ListBuckets")["Buckets"]
        if organisation.account_id not in each["Name"]
    }
    assert buckets == {
        id_ for id_, types in used.items()
        if "/" not in id_ and any(type_.startswith("TimedStorage-") for type_ in types)
        and not id_.startswith("arn:")
    }  # fmt: skip
    functions = everywhere(organisation, "lambda", "ListFunctions", "Functions")
    assert functions
    charged = {id_: types for id_, types in used.items() if id_.startswith("arn:aws:lambda:")}
    assert {each["FunctionArn"] for each in functions} == set(charged)
    for each in functions:
        on_arm = "Lambda-GB-Second-ARM" in charged[each["FunctionArn"]]
        assert each["Architectures"] == ["arm64" if on_arm else "x86_64"]


def test_what_ended_is_not_listed(organisation: SimulatedOrganisation) -> None:
    store = connect(organisation.store_path, read_only=True)
    gone = {
        id_
        for (id_,) in store.execute(
            "SELECT id FROM resource WHERE kind = 'snapshot' AND NOT exists"
        ).fetchall()
    }
    store.close()
    assert gone
    found = everywhere(
        organisation, "resourcegroupstaggingapi", "GetResources", "ResourceTagMappingList",
        ResourceTypeFilters=["ec2:snapshot"],
    )  # fmt: skip
    found += everywhere(organisation, "ec2", "DescribeSnapshots", "Snapshots")
    shown = {each.get("ResourceARN", each.get("SnapshotId")).rpartition("/")[2] for each in found}
    assert shown
    assert shown.isdisjoint(gone)


def test_a_name_that_gives_orders_is_shown_as_it_is(organisation: SimulatedOrganisation) -> None:
    by_name = {"Filters": [{"Name": "key", "Values": ["Name"]}]}
    tags = everywhere(organisation, "ec2", "DescribeTags", "Tags", **by_name)
    (one,) = [each for each in tags if each["Value"] == NAME and each["ResourceType"] == "instance"]
    asked = {"TagFilters": [{"Key": "Name", "Values": [NAME]}]}
    found = everywhere(
        organisation, "resourcegroupstaggingapi", "GetResources", "ResourceTagMappingList", **asked
    )
    assert {each["ResourceARN"].rpartition(":")[2].partition("/")[0] for each in found} == {
        "instance", "volume"
    }  # fmt: skip
    assert any(each["ResourceARN"].endswith(one["ResourceId"]) for each in found)
    assert all({"Key": "Name", "Value": NAME} in each["Tags"] for each in found)


def test_tags_are_as_people_wrote_them(organisation: SimulatedOrganisation) -> None:
    teams = {
        value
        for region in REGIONS
        for value in listed(
            organisation, "resourcegroupstaggingapi", "GetTagValues", "TagValues", region,
            Key="team",
        )
    }  # fmt: skip
    right = {account.team for account in organisation.world.members}
    assert teams - right  # misspelt ones
    assert teams & right
