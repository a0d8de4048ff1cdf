"""What an incident is: a place, and one scene in two forms, put right and gone wrong.

Every organisation holds every kind's scene. Where the kind is chosen, it is the one that went
wrong; else the one that is right. Nothing else depends on it, so that switching an incident off
changes the rows of its own resources and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from finops_repl.simulator.event import Event
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import Region
from finops_repl.simulator.scene import Scene
from finops_repl.simulator.spec import IncidentChoice, IncidentKind
from finops_repl.simulator.world import Account, Group, World

__all__ = ["Kind", "Place", "Site", "Stage", "Truth"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an incident is and its first day; `group` where it is an auto-scaling group's."""

    account: Account
    region: Region
    first: int
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """Where a stage is set up.

    `compute_cost` gives the EC2 compute cost of the organisation with nothing wrong over days, both
    included: usage rows, unblended, in 10^-10 dollars.
    """

    world: World
    calendar: Calendar
    place: Place
    compute_cost: Callable[[int, int], int]


@dataclass(frozen=True, slots=True)
class Truth:
    """What went wrong, from day `first` to `last`; `goes_on` while nobody has put it right.

    `event` is the one that caused it, None where CloudTrail has none. `resources` are the
    identifiers on the bill of everything that it changes. `facts` hold what only this kind has.
    """

    last: int
    goes_on: bool
    cause: str
    event: Event | None
    resources: tuple[str, ...]
    remedy: str
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stage:
    """The scene as it would be, as it became, and what to know about it."""

    right: Scene
    wrong: Scene
    truth: Truth


class Kind(Protocol):
    """One kind of incident."""

    @property
    def name(self) -> IncidentKind:
        """Its name in `incidents=`."""
        ...

    def locate(self, world: World, calendar: Calendar, choice: IncidentChoice) -> Place:
        """Where a choice puts it, and where the choice says nothing, the seed.

        Raises `InputError` or `UnknownName` where the organisation has no such place or day.
        """
        ...

    def stage(self, site: Site) -> Stage:
        """Both forms of the scene; the same place gives the same scene, whatever else is wrong."""
        ...
