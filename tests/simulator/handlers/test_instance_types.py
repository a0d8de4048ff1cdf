"""What AWS says of an instance type, everything here that names one says too."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

import pytest

from finops_repl.simulator.instance_types import sizes
from finops_repl.simulator.offers import REGIONS
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.store import connect
from tests.simulator.conftest import fields
from tests.simulator.listings import listed

NO_LONGER_SOLD = {"p3.2xlarge", "p3.8xlarge", "p3.16xlarge"}
DESCRIBED = ("ec2", "DescribeInstanceTypes", "InstanceTypes")


@pytest.fixture(scope="module")
def of_aws() -> Mapping[str, Any]:
    """AWS's own answer in us-east-1 by type, as moto holds it."""
    data = resources.files("moto.ec2") / "resources" / "instance_types.json.gz"
    found: Mapping[str, Any] = json.loads(gzip.decompress(data.read_bytes()))
    return found


@pytest.fixture
def types(small: SimulatedOrganisation) -> Mapping[str, Any]:
    return {each["InstanceType"]: each for each in listed(small, *DESCRIBED)}


def otherwise(ours: Any, theirs: Any, path: str) -> Iterator[str]:
    """Where an answer differs in what it tells; it may tell less."""
    if isinstance(ours, Mapping):
        for name, value in ours.items():
            yield from otherwise(value, theirs.get(name), f"{path}.{name}")
    elif isinstance(ours, list) and ours and isinstance(ours[0], Mapping):
        for place, pair in enumerate(zip(ours, theirs, strict=True)):
            yield from otherwise(*pair, f"{path}[{place}]")
    elif ours != (pytest.approx(theirs, abs=0.001) if isinstance(ours, float) else theirs):
        yield f"{path}: {ours}, on AWS {theirs}"


def test_each_type_is_described_as_aws_does(
    types: Mapping[str, Any], of_aws: Mapping[str, Any]
) -> None:
    assert types.keys() - of_aws.keys() == NO_LONGER_SOLD
    for name in types.keys() & of_aws.keys():
        assert list(otherwise(types[name], of_aws[name], name)) == []


def test_a_family_has_the_sizes_that_aws_sells(of_aws: Mapping[str, Any]) -> None:
    for family in ("t3", "c5", "m7g", "i4i", "g5"):
        sold = {name.partition(".")[2] for name in of_aws if name.startswith(f"{family}.")}
        assert set(sizes(family)) == {size for size in sold if not size.startswith("metal")}
    assert sizes("db.t4g")[0] == "micro"
    assert sizes("cache.m6g") == sizes("m6g")[1:]


def test_whatever_runs_is_a_type_that_is_described(
    small: SimulatedOrganisation, types: Mapping[str, Any]
) -> None:
    store = connect(small.store_path, read_only=True)
    billed = store.execute(
        "SELECT DISTINCT product_instance_type, product_instance_family FROM cur2"
        " WHERE product_instance_type <> ''"
    ).fetchall()
    store.close()
    assert len(billed) > 20
    for kind, family in billed:
        assert kind in types or kind.rpartition(".")[2] in sizes(family), kind
        assert kind in types or kind.startswith(("db.", "cache.")), kind


def test_the_price_list_and_rightsizing_say_the_same(
    small: SimulatedOrganisation, types: Mapping[str, Any]
) -> None:
    asked: dict[str, Any] = {
        "ServiceCode": "AmazonEC2",
        "Filters": [
            {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"},
            {"Type": "TERM_MATCH", "Field": "operatingSystem", "Value": "Linux"},
        ],
    }
    products = [
        json.loads(each)["product"]
        for each in listed(small, "pricing", "GetProducts", "PriceList", **asked)
    ]
    by_type = {each["attributes"]["instanceType"]: each for each in products}
    assert by_type.keys() == types.keys()
    for name, product in by_type.items():
        told, described = product["attributes"], types[name]
        assert told["vcpu"] == str(described["VCpuInfo"]["DefaultVCpus"])
        assert told["memory"] == f"{described['MemoryInfo']['SizeInMiB'] / 1_024:g} GiB"
        assert told["networkPerformance"] == described["NetworkInfo"]["NetworkPerformance"]
        assert (told["currentGeneration"] == "Yes") == described["CurrentGeneration"]
        assert (told["storage"] == "EBS only") != described["InstanceStorageSupported"]
        assert ("gpu" in told) == ("GpuInfo" in described)
    advised = fields(small, "ce", "GetRightsizingRecommendation", Service="AmazonEC2")
    details = [
        each["CurrentInstance"]["ResourceDetails"]["EC2ResourceDetails"]
        for each in advised["RightsizingRecommendations"]
    ]
    assert details
    for each in details:
        told = by_type[each["InstanceType"]]["attributes"]
        assert (each["Vcpu"], each["Memory"], each["Storage"], each["NetworkPerformance"]) == (
            told["vcpu"], told["memory"], told["storage"], told["networkPerformance"],
        )  # fmt: skip


def found(organisation: SimulatedOrganisation, **filters: str) -> set[str]:
    """The types that filters let through; `_` stands for `-` in their names."""
    asked = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    return {each["InstanceType"] for each in listed(organisation, *DESCRIBED, Filters=asked)}


def test_types_are_found_by_what_they_hold(
    small: SimulatedOrganisation, types: Mapping[str, Any]
) -> None:
    every = set(types)
    assert found(small, instance_type="m5.*") == {name for name in every if name[:3] == "m5."}
    burstable = found(small, burstable_performance_supported="true")
    assert {name.partition(".")[0] for name in burstable} == {"t3", "t4g"}
    assert found(small, **{"processor-info.supported-architecture": "arm64"}) == {
        name for name in every if name.partition(".")[0].endswith("g")
    }
    assert found(small, **{"vcpu-info.default-vcpus": "8", "memory-info.size-in-mib": "62464"}) == {
        "i3.2xlarge", "p3.2xlarge"
    }  # fmt: skip
    assert [
        each["InstanceType"] for each in listed(small, *DESCRIBED, InstanceTypes=["r5.large"])
    ] == ["r5.large"]


def test_every_type_is_offered_in_each_zone(
    small: SimulatedOrganisation, types: Mapping[str, Any]
) -> None:
    offered = ("ec2", "DescribeInstanceTypeOfferings", "InstanceTypeOfferings")
    for region in REGIONS:
        here = listed(small, *offered, region)
        assert {each["InstanceType"] for each in here} == set(types)
        assert {each["Location"] for each in here} == {region}
    zones = listed(
        small, *offered, LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": ["c5.large"]}],
    )  # fmt: skip
    assert [each["Location"] for each in zones] == ["us-east-1a", "us-east-1b", "us-east-1c"]
