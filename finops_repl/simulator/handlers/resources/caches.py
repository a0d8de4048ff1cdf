"""ElastiCache: the clusters of cache nodes."""

from __future__ import annotations

import threading
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.handlers.resources.standing import Standing, standing
from finops_repl.simulator.view import View, invalid

__all__ = ["CacheClusters"]

FEWEST, PAGE = 20, 100
PORT = 6379


class CacheClusters:
    """Answers what clusters stand in a call's region, of all accounts of the organisation."""

    operations = frozenset({"DescribeCacheClusters"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        most, wanted = call.params.get("MaxRecords"), call.params.get("CacheClusterId")
        if most is not None and not FEWEST <= most <= PAGE:
            return invalid(
                f"The parameter MaxRecords must be between {FEWEST} and {PAGE}.",
                "InvalidParameterValue",
            )
        found = standing(self._view, "cache", region=call.region)
        if wanted:
            found = [each for each in found if each.id == wanted]
            if not found:
                return Refusal("CacheClusterNotFound", f"CacheCluster {wanted} not found.", 404)
        page = cut(found, call.params, "MaxRecords", PAGE, PAGE, "Marker")
        if page is None:
            return invalid("Invalid marker", "InvalidParameterValue")
        shown, marker = page
        nodes = bool(call.params.get("ShowCacheNodeInfo"))
        fields: dict[str, Any] = {"CacheClusters": [self._described(each, nodes) for each in shown]}
        return Result(fields | ({"Marker": marker} if marker else {}))

    def _described(self, found: Standing, nodes: bool) -> dict[str, Any]:
        digits = self._view.world.chance.hex(6, "cache", found.account, found.region)
        zone = self._view.world.chance.pick("abc", "zone", found.on_bill)
        described: dict[str, Any] = {
            "CacheClusterId": found.id,
            "ARN": found.on_bill,
            "CacheNodeType": found.text("type"),
            "NumCacheNodes": found.number("nodes"),
            "Engine": found.text("engine").lower(),
            "CacheClusterStatus": "available",
            "CacheClusterCreateTime": found.created,
            "PreferredAvailabilityZone": f"{found.region}{zone}",
            "PendingModifiedValues": {},
        }
        if nodes:
            described["CacheNodes"] = [
                {
                    "CacheNodeId": f"{number:04d}",
                    "CacheNodeStatus": "available",
                    "CacheNodeCreateTime": found.created,
                    "CustomerAvailabilityZone": f"{found.region}{zone}",
                    "Endpoint": {
                        "Address": (
                            f"{found.id}.{digits}.{number:04d}.{found.region}.cache.amazonaws.com"
                        ),
                        "Port": PORT,
                    },
                }
                for number in range(1, found.number("nodes") + 1)
            ]
        return described
