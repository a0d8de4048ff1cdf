"""EC2 instances with their lives: those that auto-scaling groups launch, and those that stand.

The same instances are on the bill, in the inventory and, for their launches, in CloudTrail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from finops_repl.simulator.demand import FULL, Pattern, day_shares, growth
from finops_repl.simulator.meter import DAY, MICRO, Meter
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import Region, instance, offer
from finops_repl.simulator.world import Account, Group, Tags, World

__all__ = ["DAY_SECONDS", "ROOT_GB", "WAVE", "Instance", "instances", "meters", "new_id"]

DAY_SECONDS = 86_400
GROUP_GROWTH = 1_500
ROOT_GB, STANDING_GB, SENT_GB = 100, 250, 3
WAVE = 20
"""How many instances auto scaling asks for in one RunInstances call."""


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance from its launch to its end: days and seconds of the day; no end while it runs."""

    id: str
    account: Account
    region: Region
    zone: str
    kind: str
    tags: Tags
    launched: int
    launched_second: int
    ended: int | None
    ended_second: int
    volume: str
    volume_gb: int
    group: str = ""
    pattern: Pattern = "steady"
    pool: str = ""
    sends: bool = True


def instances(world: World, calendar: Calendar) -> Iterator[Instance]:
    """Every instance that ran on a day of the calendar, without any incident."""
    for group in world.groups:
        yield from _scaled(world, calendar, group)
    yield from _standing(world, calendar)


def meters(found: Instance, last_day: int) -> Iterator[Meter]:
    """What an instance is charged for: its hours, its volume and what it sends.

    Groups send through their load balancers, so their members have no transfer of their own.
    """
    last = last_day if found.ended is None else found.ended
    first_seconds = DAY_SECONDS - found.launched_second
    if found.ended == found.launched:
        first_seconds = found.ended_second - found.launched_second
    ended_seconds = -1 if found.ended is None else found.ended_second
    whole = first_seconds == DAY_SECONDS
    first_use = -1 if whole else _hours(first_seconds)
    last_use = -1 if ended_seconds < 0 or last == found.launched else _hours(ended_seconds)

    yield Meter(
        found.account, found.region, instance(found.kind), found.id, found.launched, last, DAY,
        found.tags, found.pattern, first_use=first_use, last_use=last_use, zone=found.zone,
        pool=found.pool,
    )  # fmt: skip
    size = found.volume_gb * MICRO
    yield Meter(
        found.account, found.region, offer("ec2", "EBS:VolumeUsage.gp3"), found.volume,
        found.launched, last, size, found.tags, zone=found.zone,
        first_use=-1 if first_use < 0 else size * first_use // DAY,
        last_use=-1 if last_use < 0 else size * last_use // DAY,
    )  # fmt: skip
    if found.group or not found.sends:
        return
    yield Meter(
        found.account, found.region, offer("transfer", "DataTransfer-Out-Bytes"), found.id,
        found.launched, last, SENT_GB * MICRO, found.tags, "consumer", noise=4_000, zone=found.zone,
    )  # fmt: skip


def _hours(seconds: int) -> int:
    return seconds * MICRO // 3600


def new_id(world: World, prefix: str, *words: str | int) -> str:
    """An id as EC2 forms them: `i-0` and sixteen more hexadecimal characters."""
    return f"{prefix}-0{world.chance.hex(16, prefix, *words)}"


def _scaled(world: World, calendar: Calendar, group: Group) -> Iterator[Instance]:
    """A group's slots follow demand; each slot's instance is replaced every month or two."""
    wanted = [
        (group.usual * share * growth(GROUP_GROWTH, day) // FULL + FULL // 2) // FULL
        for day, share in enumerate(day_shares(calendar, group.pattern))
    ]
    for slot in range(max(wanted)):
        day = 0
        while day <= calendar.last:
            if wanted[day] <= slot:
                day += 1
                continue
            end = day
            while end < calendar.last and wanted[end + 1] > slot:
                end += 1
            yield from _lives(world, calendar, group, slot, day, end)
            day = end + 1


def _lives(
    world: World, calendar: Calendar, group: Group, slot: int, first: int, end: int
) -> Iterator[Instance]:
    chance, name = world.chance, group.name
    day, last_day = first, calendar.last
    second = 0 if first == 0 else chance.between(16_000, 29_000, "scale out", name, slot, first)
    while True:
        until = day + chance.between(25, 80, "life", name, slot, day)
        runs_on = end == last_day
        replaced = until < end
        ended = until if replaced else None if runs_on else end
        ended_second = chance.between(
            *((36_000, 60_000) if replaced else (72_000, 86_000)), "end", name, slot, day
        )
        zone = group.region.code + chance.pick("abc", "zone", name, slot)
        yield Instance(
            new_id(world, "i", name, slot, day), group.account, group.region, zone, group.kind,
            group.tags, day, second, ended, ended_second,
            new_id(world, "vol", name, slot, day), ROOT_GB, group.name,
        )  # fmt: skip
        if not replaced:
            return
        day, second = until, ended_second


_STANDING: tuple[tuple[str, str, int, Pattern, str], ...] = (
    # application, type, how many, pattern, commitment pool
    ("lake", "r5.xlarge", 9, "steady", "ec2-ri"),
    ("search", "r5.xlarge", 3, "office", "ec2-ri"),
    ("checkout", "r6g.xlarge", 10, "steady", "ec2-sp"),
    ("mobile", "r6g.xlarge", 4, "office", "ec2-sp"),
)
FEWEST_STEADY, FEWEST_OFFICE = 3, 2


def standing_count(world: World, pool: str, pattern: Pattern) -> int:
    """How many instances of a pool stand in this world."""
    least = FEWEST_STEADY if pattern == "steady" else FEWEST_OFFICE
    return sum(
        max(least, world.scaled(count, pool, pattern))
        for _, _, count, shape, of in _STANDING
        if (of, shape) == (pool, pattern)
    )


def _standing(world: World, calendar: Calendar) -> Iterator[Instance]:
    for account in world.members:
        for application, kind, _, pattern, pool in _STANDING:
            if account.application == application and account.environment == "prod":
                for number in range(standing_count(world, pool, pattern)):
                    yield _stands(world, account, account.regions[0], kind, number, pattern, pool)
        for region in account.regions:
            for number in range(world.scaled(2, "tools", account.name, region.code)):
                yield _stands(world, account, region, "t3.medium", number, "steady", "")
        if account.environment != "prod":
            for number in range(world.scaled(4, "desk", account.name)):
                yield _stands(world, account, account.regions[0], "m5.large", number, "office", "")


def _stands(
    world: World, account: Account, region: Region, kind: str, number: int,
    pattern: Pattern, pool: str,
) -> Instance:  # fmt: skip
    role = {"r5": "store", "r6": "cache", "t3": "tools", "m5": "desk"}[kind[:2]]
    name = f"{account.application}-{role}-{number + 1:02d}"
    words = (account.name, region.code, name)
    tags = {**world.tags(account, "/".join(words)), "Name": name}
    zone = region.code + world.chance.pick("abc", "zone", *words)
    return Instance(
        new_id(world, "i", *words), account, region, zone, kind, tags, 0, 0, None, 0,
        new_id(world, "vol", *words), STANDING_GB, "", pattern, pool,
    )  # fmt: skip
