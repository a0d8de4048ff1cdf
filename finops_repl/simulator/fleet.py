"""EC2 instances with their lives: those that auto-scaling groups launch, and those that stand.

The same instances are on the bill, in the inventory and, for their launches, in CloudTrail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from finops_repl.simulator.demand import CLOSING_DAYS, FULL, Pattern, day_shares, growth
from finops_repl.simulator.meter import DAY, MICRO, Meter
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import Region, instance, offer
from finops_repl.simulator.world import Account, Group, Tags, World

__all__ = [
    "DAY_SECONDS",
    "ROOT_GB",
    "WAVE",
    "Instance",
    "instances",
    "meters",
    "new_id",
    "standing_count",
]

DAY_SECONDS = 86_400
SATURDAY = 5
GROUP_GROWTH = 1_500
ROOT_GB, STANDING_GB, SENT_GB = 100, 250, 3
_SENDS: dict[Pattern, Pattern] = {"steady": "consumer", "office": "weekday"}
"""What customers ask for decides, not only the hours in which an instance runs."""
WAVE = 20
"""How many instances auto scaling asks for in one RunInstances call."""


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance from its launch to its end: days and seconds of the day; no end while it exists.

    From the day `stopped` on it keeps its volume and runs no more. `market` is `spot` or empty;
    `cluster` names the EKS cluster whose node it is; without `sends`, data to the internet
    is no part of its bill.
    """

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
    market: str = ""
    stopped: int | None = None
    cluster: str = ""
    sends: bool = True

    def runs(self, day: int, weekday: int, of_month: int) -> bool:
        """True where it runs on a day in whose middle it exists."""
        if self.stopped is not None and day >= self.stopped:
            return False
        if self.pattern == "closing":
            return of_month in CLOSING_DAYS
        return self.pattern != "office" or weekday < SATURDAY


def instances(world: World, calendar: Calendar) -> Iterator[Instance]:
    """Every instance that ran on a day of the calendar, without any incident."""
    for group in world.groups:
        yield from _scaled(world, calendar, group)
    yield from standing(world, calendar)
    yield from _spot(world, calendar)


def meters(found: Instance, last_day: int) -> Iterator[Meter]:
    """What an instance is charged for: its hours, its volume and what it sends.

    Groups and clusters send through their load balancers, so their members have no transfer of
    their own, and Spot instances have none at all. None sends on a day on which it is stopped.
    """
    last = last_day if found.ended is None else found.ended
    first_seconds = DAY_SECONDS - found.launched_second
    if found.ended == found.launched:
        first_seconds = found.ended_second - found.launched_second
    ended_seconds = -1 if found.ended is None else found.ended_second
    whole = first_seconds == DAY_SECONDS
    first_use = -1 if whole else _hours(first_seconds)
    last_use = -1 if ended_seconds < 0 or last == found.launched else _hours(ended_seconds)

    running = last if found.stopped is None else found.stopped - 1
    yield Meter(
        found.account, found.region, instance(found.kind, market=found.market), found.id,
        found.launched, running, DAY, found.tags, found.pattern, first_use=first_use,
        last_use=last_use, zone=found.zone, pool=found.pool,
    )  # fmt: skip
    size = found.volume_gb * MICRO
    yield Meter(
        found.account, found.region, offer("ec2", "EBS:VolumeUsage.gp3"), found.volume,
        found.launched, last, size, found.tags, zone=found.zone,
        first_use=-1 if first_use < 0 else size * first_use // DAY,
        last_use=-1 if last_use < 0 else size * last_use // DAY,
    )  # fmt: skip
    if found.group or found.market or found.cluster or not found.sends:
        return
    yield Meter(
        found.account, found.region, offer("transfer", "DataTransfer-Out-Bytes"), found.id,
        found.launched, running, SENT_GB * MICRO, found.tags,
        _SENDS.get(found.pattern, found.pattern), noise=4_000, zone=found.zone,
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


_STANDING: tuple[tuple[str, str, str, int, int, Pattern], ...] = (
    # application, role, type, how many of a million rows, at least, pattern
    ("lake", "store", "r5.xlarge", 6, 2, "steady"),
    ("lake", "warehouse", "r5.2xlarge", 2, 1, "steady"),
    ("lake", "close", "m7i.xlarge", 3, 1, "closing"),
    ("search", "store", "r5.xlarge", 3, 2, "office"),
    ("checkout", "cache", "r6g.xlarge", 10, 2, "steady"),
    ("mobile", "cache", "r6g.xlarge", 4, 2, "office"),
    ("media", "encoder", "c7g.2xlarge", 4, 1, "steady"),
    ("platform", "node", "m5.2xlarge", 4, 2, "steady"),
)
_SPOT = (("ranking", "g5.xlarge", 4), ("media", "c5.2xlarge", 6), ("lake", "m5.2xlarge", 6))
"""Application, type and slots of the fleets that run on Spot."""


def standing_count(world: World, application: str, role: str) -> int:
    """How many instances of a role stand in this world."""
    return next(
        max(fewest, world.scaled(count, application, role))
        for of, known, _, count, fewest, _ in _STANDING
        if (of, known) == (application, role)
    )


def standing(world: World, calendar: Calendar) -> Iterator[Instance]:
    """The instances that no group launches and nobody ends."""
    for account in world.members:
        main = account.regions[0]
        for application, role, kind, _, _, pattern in _STANDING:
            if account.application == application and account.environment == "prod":
                for number in range(standing_count(world, application, role)):
                    yield _stands(world, account, main, role, kind, number, pattern)
        for region in account.regions:
            for number in range(world.scaled(1, "tools", account.name, region.code)):
                yield _stands(world, account, region, "tools", "t3.medium", number, "steady")
        if account.environment == "prod":
            for number in range(world.scaled(1, "retired", account.name)):
                yield _retired(world, calendar, account, number)
        else:
            for number in range(world.scaled(4, "desk", account.name)):
                yield _stands(world, account, main, "desk", "m5.large", number, "office")
    yield _retired(world, calendar, world.account("sim-shop-prod"), 99)


def _stands(
    world: World, account: Account, region: Region, role: str, kind: str, number: int,
    pattern: Pattern,
) -> Instance:  # fmt: skip
    name = f"{account.application}-{role}-{number + 1:02d}"
    words = (account.name, region.code, name)
    tags = {**world.tags(account, "/".join(words)), "Name": name}
    cluster = ""
    if role == "node":
        cluster = f"{account.application}-cluster-{account.environment}-01"
        tags["aws:eks:cluster-name"] = cluster
    zone = region.code + world.chance.pick("abc", "zone", *words)
    return Instance(
        new_id(world, "i", *words), account, region, zone, kind, tags, 0, 0, None, 0,
        new_id(world, "vol", *words), STANDING_GB, "", pattern, cluster=cluster,
    )  # fmt: skip


def _retired(world: World, calendar: Calendar, account: Account, number: int) -> Instance:
    """Somebody stopped it and kept its volume."""
    found = _stands(world, account, account.regions[0], "retired", "m5.xlarge", number, "steady")
    day = world.chance.between(60, calendar.last - 45, "retired", account.name, number)
    return replace(found, stopped=day)


def _spot(world: World, calendar: Calendar) -> Iterator[Instance]:
    """Fleets on Spot: after days a slot's instance is interrupted and another takes its place."""
    chance = world.chance
    for account in world.members:
        for application, kind, slots in _SPOT:
            if account.application != application or account.environment != "prod":
                continue
            region = account.regions[0]
            name = f"{application}-spot"
            tags = {**world.tags(account, name), "Name": name}
            for slot in range(max(1, world.scaled(slots, "spot", application))):
                day = second = 0
                while day <= calendar.last:
                    until = day + chance.between(5, 20, "spot life", name, slot, day)
                    ends = until <= calendar.last
                    ended = chance.between(36_000, 80_000, "spot end", name, slot, day)
                    words = (name, slot, day)
                    yield Instance(
                        new_id(world, "i", *words), account, region,
                        region.code + chance.pick("abc", "zone", *words), kind, tags, day, second,
                        until if ends else None, ended, new_id(world, "vol", *words), ROOT_GB,
                        market="spot",
                    )  # fmt: skip
                    day, second = until, ended
