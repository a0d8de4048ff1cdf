"""AWS/RDS and AWS/ElastiCache: how busy databases and cache nodes are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from finops_repl.simulator.metrics.instances import GIB
from finops_repl.simulator.metrics.ledger_days import LedgerDays
from finops_repl.simulator.metrics.readings import Part, Span
from finops_repl.simulator.metrics.resources import Listed, Resources, whole_days
from finops_repl.simulator.metrics.series import Dimensions, Metric, Series
from finops_repl.simulator.metrics.shapes import shape
from finops_repl.simulator.offers import SIZES
from finops_repl.simulator.view import View

__all__ = ["Databases", "memory_gb"]

RESOLUTION = 60
_GB_OF_A_LARGE = {"r": 16, "m": 8, "t": 8}
"""Memory of the size `large` by the family's first letter; other sizes are multiples of it."""
_RDS = {
    "CPUUtilization": "Percent", "DatabaseConnections": "Count", "FreeableMemory": "Bytes",
    "FreeStorageSpace": "Bytes", "ReadIOPS": "Count/Second", "WriteIOPS": "Count/Second",
}  # fmt: skip
_CACHE = {
    "CPUUtilization": "Percent", "CurrConnections": "Count", "BytesUsedForCache": "Bytes",
    "CacheHits": "Count", "CacheMisses": "Count", "Evictions": "Count",
}  # fmt: skip
_KINDS = {"AWS/RDS": ("database", _RDS), "AWS/ElastiCache": ("cache", _CACHE)}


def memory_gb(kind: str) -> float:
    """The memory of an instance class, `db.r5.xlarge` or `cache.m6g.large`, in GiB."""
    _, family, size = kind.split(".")
    return _GB_OF_A_LARGE[family[0]] * SIZES[size] / SIZES["large"]


class Databases:
    """The metrics of database instances and of cache nodes, levels all of them."""

    namespaces = frozenset(_KINDS)

    def __init__(self, view: View, ledger: LedgerDays, resources: Resources) -> None:
        self._view, self._ledger, self._resources = view, ledger, resources

    def metrics(self, region: str) -> Iterator[tuple[Metric, str]]:
        """Those of what exists."""
        for namespace, (kind, units) in _KINDS.items():
            for found in self._resources.of(kind, region):
                if found.exists:
                    for dimensions in _dimensions(found):
                        for name in units:
                            yield Metric(namespace, name, dimensions), found.account_id

    def series(
        self, asked: Sequence[Metric], region: str, first: date, last: date
    ) -> Mapping[Metric, Series]:
        """The series of what ever was."""
        found: dict[Metric, Series] = {}
        for namespace, (kind, units) in _KINDS.items():
            mine = [each for each in asked if each.namespace == namespace and each.name in units]
            known = {
                dimensions: each
                for each in (self._resources.of(kind, region) if mine else ())
                for dimensions in _dimensions(each)
            }
            for metric in mine:
                if metric.dimensions in known:
                    part = self._part(known[metric.dimensions], metric, first, last)
                    found[metric] = Series(units[metric.name], RESOLUTION, [part])
        return found

    def _part(self, found: Listed, metric: Metric, first: date, last: date) -> Part:
        spans = []
        for day, begin, end in whole_days(found, first, last):
            span = self._ledger.loaded(
                found.id, f"{metric.namespace} {metric.name}", day, begin, end
            )
            spans.append(span or Span(begin, end, *self._ordinary(found, metric.name)))
        words = (found.on_bill, *(value for _, value in metric.dimensions), metric.name)
        return Part(
            self._view.world.chance.bits("readings", *words), shape("consumer", found.region), spans
        )

    def _ordinary(self, found: Listed, name: str) -> tuple[float, float]:
        """Between which values a metric lies that nothing out of the ordinary is said of."""
        chance, words = self._view.world.chance, (name, found.on_bill)
        memory = memory_gb(str(found.facts["type"])) * GIB
        if name == "CPUUtilization":
            return chance.between(5, 14, *words, "rest"), chance.between(45, 76, *words)
        if name in ("DatabaseConnections", "CurrConnections"):
            return chance.between(4, 20, *words, "rest"), chance.between(30, 260, *words)
        if name == "FreeableMemory":
            return memory * 0.12, memory * 0.3
        if name == "BytesUsedForCache":
            share = chance.between(25, 70, *words) / 100
            return memory * share * 0.9, memory * share
        if name == "FreeStorageSpace":
            free = int(found.facts["gb"]) * GIB * chance.between(15, 60, *words) / 100
            return free * 0.98, free
        if name == "Evictions":
            return 0, 0
        most = chance.between(60, 1_400, *words)
        return most / 20, most


def _dimensions(found: Listed) -> list[Dimensions]:
    """A database's identifier, or each node of a cache cluster."""
    nodes = int(found.facts.get("nodes", 0))
    if not nodes:
        return [(("DBInstanceIdentifier", found.id),)]
    return [
        (("CacheClusterId", found.id), ("CacheNodeId", f"{number:04d}"))
        for number in range(1, nodes + 1)
    ]
