"""A scene: resources that nothing else in the organisation shares, and all that shows of them.

Incidents and what merely looks like one are made of scenes. A scene stands on its own: its
commitments are for instance families that nothing outside of it runs, so that a scene can change
without changing who is covered elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from finops_repl.simulator.commitment import Commitment
from finops_repl.simulator.event import Event
from finops_repl.simulator.fleet import Instance
from finops_repl.simulator.meter import Meter
from finops_repl.simulator.resource import Resource

__all__ = ["Ceiling", "Load", "Scene"]


@dataclass(frozen=True, slots=True)
class Load:
    """What is measured of a resource on the days `first` to `last`.

    `metric` is CloudWatch's namespace and name (`AWS/EC2 CPUUtilization`); a reading, of
    five minutes or less, lies between `least` and `most`, both in thousandths of the metric's unit.
    """

    resource: str
    metric: str
    first: int
    last: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Ceiling:
    """An auto-scaling group whose maximum size was `most` from day `first` to `last`."""

    group: str
    most: int
    first: int
    last: int
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """Instances and other resources, what all of them are charged for, and what shows of them."""

    instances: tuple[Instance, ...] = ()
    resources: tuple[Resource, ...] = ()
    meters: tuple[Meter, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    loads: tuple[Load, ...] = ()
    events: tuple[Event, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
