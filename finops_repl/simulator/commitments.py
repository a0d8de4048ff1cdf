"""Reserved Instances and Savings Plans: what this organisation has bought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from finops_repl.simulator.estate.databases import LEDGER
from finops_repl.simulator.fleet import standing_count
from finops_repl.simulator.meter import Meter
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import (
    GLOBAL,
    REGIONS,
    SERVICES,
    Offer,
    Region,
    instance,
    price_e10,
    renamed,
)
from finops_repl.simulator.resource import Resource
from finops_repl.simulator.world import Account, World

__all__ = ["Commitment", "Kind", "commitments", "plan_percent", "term_ends"]

Kind = Literal["ri", "instance-sp", "compute-sp"]
BASE = REGIONS["us-east-1"]

_PLAN_PERCENT = {  # what an hour costs under a plan, in percent of the list price
    "instance-sp": {"c6g": 44, "m6g": 63, "": 43},
    "compute-sp": {"c5": 70, "c6i": 71, "c7g": 71, "r5": 73, "g5": 77, "t3": 78, "": 74},
}
LAMBDA_PERCENT = 88
COMPUTE_SHARE = 30
"""Percent of the groups' average demand that the compute plan is bought for. It is less than their
least demand, so that the plan is used to the last cent on every day and nothing of it is left for
usage that comes on top."""


@dataclass(frozen=True, slots=True)
class Commitment:
    """A purchase for a term of years.

    A reservation (`ri`) holds `quantity` instances of `offer`; a plan holds dollars an hour, in a
    family and region (`instance-sp`) or anywhere (`compute-sp`). `recurring` and `upfront` are
    what an hour of one instance, or of the whole plan, costs in 10^-10 dollars: paid by the hour,
    and paid at the start and spread over the term. It is active from day `starts` to the day
    before `stops`. One with a `pool` covers that pool's meters alone.
    """

    id: str
    kind: Kind
    owner: Account
    region: Region
    offer: Offer
    quantity: int
    recurring: int
    upfront: int
    starts: int
    stops: int
    begins: date
    years: int
    offering_class: str = "standard"
    pool: str = ""

    @property
    def is_plan(self) -> bool:
        return self.kind != "ri"

    @property
    def arn(self) -> str:
        if self.is_plan:
            return f"arn:aws:savingsplans::{self.owner.id}:savingsplan/{self.id}"
        service, what = {
            "AmazonRDS": ("rds", "ri:"),
            "AmazonElastiCache": ("elasticache", "reserved-instance:"),
        }.get(self.offer.service.code, ("ec2", "reserved-instances/"))
        return f"arn:aws:{service}:{self.region.code}:{self.owner.id}:{what}{self.id}"

    @property
    def rate(self) -> int:
        """The effective price of an hour, 10^-10 dollars."""
        return self.recurring + self.upfront

    @property
    def option(self) -> str:
        if not self.upfront:
            return "No Upfront"
        return "Partial Upfront" if self.recurring else "All Upfront"

    @property
    def hourly(self) -> str:
        """What is committed, in dollars an hour, as the Savings Plans API writes it."""
        return f"{self.quantity * self.rate / 10**10:.3f}"

    @property
    def ends(self) -> date:
        return term_ends(self.begins, self.years)

    @property
    def term_hours(self) -> int:
        return (self.ends - self.begins).days * 24

    def covers(self, meter: Meter) -> bool:
        """True where it may be applied to the meter's usage; Spot is never covered."""
        given = meter.offer
        if meter.pool != self.pool or given.market == "spot" or meter.commitment:
            return False
        if self.kind == "compute-sp":
            return bool(given.os) or given.usage.startswith("Lambda-GB-Second")
        if not given.instance_type or meter.region is not self.region:
            return False
        own = self.offer
        return (
            given.instance_family == own.instance_family
            and given.operation == own.operation
            and given.deployment == own.deployment
        )

    def percent(self, given: Offer) -> int:
        """What covered usage costs under a plan, in percent of its list price."""
        return plan_percent(self.kind, given)

    def fee(self) -> Offer:
        """What its own fees are billed as."""
        kind = self.offer.instance_type
        if not self.is_plan:
            text = f"USD hourly fee per {kind} reserved instance, {self.years} years, {self.option}"
            return renamed(self.offer, usage=f"HeavyUsage:{kind}", description=text)
        term = f"{self.years}yr{self.option.replace(' ', '')}"
        name, usage = "Compute Savings Plans", f"ComputeSP:{term}"
        if self.kind == "instance-sp":
            family = self.offer.instance_family
            name = "EC2 Instance Savings Plans"
            usage = f"{self.region.code}:EC2SP:{family}.{term}"
        return Offer(SERVICES["savings"], usage, "", name, "Hrs", "0", f"{self.years} year {name}")

    @property
    def fee_region(self) -> Region:
        return GLOBAL if self.kind == "compute-sp" else self.region


def plan_percent(kind: Kind, given: Offer) -> int:
    """What an hour of an offer costs under a kind of plan, in percent of its list price."""
    if not given.instance_type:
        return LAMBDA_PERCENT
    known = _PLAN_PERCENT[kind]
    return known.get(given.instance_family, known[""])


def term_ends(begins: date, years: int) -> date:
    """The day on which a term is over; a year of it has 31,536,000 seconds, leap year or not."""
    return begins + timedelta(days=365 * years)


def commitments(
    world: World, calendar: Calendar, resources: list[Resource]
) -> tuple[Commitment, ...]:
    """What it had before the first day, and what it bought since then.

    They stand in the order of their application: reservations, then plans for one family, then the
    compute plan.
    """
    return tuple(_bought(world, calendar, resources))


def _bought(world: World, calendar: Calendar, resources: list[Resource]) -> Iterator[Commitment]:
    lake, checkout = world.account("sim-data-prod"), world.account("sim-checkout-prod")
    media, payer = world.account("sim-media-prod"), world.payer
    months = calendar.months()
    # One more than the lake's own: office machines use it on weekdays.
    stores = standing_count(world, "lake", "store") + 1
    warehouses = standing_count(world, "lake", "warehouse")
    encoders = standing_count(world, "media", "encoder")
    ledgers = _standing(resources, "database", LEDGER)
    nodes = _standing(resources, "cache", "cache.r6g.large")
    caches = standing_count(world, "checkout", "cache") + 1

    def begun(years_ago: int) -> date:
        day = calendar.first_day
        return day.replace(year=day.year - years_ago)

    def reserved(
        owner: Account, offer: Offer, quantity: int, percents: tuple[int, int], begins: date,
        years: int = 3, region: Region = BASE, offering_class: str = "standard",
    ) -> Commitment:  # fmt: skip
        return _commitment(
            world, calendar, "ri", owner, region, offer, max(1, quantity),
            price_e10(offer, region), percents, begins, years, offering_class,
        )  # fmt: skip

    yield reserved(lake, instance("r5.xlarge"), stores + 2 * warehouses, (42, 0), begun(1))
    yield reserved(
        media, instance("c7g.xlarge"), 2 * encoders, (0, 52), begun(1), 3, media.regions[0],
        "convertible",
    )  # fmt: skip
    yield reserved(
        payer, instance(LEDGER, engine="PostgreSQL"), ledgers - 2, (25, 22), months[3].starts
    )
    yield reserved(checkout, instance("cache.r6g.large"), nodes - 1, (30, 25), begun(1))
    plan = instance("r6g.xlarge")
    yield _commitment(
        world, calendar, "instance-sp", checkout, BASE, plan, 1,
        caches * price_e10(plan, BASE), (43, 0), begun(1), 3,
    )  # fmt: skip
    yield _commitment(
        world, calendar, "compute-sp", payer, GLOBAL, plan, 1, _usual_compute(world),
        (COMPUTE_SHARE * 36 // 100, COMPUTE_SHARE * 36 // 100), months[5].starts, 1,
    )  # fmt: skip


def _commitment(
    world: World, calendar: Calendar, kind: Kind, owner: Account, region: Region, offer: Offer,
    quantity: int, price: int, percents: tuple[int, int], begins: date, years: int,
    offering_class: str = "standard",
) -> Commitment:  # fmt: skip
    """`percents` of `price` are paid by the hour and up front."""
    digits = world.chance.hex(32, "commitment", kind, offer.usage, region.code)
    return Commitment(
        "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])),
        kind, owner, region, offer, quantity,
        price * percents[0] // 100, price * percents[1] // 100,
        max(0, calendar.index(begins)), calendar.index(term_ends(begins, years)), begins, years,
        offering_class,
    )  # fmt: skip


def _standing(resources: list[Resource], kind: str, type_: str) -> int:
    """How many there are in the region of the reservations; nodes of a cluster count each."""
    return sum(
        int(each.facts.get("nodes", 1))
        for each in resources
        if each.kind == kind and each.facts["type"] == type_ and each.region is BASE
    )


def _usual_compute(world: World) -> int:
    """The list price of the groups' average hour, 10^-10 dollars."""
    return sum(
        group.usual * price_e10(instance(group.kind), group.region)
        for group in world.groups
        if group.account.environment == "prod"
    )
