"""The ledger of one simulated organisation: its meters, and their lines month by month.

Everything that the account answers is a view of this. Months are made one after the other, so
that memory does not grow with the number of months.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from finops_repl.simulator import estate, fleet, resource
from finops_repl.simulator.book import Book, Reached
from finops_repl.simulator.commitments import commitments
from finops_repl.simulator.fleet import Instance
from finops_repl.simulator.incidents import place_spike
from finops_repl.simulator.lines import Lines
from finops_repl.simulator.meter import LINE_TYPES, Meter
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import SERVICES
from finops_repl.simulator.pods import Pods
from finops_repl.simulator.postings import postings
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.simulator.world import World

__all__ = ["Ledger"]

FIRST_FEE = LINE_TYPES.index("SavingsPlanRecurringFee")


class Ledger:
    """What happened in the organisation of a specification, and what it is billed for.

    `meters` are those of all its books, one after the other; lines name a meter by its place.
    """

    def __init__(self, spec: SimulatedSpec) -> None:
        self.spec = spec
        self.world = World(spec.seed, spec.rows)
        self.calendar = Calendar(spec.as_of)
        self.instances: list[Instance] = list(fleet.instances(self.world, self.calendar))
        standing = [each for each in self.instances if not each.group and not each.market]
        self.resources = list(estate.resources(self.world, self.calendar, standing))
        self.commitments = commitments(self.world, self.calendar, self.resources)
        self._ordinary = Book(
            self._ordinary_meters(), self.world, self.calendar,
            bought=tuple(enumerate(self.commitments)),
            posted=postings(self.world, self.calendar),
        )  # fmt: skip
        self._kept: dict[int, tuple[Lines, Reached]] = {}
        self.pods = Pods(self.world, self.instances, self._ordinary.meters)
        self.spikes = tuple(
            place_spike(self.world, self.calendar, choice, self._compute_cost)
            for choice in spec.incidents
        )
        self._books = [self._ordinary, *self._incidents()]
        self.meters: list[Meter] = [meter for book in self._books for meter in book.meters]

    def months(self) -> Iterator[Lines]:
        """The lines of each billing period, oldest first; incidents' lines come last."""
        for month in self.calendar.months():
            if month.index in self._kept:
                ordinary, reached = self._kept.pop(month.index)
            else:
                ordinary, reached = self._ordinary.lines(month)
            parts, start = [ordinary], len(self._ordinary.meters)
            for book in self._books[1:]:
                lines, _ = book.lines(month, reached)
                parts.append(replace(lines, meter=lines.meter + start))
                start += len(book.meters)
            yield Lines.joined(parts)

    def _ordinary_meters(self) -> Iterator[Meter]:
        for found in self.instances:
            yield from fleet.meters(found, self.calendar.last)
        for each in self.resources:
            yield from resource.meters(each, self.calendar)

    def _incidents(self) -> Iterator[Book]:
        """A book for each incident, whose instances join the others."""
        for spike in self.spikes:
            self.instances += spike.instances
            found = [
                meter
                for each in spike.instances
                for meter in fleet.meters(each, self.calendar.last)
            ]
            yield Book(found, self.world, self.calendar, word="spike")

    def _compute_cost(self, first: int, last: int) -> int:
        """EC2 compute cost of ordinary usage over these days, 10^-10 dollars."""
        compute = SERVICES["compute"]
        meters = self._ordinary.meters
        is_compute = np.array([meter.offer.service is compute for meter in meters], bool)
        total = 0
        for month in self.calendar.months():
            if month.first <= last and month.last >= first:
                # Months are made once: what is looked at here is written later.
                if month.index not in self._kept:
                    self._kept[month.index] = self._ordinary.lines(month)
                lines, _ = self._kept[month.index]
                chosen = is_compute[lines.meter] & (lines.day >= first) & (lines.day <= last)
                chosen &= lines.type < FIRST_FEE
                total += int(lines.unblended[chosen].sum())
        return total
