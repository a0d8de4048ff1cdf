"""What the ledger says of resources by day: usage on the bill, loads out of the ordinary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import cached_property

from finops_repl.simulator.meter import LINE_TYPES, USAGE_TYPES
from finops_repl.simulator.metrics.readings import Span
from finops_repl.simulator.offers import REGIONS
from finops_repl.simulator.view import View

__all__ = ["Daily", "LedgerDays", "midnight"]

Daily = dict[str, dict[date, float]]
"""Amounts by resource and day."""

_TYPES = ", ".join(str(LINE_TYPES.index(name)) for name in USAGE_TYPES)
_USAGE = f"""
    SELECT m.resource_id, g.operation, f.day, sum(f.usage)::DOUBLE
    FROM fact f JOIN meter m ON m.meter = f.meter JOIN charge g ON g.charge = m.charge
    WHERE f.type IN ({_TYPES}) AND f.day BETWEEN ? AND ? AND g.region = ?
      AND m.resource_id IN (SELECT unnest(?)) AND ({{}})
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608  constants


def midnight(day: date) -> int:
    """The second of the epoch at which a UTC day begins."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


class LedgerDays:
    """Reads usage and loads; what it keeps is small and never changes."""

    def __init__(self, view: View) -> None:
        self._view = view

    def used(
        self, region: str, usages: Sequence[str], resources: Iterable[str], first: date, last: date
    ) -> Daily:
        """The units of these usage types (`NatGateway-Bytes`, `BoxUsage:%`), all together."""
        found: Daily = {}
        for (resource, _), days in self.by_operation(
            region, usages, resources, first, last
        ).items():
            mine = found.setdefault(resource, {})
            for day, amount in days.items():
                mine[day] = mine.get(day, 0) + amount
        return found

    def by_operation(
        self, region: str, usages: Sequence[str], resources: Iterable[str], first: date, last: date
    ) -> dict[tuple[str, str], dict[date, float]]:
        """The same by resource and operation."""
        wanted = sorted(set(resources))
        if not wanted:
            return {}
        prefix = REGIONS[region].prefix
        like = " OR ".join("g.usage_type LIKE ?" for _ in usages)
        found: dict[tuple[str, str], dict[date, float]] = {}
        for resource, operation, day, amount in self._view.rows(
            _USAGE.format(like),
            [first, last, region, wanted, *(prefix + each for each in usages)],
        ):
            found.setdefault((resource, operation), {})[day] = amount
        return found

    def load(self, resource: str, metric: str, day: date) -> tuple[float, float] | None:
        """The least and most reading where a metric (`AWS/RDS ReadIOPS`) is no ordinary one."""
        for first, last, least, most in self._loads.get((resource, metric), ()):
            if first <= day <= last:
                return least / 1000, most / 1000
        return None

    def loaded(self, resource: str, metric: str, day: date, begin: int, end: int) -> Span | None:
        """The same as a span of a day."""
        found = self.load(resource, metric, day)
        return None if found is None else Span(begin, end, *found)

    @cached_property
    def _loads(self) -> dict[tuple[str, str], list[tuple[date, date, int, int]]]:
        found: dict[tuple[str, str], list[tuple[date, date, int, int]]] = {}
        for resource, metric, *row in self._view.rows(
            "SELECT resource, metric, first, last, least, most FROM load ORDER BY first"
        ):
            found.setdefault((resource, metric), []).append(tuple(row))
        return found
