"""The ledger of one simulated organisation: its meters, and their lines month by month.

Everything that the account answers is a view of this. Months are made one after the other, so
that memory does not grow with the number of months.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from finops_repl.simulator import estate, fleet
from finops_repl.simulator.commitments import Commitment, Pool, commitments
from finops_repl.simulator.decoys.registry import DECOYS
from finops_repl.simulator.event import Event
from finops_repl.simulator.fleet import Instance
from finops_repl.simulator.incidents.kind import Place, Site, Stage
from finops_repl.simulator.incidents.registry import KINDS
from finops_repl.simulator.lines import Lines
from finops_repl.simulator.meter import LINE_TYPES, Meter
from finops_repl.simulator.metering import Metered
from finops_repl.simulator.months import Calendar, Month
from finops_repl.simulator.offers import SERVICES, renamed
from finops_repl.simulator.postings import postings
from finops_repl.simulator.resource import Resource
from finops_repl.simulator.scene import Ceiling, Load, Scene
from finops_repl.simulator.spec import IncidentChoice, IncidentKind, SimulatedSpec
from finops_repl.simulator.world import World

__all__ = ["Ledger"]

USAGE_TYPES = 3
"""The line types that are usage come first."""


class Ledger:
    """What happened in the organisation of a specification, and what it is billed for."""

    def __init__(
        self, spec: SimulatedSpec, remedied: frozenset[IncidentKind] = frozenset()
    ) -> None:
        """The chosen incidents went wrong, but `remedied` ones are put right where they were."""
        self.spec = spec
        self.world = World(spec.seed, spec.rows)
        self.calendar = Calendar(spec.as_of)
        self.instances: list[Instance] = list(fleet.instances(self.world, self.calendar))
        self.commitments = commitments(self.world, self.calendar)
        self.meters: list[Meter] = []
        for found in self.instances:
            self.meters += fleet.meters(found, self.calendar.last)
        self.meters += estate.meters(self.world, self.calendar)
        self._metered = self._measure(self.meters, self.commitments)
        self._posted = self._post()
        self._pools = [self._pool(bought) for bought in self.commitments]

        staged = [decoy.staged(self.world, self.calendar) for decoy in DECOYS]
        self.harmless = tuple(harmless for _, harmless in staged)
        self._decoys = tuple(scene for scene, _ in staged)
        self._right: list[Scene] = []
        self.places, self.stages = self._stage()
        wrong = {choice.kind for choice in spec.incidents} - remedied
        self.scenes: tuple[Scene, ...] = (
            *self._decoys,
            *(
                self.stages[kind].wrong if kind in wrong else self.stages[kind].right
                for kind in KINDS
            ),
        )
        self._scenes_metered, self._scenes_pools = self._add()

    @property
    def resources(self) -> Iterator[Resource]:
        """What the scenes hold beside instances."""
        return (each for scene in self.scenes for each in scene.resources)

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
            scenes = _billed(self._scenes_metered, self._scenes_pools, month)
            yield Lines.joined((self._ordinary(month), scenes))

    def _ordinary(self, month: Month) -> Lines:
        chosen = (self._posted.day >= month.first) & (self._posted.day <= month.last)
        usage = _billed(self._metered, self._pools, month)
        return Lines.joined((usage, self._posted.where(chosen)))

    def _post(self) -> Lines:
        rows, places = [], dict[str, int]()
        for posting in postings(self.world, self.calendar):
            place = places.setdefault(posting.meter.identity, len(self.meters))
            if place == len(self.meters):
                self.meters.append(posting.meter)
            money, type_ = posting.amount, LINE_TYPES.index(posting.type)
            rows.append((place, posting.day, type_, posting.usage, money, money, money, 0))
        return Lines.of(rows)

    def _pool(self, bought: Commitment) -> Pool:
        covered = [meter for meter in self.meters if meter.pool == bought.pool]
        fee = len(self.meters)
        self.meters.append(bought.fee_meter(self.calendar))
        negations: dict[str, int] = {}
        for account in {meter.account.id: meter.account for meter in covered}.values():
            if bought.kind == "sp":
                text = f"SavingsPlanNegation used by AccountId : {account.id}"
                negation = renamed(bought.offer, description=text)
                negations[account.id] = len(self.meters)
                self.meters.append(
                    Meter(account, bought.region, negation, "", bought.starts, self.calendar.last,
                          commitment=f"{bought.id}/negation")
                )  # fmt: skip
        return Pool(bought, self.meters, fee, negations)

    def _stage(self) -> tuple[Mapping[IncidentKind, Place], Mapping[IncidentKind, Stage]]:
        """Every kind's place and stage: where it was chosen to be, else where the seed puts it."""
        chosen = {choice.kind: choice for choice in self.spec.incidents}
        places, stages = dict[IncidentKind, Place](), dict[IncidentKind, Stage]()
        # A spike is sized by what the others cost, so it is the last one.
        for name in sorted(KINDS, key=lambda name: name == "spike"):
            choice = chosen.get(name, IncidentChoice(name))
            places[name], stages[name] = self._staged(choice)
            if name != "spike":
                usual = self._staged(IncidentChoice(name))[1] if choice.pinned else stages[name]
                self._right.append(usual.right)
        return places, stages

    def _staged(self, choice: IncidentChoice) -> tuple[Place, Stage]:
        kind = KINDS[choice.kind]
        place = kind.locate(self.world, self.calendar, choice)
        site = Site(self.world, self.calendar, place, self._compute_cost)
        return place, kind.stage(site)

    def _compute_cost(self, first: int, last: int) -> int:
        """EC2 compute cost of usage rows of these days with nothing wrong, 10^-10 dollars.

        The scenes count as they stand where the seed puts them, wherever they were chosen to be.
        """
        scenes = (*self._decoys, *self._right)
        reserved = {
            each.pool for scene in scenes for each in scene.commitments if each.kind == "ri"
        }
        meters = [meter for scene in scenes for meter in scene.meters if meter.pool not in reserved]
        metered = self._measure(meters)
        total = 0
        for month in self.calendar.months():
            if month.first <= last and month.last >= first:
                for lines, of in (
                    (self._ordinary(month), self.meters),
                    (metered.lines(month), meters),
                ):
                    compute = SERVICES["compute"]
                    is_compute = np.array([meter.offer.service is compute for meter in of], bool)
                    chosen = is_compute[lines.meter] & (lines.day >= first) & (lines.day <= last)
                    chosen &= lines.type < USAGE_TYPES
                    total += int(lines.unblended[chosen].sum())
        return total

    def _add(self) -> tuple[Metered, list[Pool]]:
        """The meters of the scenes, placed after all others."""
        start = len(self.meters)
        bought = [each for scene in self.scenes for each in scene.commitments]
        for scene in self.scenes:
            self.instances += scene.instances
            self.meters += scene.meters
        metered = self._measure(self.meters[start:], bought, start)
        self.commitments = (*self.commitments, *bought)
        return metered, [self._pool(each) for each in bought]

    def _measure(
        self, meters: Sequence[Meter], bought: Sequence[Commitment] = (), start: int = 0
    ) -> Metered:
        pools = [each.pool for each in bought]
        return Metered(meters, pools, self.world.chance, self.calendar, start)


def _billed(metered: Metered, pools: Sequence[Pool], month: Month) -> Lines:
    """A month's usage, each pool's by its commitment."""
    usage = metered.lines(month)
    pooled = metered.pool[usage.meter - metered.start]
    parts = [usage.where(pooled == 0)]
    for number, pool in enumerate(pools, 1):
        parts.append(pool.billed(usage.where(pooled == number), month))
    return Lines.joined(parts)


assert LINE_TYPES[:USAGE_TYPES] == ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage")
