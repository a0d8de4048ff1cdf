"""The ledger of one simulated organisation: its meters, and their lines month by month.

Everything that the account answers is a view of this. Months are made one after the other, so
that memory does not grow with the number of months.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from finops_repl.simulator import estate, fleet, resource
from finops_repl.simulator.agreement import Agreement
from finops_repl.simulator.book import Book
from finops_repl.simulator.commitment import Commitment
from finops_repl.simulator.commitments import commitments
from finops_repl.simulator.event import Event
from finops_repl.simulator.fleet import Instance
from finops_repl.simulator.lines import Lines
from finops_repl.simulator.meter import LINE_TYPES, USAGE_TYPES, Meter
from finops_repl.simulator.months import Calendar, Month
from finops_repl.simulator.offers import SERVICES
from finops_repl.simulator.pods import Pods
from finops_repl.simulator.postings import postings
from finops_repl.simulator.scene import Ceiling, Load, Scene
from finops_repl.simulator.spec import IncidentKind, SimulatedSpec
from finops_repl.simulator.staging import Staging
from finops_repl.simulator.support import Support
from finops_repl.simulator.tiering import Reached
from finops_repl.simulator.world import World

__all__ = ["Ledger"]

_USAGE = np.array([name in USAGE_TYPES for name in LINE_TYPES])


class Ledger:
    """What happened in the organisation of a specification, and what it is billed for.

    `meters` are those of all its books, one after the other, and of what is charged for all of them
    together; lines name a meter by its place.
    """

    def __init__(
        self, spec: SimulatedSpec, remedied: frozenset[IncidentKind] = frozenset()
    ) -> None:
        """The chosen incidents went wrong, but `remedied` ones are put right where they were."""
        self.spec = spec
        self.world = World(spec.seed, spec.rows)
        self.calendar = Calendar(spec.as_of)
        self.instances: list[Instance] = list(fleet.instances(self.world, self.calendar))
        standing = [each for each in self.instances if not each.group and not each.market]
        self.resources = list(estate.resources(self.world, self.calendar, standing))
        self.commitments: list[Commitment] = [
            *commitments(self.world, self.calendar, self.resources)
        ]
        self._ordinary = Book(
            self._ordinary_meters(), self.world, self.calendar,
            bought=tuple(enumerate(self.commitments)),
            posted=postings(self.world, self.calendar),
        )  # fmt: skip
        self._kept: dict[int, tuple[Lines, Reached]] = {}
        self.pods = Pods(self.world, self.instances, self._ordinary.meters)

        choices = {choice.kind: choice for choice in spec.incidents}
        staging = Staging(self.world, self.calendar, choices, self._compute_cost)
        self.places, self.stages, self.harmless = staging.places, staging.stages, staging.harmless
        self.scenes = staging.scenes(frozenset(choices) - remedied)
        self._on_top = [self._add(scene) for scene in self.scenes if scene.meters]
        self.meters: list[Meter] = [
            meter for book in (self._ordinary, *self._on_top) for meter in book.meters
        ]
        self._support = Support(self.meters, self.world, self.calendar)
        self._agreement = Agreement(self.meters, self.calendar)

    @property
    def events(self) -> Iterator[Event]:
        """What CloudTrail saw of the scenes."""
        return (each for scene in self.scenes for each in scene.events)

    @property
    def loads(self) -> Iterator[Load]:
        """What is measured of the scenes' resources."""
        return (each for scene in self.scenes for each in scene.loads)

    @property
    def ceilings(self) -> Sequence[Ceiling]:
        """Which auto-scaling groups may become larger than they should."""
        return [each for scene in self.scenes for each in scene.ceilings]

    def months(self) -> Iterator[Lines]:
        """The lines of each billing period, oldest first; those of the scenes come last."""
        for month in self.calendar.months():
            ordinary, reached = self._ordinary_lines(month)
            self._kept.pop(month.index, None)
            parts, start = [ordinary], len(self._ordinary.meters)
            for book in self._on_top:
                lines, _ = book.lines(month, reached)
                parts.append(replace(lines, meter=lines.meter + start))
                start += len(book.meters)
            lines = Lines.joined(parts)
            of_all = self._support.lines(lines, month), self._agreement.rows(lines, month)
            yield Lines.joined((lines, *of_all))

    def _ordinary_meters(self) -> Iterator[Meter]:
        for found in self.instances:
            yield from fleet.meters(found, self.calendar.last)
        for each in self.resources:
            yield from resource.meters(each, self.calendar)

    def _ordinary_lines(self, month: Month) -> tuple[Lines, Reached]:
        # Months are made once: what is looked at ahead is written later.
        if month.index not in self._kept:
            self._kept[month.index] = self._ordinary.lines(month)
        return self._kept[month.index]

    def _compute_cost(self, first: int, last: int) -> int:
        """EC2 compute cost of the ordinary usage rows of these days, 10^-10 dollars."""
        compute = SERVICES["compute"]
        is_compute = np.array(
            [meter.offer.service is compute for meter in self._ordinary.meters], bool
        )
        total = 0
        for month in self.calendar.months():
            if month.first <= last and month.last >= first:
                lines, _ = self._ordinary_lines(month)
                chosen = is_compute[lines.meter] & (lines.day >= first) & (lines.day <= last)
                total += int(lines.unblended[chosen & _USAGE[lines.type]].sum())
        return total

    def _add(self, scene: Scene) -> Book:
        """The book of a scene, whose instances, resources and commitments join the others."""
        numbered = tuple(enumerate(scene.commitments, len(self.commitments)))
        self.instances += scene.instances
        self.resources += scene.resources
        self.commitments += scene.commitments
        return Book(scene.meters, self.world, self.calendar, bought=numbered, on_top=True)
