"""RDS: database instances, the clusters of Aurora and the automated copies of the last days."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.ec2.filters import Described, values_at
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.handlers.rds.shapes import (
    KEPT_DAYS,
    cluster,
    copy,
    instance,
    is_aurora,
)
from finops_repl.simulator.handlers.resources.standing import Standing, standing
from finops_repl.simulator.view import View, invalid

__all__ = ["RdsDatabases"]

FEWEST, PAGE = 20, 100
COPIED_AT = timedelta(hours=4, minutes=10)


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
        return [instance(self._view.world, each) for each in self._databases(region)]

    def _clusters(self, region: str) -> list[Described]:
        return [
            cluster(self._view.world, each) for each in self._databases(region) if is_aurora(each)
        ]

    def _snapshots(self, region: str) -> list[Described]:
        """A copy of every day that is kept, of each database that is no Aurora's."""
        today = self._view.calendar.now.replace(hour=0, minute=0)
        return [
            copy(self._view.world, each, today - timedelta(days=age) + COPIED_AT)
            for each in self._databases(region)
            if not is_aurora(each)
            for age in reversed(range(KEPT_DAYS))
            if each.created < today - timedelta(days=age) + COPIED_AT
        ]


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
