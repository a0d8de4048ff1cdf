"""RDS: database instances, the clusters of Aurora and the automated copies of the last days."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.ec2_filters import Described, values_at
from finops_repl.simulator.handlers.networking import subnet, vpc
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.handlers.standing import Standing, key_values, standing
from finops_repl.simulator.view import View, invalid

__all__ = ["ENGINES", "RdsDatabases"]

FEWEST, PAGE = 20, 100
KEPT_DAYS, COPIED_AT = 7, timedelta(hours=4, minutes=10)
WIDE_GB = 400


@dataclass(frozen=True, slots=True)
class _Engine:
    name: str
    version: str
    port: int
    licence: str


ENGINES: Mapping[str, _Engine] = {
    "PostgreSQL": _Engine("postgres", "16.8", 5432, "postgresql-license"),
    "MySQL": _Engine("mysql", "8.4.5", 3306, "general-public-license"),
    "SQL Server": _Engine("sqlserver-se", "15.00.4430.1.v1", 1433, "license-included"),
    "Aurora MySQL": _Engine(
        "aurora-mysql", "8.0.mysql_aurora.3.08.2", 3306, "general-public-license"
    ),
    "Aurora PostgreSQL": _Engine("aurora-postgresql", "16.8", 5432, "postgresql-license"),
}
"""The bill's database engines as RDS calls them."""


class RdsDatabases:
    """Answers what databases stand in a call's region, of all accounts of the organisation."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._lists: Mapping[str, tuple[str, Callable[[str], list[Described]]]] = {
            "DescribeDBInstances": ("DBInstances", self._instances),
            "DescribeDBClusters": ("DBClusters", self._clusters),
            "DescribeDBSnapshots": ("DBSnapshots", self._snapshots),
        }

    @property
    def operations(self) -> frozenset[str]:
        """The operations that are answered."""
        return frozenset(self._lists)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        result, listed = self._lists[call.operation]
        most = call.params.get("MaxRecords")
        if most is not None and not FEWEST <= most <= PAGE:
            return invalid(
                f"Invalid value {most} for MaxRecords. Must be between {FEWEST} and {PAGE}",
                "InvalidParameterValue",
            )
        found = _filtered(listed(call.region), call.params, _FILTERS[result])
        if not isinstance(found, Refusal):
            found = _named(found, call.params, result)
        if isinstance(found, Refusal):
            return found
        page = cut(found, call.params, "MaxRecords", PAGE, PAGE, "Marker")
        if page is None:
            return invalid("Invalid marker", "InvalidParameterValue")
        shown, marker = page
        return Result({result: list(shown)} | ({"Marker": marker} if marker else {}))

    def _databases(self, region: str) -> list[Standing]:
        return standing(self._view, "database", region=region)

    def _instances(self, region: str) -> list[Described]:
        return [self._instance(each) for each in self._databases(region)]

    def _instance(self, found: Standing) -> Described:
        engine, chance = ENGINES[found.text("engine")], self._view.world.chance
        zones = [f"{found.region}{letter}" for letter in "abc"]
        zone = chance.pick(zones, "zone", found.on_bill)
        described: dict[str, Any] = {
            "DBInstanceIdentifier": found.id,
            "DBInstanceArn": found.on_bill,
            "DbiResourceId": _resource_id("db", self._view, found),
            "DBInstanceClass": found.text("type"),
            "DBInstanceStatus": "available",
            "Engine": engine.name,
            "EngineVersion": engine.version,
            "LicenseModel": engine.licence,
            "Endpoint": {"Address": self._host(found, found.id), "Port": engine.port},
            "InstanceCreateTime": found.created,
            "MultiAZ": bool(found.number("multi_az")),
            "AvailabilityZone": zone,
            "StorageType": found.text("storage"),
            "AllocatedStorage": found.number("gb"),
            "StorageEncrypted": False,
            "BackupRetentionPeriod": KEPT_DAYS,
            "DBSubnetGroup": {
                "DBSubnetGroupName": "default",
                "VpcId": vpc(self._view.world, found.account, found.region),
                "SubnetGroupStatus": "Complete",
                "Subnets": [
                    {
                        "SubnetIdentifier": subnet(self._view.world, found.account, each),
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
        if _is_aurora(found):
            # An Aurora instance has no storage of its own; RDS shows 1 for it.
            return described | {
                "DBClusterIdentifier": _cluster(found),
                "AllocatedStorage": 1,
            }
        return described | _performance(found)

    def _clusters(self, region: str) -> list[Described]:
        return [self._of_cluster(each) for each in self._databases(region) if _is_aurora(each)]

    def _of_cluster(self, found: Standing) -> Described:
        engine, name = ENGINES[found.text("engine")], _cluster(found)
        return {
            "DBClusterIdentifier": name,
            "DBClusterArn": f"arn:aws:rds:{found.region}:{found.account}:cluster:{name}",
            "DbClusterResourceId": _resource_id("cluster", self._view, found),
            "Status": "available",
            "Engine": engine.name,
            "EngineMode": "provisioned",
            "EngineVersion": engine.version,
            "Endpoint": self._host(found, f"{name}.cluster"),
            "ReaderEndpoint": self._host(found, f"{name}.cluster-ro"),
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

    def _snapshots(self, region: str) -> list[Described]:
        """A copy of every day that is kept, of each database that is no Aurora's."""
        today = self._view.calendar.now.replace(hour=0, minute=0)
        return [
            self._copy(each, today - timedelta(days=age) + COPIED_AT)
            for each in self._databases(region)
            if not _is_aurora(each)
            for age in reversed(range(KEPT_DAYS))
            if each.created < today - timedelta(days=age) + COPIED_AT
        ]

    def _copy(self, found: Standing, made: datetime) -> Described:
        engine = ENGINES[found.text("engine")]
        name = f"rds:{found.id}-{made:%Y-%m-%d-%H-%M}"
        return {
            "DBSnapshotIdentifier": name,
            "DBSnapshotArn": f"arn:aws:rds:{found.region}:{found.account}:snapshot:{name}",
            "DBInstanceIdentifier": found.id,
            "DbiResourceId": _resource_id("db", self._view, found),
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
            "VpcId": vpc(self._view.world, found.account, found.region),
            "TagList": [],
        }

    def _host(self, found: Standing, name: str) -> str:
        digits = self._view.world.chance.hex(12, "endpoint", found.account, found.region)
        first, _, kind = name.partition(".")
        middle = f"{kind}-{digits}" if kind else digits
        return f"{first}.{middle}.{found.region}.rds.amazonaws.com"


_IDS = {  # result: the parameters that name items, the item's member, the code of what is missing
    "DBInstances": {
        "DBInstanceIdentifier": ("DBInstanceIdentifier", "DBInstanceNotFound", "DBInstance")
    },
    "DBClusters": {
        "DBClusterIdentifier": ("DBClusterIdentifier", "DBClusterNotFoundFault", "DBCluster")
    },
    "DBSnapshots": {
        "DBSnapshotIdentifier": ("DBSnapshotIdentifier", "DBSnapshotNotFound", "DBSnapshot"),
        "DBInstanceIdentifier": ("DBInstanceIdentifier", "", ""),
        "DbiResourceId": ("DbiResourceId", "", ""),
        "SnapshotType": ("SnapshotType", "", ""),
    },
}
_FILTERS = {
    "DBInstances": {
        "db-cluster-id": "DBClusterIdentifier",
        "db-instance-id": "DBInstanceIdentifier",
        "dbi-resource-id": "DbiResourceId",
        "engine": "Engine",
    },
    "DBClusters": {
        "db-cluster-id": "DBClusterIdentifier",
        "db-cluster-resource-id": "DbClusterResourceId",
        "engine": "Engine",
    },
    "DBSnapshots": {
        "db-instance-id": "DBInstanceIdentifier",
        "db-snapshot-id": "DBSnapshotIdentifier",
        "dbi-resource-id": "DbiResourceId",
        "engine": "Engine",
        "snapshot-type": "SnapshotType",
    },
}


def _named(
    found: Sequence[Described], params: Mapping[str, Any], result: str
) -> Sequence[Described] | Refusal:
    for parameter, (member, code, noun) in _IDS[result].items():
        wanted = params.get(parameter)
        if not wanted:
            continue
        found = [each for each in found if wanted in (each[member], _arn(each))]
        if code and not found:
            return Refusal(code, f"{noun} {wanted} not found.", 404)
    return found


def _arn(item: Described) -> str:
    return next((str(value) for name, value in item.items() if name.endswith("Arn")), "")


def _filtered(
    found: Sequence[Described], params: Mapping[str, Any], fields: Mapping[str, str]
) -> Sequence[Described] | Refusal:
    """RDS's filters know no wildcards."""
    for each in params.get("Filters") or ():
        name = each["Name"]
        if name not in fields:
            return invalid(
                f"Unrecognized filter name: {name}; known are {', '.join(sorted(fields))}",
                "InvalidParameterValue",
            )
        wanted = set(each["Values"])
        found = [item for item in found if wanted & {*values_at(item, fields[name])}]
    return found


def _is_aurora(found: Standing) -> bool:
    return found.text("storage") == "aurora"


def _cluster(found: Standing) -> str:
    """The cluster of an Aurora instance."""
    return f"{found.id}-cluster"


def _resource_id(prefix: str, view: View, found: Standing) -> str:
    return f"{prefix}-{view.world.chance.hex(26, 'database', found.on_bill).upper()}"


def _performance(found: Standing) -> dict[str, int]:
    """What storage gives: as provisioned, and what gp3 has in any case.

    Source: RDS user guide, "gp3 storage": 3,000 IOPS and 125 MiB/s, from 400 GiB on 12,000 and
    500, but for SQL Server.
    """
    if found.number("iops"):
        return {"Iops": found.number("iops")}
    wide = found.number("gb") >= WIDE_GB and found.text("engine") != "SQL Server"
    return {"Iops": 12_000 if wide else 3_000, "StorageThroughput": 500 if wide else 125}
