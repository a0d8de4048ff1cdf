"""A resource of the organisation: what inventories list and what its usage is metered for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from finops_repl.simulator.demand import Pattern
from finops_repl.simulator.meter import DAY, MICRO, Meter
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import Offer, Region
from finops_repl.simulator.world import Account, Tags

__all__ = ["Fact", "Resource", "Use", "hourly", "meters", "sized"]

Fact = str | int


@dataclass(frozen=True, slots=True)
class Use:
    """One usage type: an average day's usage in millionths of a unit and how it moves."""

    offer: Offer
    per_day: int
    pattern: Pattern = "steady"
    growth: int = 0
    noise: int = 0


def hourly(given: Offer, number: int = 1) -> Use:
    """`number` of a thing that is paid by the hour, day and night."""
    return Use(given, number * DAY)


def sized(given: Offer, units: int) -> Use:
    """A capacity that is paid by the month: so many GB, IOPS or keys."""
    return Use(given, units * MICRO)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource from its first day to its last, both whole; no last while it exists.

    `kind` is a word of ours (`volume`, `database`), `id` what its service's API calls it, `on_bill`
    its resource id on the bill, empty where AWS bills it without one. `facts` are what its API
    tells beyond that: sizes, engines, what it is attached to.
    """

    kind: str
    id: str
    on_bill: str
    account: Account
    region: Region
    first: int
    last: int | None
    uses: tuple[Use, ...]
    tags: Tags = field(default_factory=dict)
    zone: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)


def meters(found: Resource, calendar: Calendar) -> Iterator[Meter]:
    """What a resource is charged for on the days of the calendar."""
    last = calendar.last if found.last is None else found.last
    for use in found.uses:
        yield Meter(
            found.account, found.region, use.offer, found.on_bill, found.first, last, use.per_day,
            found.tags, use.pattern, use.growth, use.noise, zone=found.zone,
        )  # fmt: skip
