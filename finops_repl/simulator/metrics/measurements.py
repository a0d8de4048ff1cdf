"""Every series of the account: which metrics there are, and their readings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache

from finops_repl.simulator.metrics.databases import Databases
from finops_repl.simulator.metrics.health import Health
from finops_repl.simulator.metrics.instances import Instances
from finops_repl.simulator.metrics.ledger_days import LedgerDays
from finops_repl.simulator.metrics.metered import Metered
from finops_repl.simulator.metrics.readings import Tally, tallies
from finops_repl.simulator.metrics.resources import Resources
from finops_repl.simulator.metrics.series import Family, Metric, Series
from finops_repl.simulator.metrics.storage import Buckets, Volumes
from finops_repl.simulator.metrics.totals import Charges, Groups
from finops_repl.simulator.offers import REGIONS
from finops_repl.simulator.view import View

__all__ = ["Measurements"]


class Measurements:
    """Finds metrics and reads them; nothing is measured after the account is looked at."""

    def __init__(self, view: View) -> None:
        ledger, self.resources = LedgerDays(view), Resources(view)
        self.view, self.instances = view, Instances(view, ledger)
        groups = Groups(view, self.instances)
        self._families: tuple[Family, ...] = (
            self.instances,
            Volumes(view, self.instances, self.resources),
            Databases(view, ledger, self.resources),
            Metered(view, ledger, self.resources),
            Buckets(view, ledger, self.resources),
            groups,
            Health(view, self.instances, groups, self.resources),
            Charges(view),
        )
        self.metrics = lru_cache(maxsize=None)(self._metrics)

    def _metrics(self, region: str) -> Sequence[tuple[Metric, str]]:
        """Every metric of a region and its owner's account, in order."""
        if region not in REGIONS:
            return ()
        found = [each for family in self._families for each in family.metrics(region)]
        return sorted(found, key=lambda each: (each[0].namespace, each[0].name, each[0].dimensions))

    def series(
        self, asked: Iterable[Metric], region: str, first: date, last: date
    ) -> Mapping[Metric, Series]:
        """The series of those metrics that there are, over days, both included."""
        found: dict[Metric, Series] = {}
        by_family: dict[str, list[Metric]] = {}
        for metric in dict.fromkeys(asked):
            by_family.setdefault(metric.namespace, []).append(metric)
        for family in self._families if region in REGIONS else ():
            mine = [each for name in family.namespaces for each in by_family.get(name, ())
                    if each.dimensions]  # fmt: skip
            if mine:
                found |= family.series(mine, region, first, last)
        return found

    def tallies(
        self, series: Series, start: int, end: int, period: int, *, values: bool = False
    ) -> dict[int, Tally]:
        """The readings of each period from `start` to `end`, as far as there are any."""
        until = self.until(end)
        return tallies(series.parts, series.resolution, start, until, period, values=values)

    def until(self, end: int) -> int:
        """The second up to `end` until which anything is known: the ledger's last day is whole."""
        now = int(self.view.calendar.now.timestamp())
        return min(end, now, int(_day_after(self.view.calendar.as_of).timestamp()))


def _day_after(day: date) -> datetime:
    return datetime.fromordinal(day.toordinal() + 1).replace(tzinfo=UTC)
