"""The scenes of an organisation: every decoy, and every kind of incident in one of its forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from finops_repl.simulator.decoys.registry import DECOYS
from finops_repl.simulator.incidents.kind import Place, Site, Stage
from finops_repl.simulator.incidents.registry import KINDS
from finops_repl.simulator.meter import Meter
from finops_repl.simulator.metering import Metered
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import SERVICES
from finops_repl.simulator.scene import Scene
from finops_repl.simulator.spec import IncidentChoice, IncidentKind
from finops_repl.simulator.world import World

__all__ = ["Staging"]


class Staging:
    """Where each kind stands and what is known of it; `harmless` is known of the decoys."""

    def __init__(
        self,
        world: World,
        calendar: Calendar,
        choices: Mapping[IncidentKind, IncidentChoice],
        ordinary_compute: Callable[[int, int], int],
    ) -> None:
        """`ordinary_compute` is `compute_cost` of a `Site`, without the scenes."""
        self._world, self._calendar, self._choices = world, calendar, choices
        self._ordinary_compute = ordinary_compute
        staged = [decoy.staged(world, calendar) for decoy in DECOYS]
        self.harmless = tuple(harmless for _, harmless in staged)
        self._decoys = tuple(scene for scene, _ in staged)
        self._right: list[Scene] = []
        self.places: dict[IncidentKind, Place] = {}
        self.stages: dict[IncidentKind, Stage] = {}
        # A spike is sized by what the others cost, so it is the last one.
        for name in sorted(KINDS, key=lambda name: name == "spike"):
            self._stage(name)

    def scenes(self, wrong: frozenset[IncidentKind]) -> tuple[Scene, ...]:
        """The decoys, and each kind's scene: gone wrong where it is one of these, else right."""
        stages = ((kind, self.stages[kind]) for kind in KINDS)
        kinds = (stage.wrong if kind in wrong else stage.right for kind, stage in stages)
        return (*self._decoys, *kinds)

    def _stage(self, name: IncidentKind) -> None:
        """Where it was chosen to be, else where the seed puts it."""
        choice = self._choices.get(name, IncidentChoice(name))
        self.places[name], self.stages[name] = self._staged(choice)
        usual = self.stages[name]
        if choice.pinned and name != "spike":
            _, usual = self._staged(IncidentChoice(name))
        self._right.append(usual.right)

    def _staged(self, choice: IncidentChoice) -> tuple[Place, Stage]:
        kind = KINDS[choice.kind]
        place = kind.locate(self._world, self._calendar, choice)
        return place, kind.stage(Site(self._world, self._calendar, place, self._compute_cost))

    def _compute_cost(self, first: int, last: int) -> int:
        """EC2 compute cost of usage rows of these days with nothing wrong, 10^-10 dollars.

        The scenes count as they stand where the seed puts them, wherever they were chosen to be.
        """
        scenes = (*self._decoys, *self._right)
        reserved = {
            each.pool for scene in scenes for each in scene.commitments if each.kind == "ri"
        }

        # Usage under a plan costs its list price in these rows, usage of a reservation nothing.
        def counts(meter: Meter) -> bool:
            return meter.offer.service is SERVICES["compute"] and meter.pool not in reserved

        meters = [meter for scene in scenes for meter in scene.meters if counts(meter)]
        metered = Metered(meters, self._world.chance, self._calendar)
        total = self._ordinary_compute(first, last)
        for month in self._calendar.months():
            if month.first <= last and month.last >= first:
                lines = metered.lines(month)
                chosen = (lines.day >= first) & (lines.day <= last)
                total += int(lines.unblended[chosen].sum())
        return total
