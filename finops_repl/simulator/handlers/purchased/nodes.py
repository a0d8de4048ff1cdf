"""RDS and ElastiCache: what is reserved of database instances and cache nodes in a region.

Both services answer alike, each in its own words.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.handlers.purchased.purchases import Purchase, purchases
from finops_repl.simulator.offers import SERVICES
from finops_repl.simulator.view import View, invalid

__all__ = ["CACHE_NODES", "DATABASES", "ReservedNodesService", "Words"]

FEWEST, MOST = 20, 100
DURATIONS = {"1": 31_536_000, "3": 94_608_000, "31536000": 31_536_000, "94608000": 94_608_000}


@dataclass(frozen=True, slots=True)
class Words:
    """A service's operation and what it calls things; `compared` are parameters and fields."""

    operation: str
    service: str
    listed: str
    id: str
    missing: str
    described: Callable[[Purchase, View], dict[str, Any]]
    compared: tuple[str, ...]


def _shared(each: Purchase) -> dict[str, Any]:
    charge = {
        "RecurringChargeAmount": float(each.recurring),
        "RecurringChargeFrequency": "Hourly",
    }
    return {
        "StartTime": each.starts_at,
        "Duration": each.seconds,
        "FixedPrice": float(each.fixed_price),
        "UsagePrice": 0.0,
        "OfferingType": each.option,
        "State": each.state,
        "RecurringCharges": [charge] if each.recurring else [],
    }


def _database(each: Purchase, view: View) -> dict[str, Any]:
    return {
        **_shared(each),
        "ReservedDBInstanceId": each.id,
        "ReservedDBInstancesOfferingId": each.offering,
        "DBInstanceClass": each.instance_type,
        "DBInstanceCount": each.quantity,
        "CurrencyCode": "USD",
        "ProductDescription": each.engine.lower().replace(" ", "-"),
        "MultiAZ": each.deployment == "Multi-AZ",
        "ReservedDBInstanceArn": each.arn,
        "LeaseId": view.world.chance.uuid("lease", each.id),
    }


def _cache_node(each: Purchase, view: View) -> dict[str, Any]:
    return {
        **_shared(each),
        "ReservedCacheNodeId": each.id,
        "ReservedCacheNodesOfferingId": each.offering,
        "CacheNodeType": each.instance_type,
        "CacheNodeCount": each.quantity,
        "ProductDescription": each.engine.lower(),
        "ReservationARN": each.arn,
    }


DATABASES = Words(
    "DescribeReservedDBInstances", SERVICES["rds"].name, "ReservedDBInstances",
    "ReservedDBInstanceId", "ReservedDBInstanceNotFound", _database,
    ("ReservedDBInstancesOfferingId", "DBInstanceClass", "ProductDescription", "OfferingType",
     "MultiAZ", "LeaseId"),
)  # fmt: skip
CACHE_NODES = Words(
    "DescribeReservedCacheNodes", SERVICES["elasticache"].name, "ReservedCacheNodes",
    "ReservedCacheNodeId", "ReservedCacheNodeNotFound", _cache_node,
    ("ReservedCacheNodesOfferingId", "CacheNodeType", "ProductDescription", "OfferingType"),
)  # fmt: skip


class ReservedNodesService:
    """Answers for one of the two services; a call sees its own region."""

    def __init__(self, view: View, words: Words) -> None:
        self._view, self._words = view, words

    @property
    def operations(self) -> frozenset[str]:
        return frozenset({self._words.operation})

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        words, params = self._words, call.params
        where = "kind = 'ri' AND service = ? AND region = ?"
        found: Sequence[dict[str, Any]] = [
            words.described(each, self._view)
            for each in purchases(self._view, where, [words.service, call.region])
        ]
        wanted = params.get(words.id)
        if wanted:
            found = [each for each in found if each[words.id] == wanted]
            if not found:
                return invalid(f"{words.id} {wanted} not found.", words.missing)
        duration = params.get("Duration")
        if duration and str(duration) not in DURATIONS:
            return invalid(
                f"Invalid duration {duration}: {', '.join(DURATIONS)}", "InvalidParameterValue"
            )
        size = params.get("MaxRecords")
        if size is not None and not FEWEST <= int(size) <= MOST:
            return invalid(
                f"Invalid value {size} for MaxRecords. Must be between {FEWEST} and {MOST}",
                "InvalidParameterValue",
            )
        for name in words.compared:
            if params.get(name) is not None:
                found = [each for each in found if each[name] == params[name]]
        if duration:
            found = [each for each in found if each["Duration"] == DURATIONS[str(duration)]]
        page = cut(found, params, "MaxRecords", MOST, MOST, "Marker")
        if page is None:
            return invalid("The marker is invalid.", "InvalidParameterValue")
        shown, token = page
        return Result({words.listed: list(shown)} | ({"Marker": token} if token else {}))
