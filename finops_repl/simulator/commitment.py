"""A Reserved Instance or Savings Plan purchase, and what it covers at which price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from finops_repl.simulator.meter import Meter
from finops_repl.simulator.offers import GLOBAL, SERVICES, Offer, Region, renamed
from finops_repl.simulator.world import Account, World

__all__ = [
    "Commitment",
    "Kind",
    "commitment_id",
    "family_percent",
    "plan_percent",
    "plan_usage",
    "term_ends",
]

Kind = Literal["ri", "instance-sp", "compute-sp"]

_PLAN_PERCENT = {  # what an hour costs under a plan, in percent of the list price
    "instance-sp": {"c6g": 44, "m6g": 63, "": 43},
    "compute-sp": {"c5": 70, "c6i": 71, "c7g": 71, "r5": 73, "g5": 77, "t3": 78, "": 74},
}
LAMBDA_PERCENT = 88


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
        name = (
            "EC2 Instance Savings Plans" if self.kind == "instance-sp" else "Compute Savings Plans"
        )
        usage = plan_usage(
            self.kind, self.region.code, self.offer.instance_family, self.years, self.option
        )
        return Offer(SERVICES["savings"], usage, "", name, "Hrs", "0", f"{self.years} year {name}")

    @property
    def fee_region(self) -> Region:
        return GLOBAL if self.kind == "compute-sp" else self.region


def plan_percent(kind: Kind, given: Offer) -> int:
    """What an hour of an offer costs under a kind of plan, in percent of its list price."""
    return family_percent(kind, given.instance_family)


def family_percent(kind: Kind, family: str) -> int:
    """The same of an instance family; no family is Lambda."""
    known = _PLAN_PERCENT[kind]
    return known.get(family, known[""]) if family else LAMBDA_PERCENT


def plan_usage(kind: Kind, region: str, family: str, years: int, option: str) -> str:
    """The usage type of a plan's own fee."""
    term = f"{years}yr{option.replace(' ', '')}"
    return f"{region}:EC2SP:{family}.{term}" if kind == "instance-sp" else f"ComputeSP:{term}"


def term_ends(begins: date, years: int) -> date:
    """The day on which a term is over; a year of it has 31,536,000 seconds, leap year or not."""
    return begins + timedelta(days=365 * years)


def commitment_id(world: World, *words: str) -> str:
    """The id of the purchase that these words name."""
    return world.chance.uuid("commitment", *words)
