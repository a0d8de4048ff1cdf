"""What resources cost a month, out of the ledger's last two weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from finops_repl.simulator.meter import LINE_TYPES, USAGE_TYPES
from finops_repl.simulator.offers import REGIONS
from finops_repl.simulator.view import View

__all__ = ["LOOK_BACK_DAYS", "MONTH_DAYS", "MONTH_HOURS", "Cost", "Costs"]

LOOK_BACK_DAYS = 14
MONTH_HOURS = 730
MONTH_DAYS = MONTH_HOURS / 24
_TYPES = ", ".join(str(LINE_TYPES.index(name)) for name in USAGE_TYPES)
_LINES = f"""
    SELECT m.resource_id, g.usage_type, t.type_name, sum(f.usage)::DOUBLE,
      sum(f.amortized)::DOUBLE, sum(f.usage::DOUBLE * g.price::DOUBLE),
      list(DISTINCT f.day)
    FROM fact f JOIN meter m ON m.meter = f.meter JOIN charge g ON g.charge = m.charge
    JOIN line_type t ON t.type = f.type
    WHERE f.type IN ({_TYPES}) AND f.day BETWEEN ? AND ? AND g.region = ? AND m.resource_id <> ''
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608  constants


@dataclass(frozen=True, slots=True)
class Cost:
    """Usage of a resource, of some usage types or of all.

    Dollars are a month's like the days on which it was used: `listed` at on-demand prices,
    `amortized` as it is charged, `uncovered` the part of that which no commitment pays for: it
    alone is saved at once. Hours are those of the look-back period.
    """

    listed: float = 0
    amortized: float = 0
    uncovered: float = 0
    reserved_hours: float = 0
    planned_hours: float = 0
    on_demand_hours: float = 0

    @property
    def hours(self) -> float:
        return self.reserved_hours + self.planned_hours + self.on_demand_hours

    @property
    def share_uncovered(self) -> float:
        """The share of the hours that no commitment pays for."""
        return self.on_demand_hours / self.hours if self.hours else 0


class Costs:
    """Reads a region's costs once; they never change."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._of_region = lru_cache(maxsize=None)(self._lines)

    def of(self, region: str, resource: str, *usages: str) -> Cost:
        """What a resource (as the bill names it) costs; `usages` are beginnings of usage types."""
        lines = [
            line
            for line in self._of_region(region).get(resource, ())
            if not usages or line[0].startswith(usages)
        ]
        days = len({day for line in lines for day in line[5]})
        if not days:
            return Cost()
        month = MONTH_DAYS / days
        hours = {name: sum(line[2] for line in lines if line[1] == name) for name in USAGE_TYPES}
        return Cost(
            month * sum(line[4] for line in lines),
            month * sum(line[3] for line in lines),
            month * sum(line[3] for line in lines if line[1] == "Usage"),
            hours["DiscountedUsage"], hours["SavingsPlanCoveredUsage"], hours["Usage"],
        )  # fmt: skip

    def _lines(
        self, region: str
    ) -> Mapping[str, Sequence[tuple[str, str, float, float, float, list[object]]]]:
        last = self._view.calendar.as_of
        first = last - timedelta(days=LOOK_BACK_DAYS - 1)
        prefix = REGIONS[region].prefix
        found: dict[str, list[tuple[str, str, float, float, float, list[object]]]] = {}
        for resource, usage, *line in self._view.rows(_LINES, [first, last, region]):
            name, amount, amortized, listed, days = line
            found.setdefault(resource, []).append(
                (usage.removeprefix(prefix), name, amount, amortized, listed, days)
            )
        return found
