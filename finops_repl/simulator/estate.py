"""Everything but instances: databases, buckets, functions, tables, networks, logs and the like.

A kind of resource is a row of `KINDS`; a further service of the simulation is a further row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from finops_repl.simulator.demand import Pattern
from finops_repl.simulator.meter import MICRO, Meter
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import Offer, Region, instance, offer
from finops_repl.simulator.world import Account, World

__all__ = ["meters", "pooled"]


@dataclass(frozen=True, slots=True)
class Use:
    """One usage type of a kind: an average day's units lie between `least` and `most`."""

    offer: Offer
    least: float
    most: float
    pattern: Pattern = "steady"
    growth: int = 0
    noise: int = 600
    pool: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource: how many stand in an account's region, what they are called, cost.

    `arn` takes account, region, name and hexadecimal digits; an empty one has no resource id on the
    bill, as AWS has none for it. `production` kinds stand in production accounts alone; `fewest`
    stand in each account's region however small the organisation is.
    """

    name: str
    count: int
    arn: str
    uses: tuple[Use, ...]
    production: bool = False
    tagged: bool = True
    fewest: int = 0

    def number(self, world: World, account: Account, region: Region) -> int:
        """How many stand in an account's region."""
        return max(self.fewest, world.scaled(self.count, account.name, region.code, self.name))


RESERVED_IN = "us-east-1"


def _hourly(given: Offer, pool: str = "") -> Use:
    return Use(given, 24, 24, noise=0, pool=pool)


KINDS = (
    Kind("database", 2, "arn:aws:rds:{region}:{account}:db:{name}", (
        _hourly(instance("db.m6g.large", engine="PostgreSQL")),
        Use(offer("rds", "RDS:GP3-Storage"), 100, 1_200, growth=1_500, noise=0),
        Use(offer("rds", "RDS:ChargedBackupUsage"), 50, 900, growth=2_500, noise=0),
    )),
    Kind("ledger", 1, "arn:aws:rds:{region}:{account}:db:{name}", (
        _hourly(instance("db.r6g.large", engine="PostgreSQL"), "rds-ri"),
        Use(offer("rds", "RDS:GP3-Storage"), 200, 2_000, growth=2_000, noise=0),
    ), production=True, fewest=1),
    Kind("bucket", 4, "{name}-{hex8}", (
        Use(offer("s3", "TimedStorage-ByteHrs"), 100, 12_000, growth=3_500, noise=100),
        Use(offer("s3", "TimedStorage-SIA-ByteHrs"), 100, 20_000, growth=2_000, noise=100),
        Use(offer("s3", "Requests-Tier1"), 1e4, 4e5, "consumer", 1_500, 1_500),
        Use(offer("s3", "Requests-Tier2"), 1e5, 6e6, "consumer", 1_500, 1_500),
        Use(offer("s3", "DataTransfer-Out-Bytes"), 0.5, 40, "consumer", 1_000, 2_500),
    )),
    Kind("function", 5, "arn:aws:lambda:{region}:{account}:function:{name}", (
        Use(offer("lambda", "Request"), 1e4, 2e6, "consumer", 2_500, 1_500),
        Use(offer("lambda", "Lambda-GB-Second"), 1e3, 9e4, "consumer", 2_500, 1_500),
    )),
    Kind("table", 2, "arn:aws:dynamodb:{region}:{account}:table/{name}", (
        Use(offer("dynamodb", "ReadRequestUnits"), 1e5, 4e7, "consumer", 2_000, 1_200),
        Use(offer("dynamodb", "WriteRequestUnits"), 1e5, 9e6, "consumer", 2_000, 1_200),
        Use(offer("dynamodb", "TimedStorage-ByteHrs"), 5, 400, growth=3_000, noise=0),
    )),
    Kind("balancer", 2,
         "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex16}", (
        _hourly(offer("elb", "LoadBalancerUsage")),
        Use(offer("elb", "LCUUsage"), 10, 160, "consumer", 1_500, 1_500),
        Use(offer("vpc", "PublicIPv4:InUseAddress"), 48, 48, noise=0),
    )),
    Kind("nat", 1, "arn:aws:ec2:{region}:{account}:natgateway/nat-0{hex16}", (
        _hourly(offer("ec2", "NatGateway-Hours")),
        Use(offer("ec2", "NatGateway-Bytes"), 20, 400, "business", 1_500, 1_500),
    )),
    Kind("snapshot", 5, "arn:aws:ec2:{region}:{account}:snapshot/snap-0{hex16}", (
        Use(offer("ec2", "EBS:SnapshotUsage"), 20, 500, growth=800, noise=0),
    )),
    Kind("archive", 2, "vol-0{hex16}", (
        Use(offer("ec2", "EBS:VolumeUsage.gp2"), 100, 900, noise=0),
    )),
    Kind("cache", 1, "arn:aws:elasticache:{region}:{account}:cluster:{name}", (
        _hourly(instance("cache.m6g.large")),
    ), production=True),
    Kind("log-group", 5, "arn:aws:logs:{region}:{account}:log-group:/app/{name}", (
        Use(offer("cloudwatch", "DataProcessing-Bytes"), 0.2, 25, "consumer", 1_500, 1_500),
        Use(offer("cloudwatch", "TimedStorage-ByteHrs"), 10, 900, growth=4_000, noise=0),
    )),
    Kind("zones", 1, "", (
        Use(offer("transfer", "DataTransfer-Regional-Bytes"), 100, 6_000, "consumer", 1_500, 1_200),
    ), tagged=False),
    Kind("metrics", 1, "", (
        Use(offer("cloudwatch", "CW:MetricMonitorUsage"), 40, 900, growth=1_500, noise=100),
    ), tagged=False),
    Kind("queue", 2, "arn:aws:sqs:{region}:{account}:{name}", (
        Use(offer("sqs", "Requests-Tier1"), 1e5, 9e6, "consumer", 1_500, 1_500),
    )),
    Kind("key", 1, "arn:aws:kms:{region}:{account}:key/{hex8}", (
        Use(offer("kms", "KMS-Keys"), 1, 1, noise=0),
        Use(offer("kms", "KMS-Requests"), 1e3, 9e5, "consumer", 1_500, 1_500),
    )),
)  # fmt: skip


def meters(world: World, calendar: Calendar) -> Iterator[Meter]:
    """The meters of every resource that is no instance."""
    for account in world.members:
        for region in account.regions:
            for kind in KINDS:
                if kind.production and account.environment != "prod":
                    continue
                for number in range(kind.number(world, account, region)):
                    yield from _resource(world, calendar, account, region, kind, number)


def pooled(world: World, pool: str) -> int:
    """How many resources the commitment of this name may cover."""
    return sum(
        kind.number(world, account, region)
        for kind in KINDS
        for account in world.members
        for region in account.regions
        if any(use.pool == pool for use in kind.uses)
        and region.code == RESERVED_IN
        and (account.environment == "prod" or not kind.production)
    )


def _resource(
    world: World, calendar: Calendar, account: Account, region: Region, kind: Kind, number: int
) -> Iterator[Meter]:
    chance = world.chance
    words = (account.name, region.code, kind.name, number)
    name = f"{account.application}-{kind.name}-{account.environment}-{number + 1:02d}"
    digits = chance.hex(16, *words)
    resource = kind.arn.format(
        region=region.code, account=account.id, name=name, hex8=digits[:8], hex16=digits
    )
    tags = world.tags(account, "/".join(map(str, words))) if kind.tagged else {}
    # Four in five have been there from the start; the others came during the year.
    young = chance.happens(200, "young", *words)
    first = chance.below(max(1, calendar.length - 30), "born", *words) if young else 0
    for use in kind.uses:
        # Reservations are bought in one region and cover nothing elsewhere.
        pool = use.pool if region.code == RESERVED_IN else ""
        yield Meter(
            account, region, use.offer, resource, first, calendar.last,
            _average(world, use, *words), tags, use.pattern, use.growth, use.noise, pool=pool,
        )  # fmt: skip


def _average(world: World, use: Use, *words: str | int) -> int:
    """An average day's usage: most resources are small, few are large."""
    least, most = round(use.least * MICRO), round(use.most * MICRO)
    part = world.chance.below(10_000, "size", use.offer.usage, *words)
    return least + (most - least) * part * part // 10**8
