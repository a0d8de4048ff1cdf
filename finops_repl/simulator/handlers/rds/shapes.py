"""A database in RDS's words: the instance, the cluster of Aurora, a copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from finops_repl.simulator.handlers.ec2.filters import Described
from finops_repl.simulator.handlers.resources.networking import subnet, vpc
from finops_repl.simulator.handlers.resources.standing import Standing, key_values
from finops_repl.simulator.world import World

__all__ = ["KEPT_DAYS", "cluster", "copy", "instance", "is_aurora"]

KEPT_DAYS = 7
"""How many days' copies are kept."""
WIDE_GB = 400


@dataclass(frozen=True, slots=True)
class _Engine:
    name: str
    version: str
    port: int
    licence: str


_ENGINES: Mapping[str, _Engine] = {
    "PostgreSQL": _Engine("postgres", "16.8", 5432, "postgresql-license"),
    "MySQL": _Engine("mysql", "8.4.5", 3306, "general-public-license"),
    "SQL Server": _Engine("sqlserver-se", "15.00.4430.1.v1", 1433, "license-included"),
    "Aurora MySQL": _Engine(
        "aurora-mysql", "8.0.mysql_aurora.3.08.2", 3306, "general-public-license"
    ),
    "Aurora PostgreSQL": _Engine("aurora-postgresql", "16.8", 5432, "postgresql-license"),
}
"""The bill's database engines as RDS calls them."""


def instance(world: World, found: Standing) -> Described:
    """A database instance; one of Aurora has no storage of its own, for which RDS shows 1."""
    engine, chance = _ENGINES[found.text("engine")], world.chance
    zones = [f"{found.region}{letter}" for letter in "abc"]
    zone = chance.pick(zones, "zone", found.on_bill)
    described: dict[str, Any] = {
        "DBInstanceIdentifier": found.id,
        "DBInstanceArn": found.on_bill,
        "DbiResourceId": _resource_id("db", world, found),
        "DBInstanceClass": found.text("type"),
        "DBInstanceStatus": "available",
        "Engine": engine.name,
        "EngineVersion": engine.version,
        "LicenseModel": engine.licence,
        "Endpoint": {"Address": _host(world, found, found.id), "Port": engine.port},
        "InstanceCreateTime": found.created,
        "MultiAZ": bool(found.number("multi_az")),
        "AvailabilityZone": zone,
        "StorageType": found.text("storage"),
        "AllocatedStorage": found.number("gb"),
        "StorageEncrypted": False,
        "BackupRetentionPeriod": KEPT_DAYS,
        "DBSubnetGroup": {
            "DBSubnetGroupName": "default",
            "VpcId": vpc(world, found.account, found.region),
            "SubnetGroupStatus": "Complete",
            "Subnets": [
                {
                    "SubnetIdentifier": subnet(world, found.account, each),
                    "SubnetAvailabilityZone": {"Name": each},
                    "SubnetStatus": "Active",
                }
                for each in zones
            ],
        },
        "PendingModifiedValues": {},
        "ReadReplicaDBInstanceIdentifiers": [],
        "PubliclyAccessible": False,
        "TagList": key_values(found.tags),
    }
    if found.number("multi_az"):
        others = [each for each in zones if each != zone]
        described["SecondaryAvailabilityZone"] = chance.pick(others, "zones", found.on_bill)
    if is_aurora(found):
        return described | {
            "DBClusterIdentifier": _cluster_name(found),
            "AllocatedStorage": 1,
        }
    return described | _performance(found)


def cluster(world: World, found: Standing) -> Described:
    """The cluster of an Aurora instance, its only member."""
    engine, name = _ENGINES[found.text("engine")], _cluster_name(found)
    return {
        "DBClusterIdentifier": name,
        "DBClusterArn": f"arn:aws:rds:{found.region}:{found.account}:cluster:{name}",
        "DbClusterResourceId": _resource_id("cluster", world, found),
        "Status": "available",
        "Engine": engine.name,
        "EngineMode": "provisioned",
        "EngineVersion": engine.version,
        "Endpoint": _host(world, found, f"{name}.cluster"),
        "ReaderEndpoint": _host(world, found, f"{name}.cluster-ro"),
        "Port": engine.port,
        "AllocatedStorage": 1,
        "MultiAZ": False,
        "StorageEncrypted": False,
        "BackupRetentionPeriod": KEPT_DAYS,
        "ClusterCreateTime": found.created,
        "AvailabilityZones": [f"{found.region}{letter}" for letter in "abc"],
        "DBClusterMembers": [
            {
                "DBInstanceIdentifier": found.id,
                "IsClusterWriter": True,
                "DBClusterParameterGroupStatus": "in-sync",
                "PromotionTier": 1,
            }
        ],
        "TagList": key_values(found.tags),
    }


def copy(world: World, found: Standing, made: datetime) -> Described:
    """An automated copy of a database, as large as it is."""
    engine = _ENGINES[found.text("engine")]
    name = f"rds:{found.id}-{made:%Y-%m-%d-%H-%M}"
    return {
        "DBSnapshotIdentifier": name,
        "DBSnapshotArn": f"arn:aws:rds:{found.region}:{found.account}:snapshot:{name}",
        "DBInstanceIdentifier": found.id,
        "DbiResourceId": _resource_id("db", world, found),
        "SnapshotCreateTime": made,
        "InstanceCreateTime": found.created,
        "SnapshotType": "automated",
        "Status": "available",
        "PercentProgress": 100,
        "Engine": engine.name,
        "EngineVersion": engine.version,
        "LicenseModel": engine.licence,
        "Port": engine.port,
        "AllocatedStorage": found.number("gb"),
        "StorageType": found.text("storage"),
        "Encrypted": False,
        "VpcId": vpc(world, found.account, found.region),
        "TagList": [],
    }


def _host(world: World, found: Standing, name: str) -> str:
    digits = world.chance.hex(12, "endpoint", found.account, found.region)
    first, _, kind = name.partition(".")
    middle = f"{kind}-{digits}" if kind else digits
    return f"{first}.{middle}.{found.region}.rds.amazonaws.com"


def is_aurora(found: Standing) -> bool:
    """Whether a database stores in its cluster."""
    return found.text("storage") == "aurora"


def _cluster_name(found: Standing) -> str:
    """The cluster of an Aurora instance."""
    return f"{found.id}-cluster"


def _resource_id(prefix: str, world: World, found: Standing) -> str:
    return f"{prefix}-{world.chance.hex(26, 'database', found.on_bill).upper()}"


def _performance(found: Standing) -> dict[str, int]:
    """What storage gives: as provisioned, and what gp3 has in any case.

    Source: RDS user guide, "gp3 storage": 3,000 IOPS and 125 MiB/s, from 400 GiB on 12,000 and
    500, but for SQL Server.
    """
    if found.number("iops"):
        return {"Iops": found.number("iops")}
    wide = found.number("gb") >= WIDE_GB and found.text("engine") != "SQL Server"
    return {"Iops": 12_000 if wide else 3_000, "StorageThroughput": 500 if wide else 125}
