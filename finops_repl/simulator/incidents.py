"""The incidents: what goes wrong in the simulated organisation, and where.

An incident only adds to the ledger. `spike` is an auto-scaling group whose ceiling somebody lifts:
it launches instances until the organisation's EC2 compute cost is four times the week before's.
Left alone it runs on to the last day; placed earlier it is undone after seven days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from finops_repl.base.errors import InputError
from finops_repl.simulator.fleet import ROOT_GB, Instance, new_id
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import instance, price_e10
from finops_repl.simulator.spec import IncidentChoice
from finops_repl.simulator.world import Group, World

__all__ = ["WAVE", "Spike", "locate", "place_spike"]

DAYS = 7
TIMES = 4
QUIET_BEFORE = 14
RAMP = (70, 90, 100, 105, 110, 110, 115)
"""Instances on each day in percent of the average day's; together they are seven days' worth."""

ACTORS = ("deploy-pipeline", "capacity-tuner", "release-automation")
WAVE = 20
"""How many instances auto scaling asks for in one RunInstances call."""


@dataclass(frozen=True, slots=True)
class Spike:
    """A runaway group: days `first` to `last`; `goes_on` when nobody has undone it yet."""

    group: Group
    first: int
    last: int
    goes_on: bool
    actor: str
    changed: datetime
    undone: datetime | None
    policy_changed: datetime
    most_before: int
    most_after: int
    instances: tuple[Instance, ...]


def place_spike(
    world: World,
    calendar: Calendar,
    choice: IncidentChoice,
    compute_cost: Callable[[int, int], int],
) -> Spike:
    """Put a spike where `choice` says, and where it says nothing, where the seed says.

    `compute_cost` gives the organisation's EC2 compute cost without it over days, both included, in
    10^-10 dollars.
    """
    group, first = locate(world, calendar, choice)
    last = min(first + DAYS - 1, calendar.last)
    days = last - first + 1
    wanted = TIMES * compute_cost(first - days, first - 1) - compute_cost(first, last)
    an_hour = price_e10(instance(group.kind), group.region)
    average = max(1, -(-wanted * 100 // (24 * an_hour * sum(RAMP[:days]))))
    most = group.most + -(-average * max(RAMP) // 100)
    goes_on = last == calendar.last
    chance, name = world.chance, group.name
    second = chance.between(68_000, 82_000, "spike changed", name)
    return Spike(
        group, first, last, goes_on, chance.pick(ACTORS, "spike actor"),
        calendar.moment(first - 1, second),
        None if goes_on else calendar.moment(last, chance.between(81_000, 83_000, "undone", name)),
        calendar.moment(first - 1, second - chance.between(40, 300, "spike policy", name)),
        group.most, -(-most // 10) * 10,
        tuple(_launches(world, group, first, last, goes_on, average)),
    )  # fmt: skip


def locate(world: World, calendar: Calendar, choice: IncidentChoice) -> tuple[Group, int]:
    """The group and the first day of an incident.

    Raises `InputError` or `UnknownName` where the organisation has no such place or day.
    """
    first = calendar.last - DAYS + 1
    if choice.first_day is not None:
        first = calendar.index(choice.first_day)
    if not QUIET_BEFORE <= first <= calendar.last:
        raise InputError(
            f"a spike cannot begin on {choice.first_day or calendar.day(first)}",
            hint=f"choose a day from {calendar.day(QUIET_BEFORE)} to {calendar.as_of}",
        )
    return _group(world, choice), first


def _group(world: World, choice: IncidentChoice) -> Group:
    account = world.account(choice.account) if choice.account else None
    if choice.group:
        return world.group(choice.group, account)
    known = [group for group in world.groups if account in (None, group.account)]
    if account is None:
        known = [group for group in known if group.account.environment == "prod"]
    if not known:
        with_groups = sorted({group.account.name for group in world.groups})
        raise InputError(
            f"{choice.account} has no auto-scaling group", hint=f"try {', '.join(with_groups)}"
        )
    return world.chance.pick(known, "spike group")


def _launches(
    world: World, group: Group, first: int, last: int, goes_on: bool, average: int
) -> Iterator[Instance]:
    running = 0
    for day in range(first, last + 1):
        wanted = max(1, average * RAMP[day - first] // 100)
        for number in range(running, wanted):
            words = ("spike", group.name, day, number)
            wave = (number - running) // WAVE
            yield Instance(
                new_id(world, "i", *words), group.account, group.region,
                group.region.code + world.chance.pick("abc", *words), group.kind, group.tags,
                day, min(120 + 60 * wave, 7_200), None if goes_on else last, 84_000,
                new_id(world, "vol", *words), ROOT_GB, group.name, incident="spike",
            )  # fmt: skip
        running = max(running, wanted)


assert sum(RAMP) == 100 * DAYS
