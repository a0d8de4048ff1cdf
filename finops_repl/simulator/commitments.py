"""Reserved Instances and a Savings Plan: what they cover, what they cost, what stays unused.

Each commitment is for one instance type in one region, so its capacity is a number of hours a day.
It covers its owner's instances first, then those of the other accounts, as AWS shares it. Rows
follow the bill: covered usage, the plan's negation, recurring and up-front fees (AWS, CUR user
guide: "Understanding your reservations", "Understanding your Savings Plans").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

import numpy as np

from finops_repl.simulator import estate
from finops_repl.simulator.fleet import standing_count
from finops_repl.simulator.lines import Ints, Lines, cost
from finops_repl.simulator.meter import DAY, HOUR, LINE_TYPES, Meter
from finops_repl.simulator.months import Calendar, Month
from finops_repl.simulator.offers import (
    REGIONS,
    SERVICES,
    Offer,
    Region,
    instance,
    price_e10,
    renamed,
)
from finops_repl.simulator.world import Account, World

__all__ = ["Commitment", "Pool", "commitments"]

REGION = REGIONS["us-east-1"]
YEARS = 3
USAGE, DISCOUNTED, COVERED, NEGATION, SP_FEE, RI_FEE, FEE = range(7)


@dataclass(frozen=True, slots=True)
class Commitment:
    """A purchase of `quantity` instances of one type, for three years unless `years` says else.

    `recurring` and `upfront` are what one hour of one instance costs, in 10^-10 dollars: paid by
    the hour, and paid at the start and spread over the term. It is active from day `starts` to day
    `last`, which is before the term's end where it was sold.
    """

    id: str
    kind: Literal["ri", "sp"]
    pool: str
    owner: Account
    offer: Offer
    quantity: int
    recurring: int
    upfront: int
    starts: int
    begins: date
    option: str
    region: Region = REGION
    years: int = YEARS
    last: int = 1 << 20

    @property
    def arn(self) -> str:
        if self.kind == "sp":
            return f"arn:aws:savingsplans::{self.owner.id}:savingsplan/{self.id}"
        service, what = ("rds", "ri:") if "rds" in self.pool else ("ec2", "reserved-instances/")
        return f"arn:aws:{service}:{self.region.code}:{self.owner.id}:{what}{self.id}"

    @property
    def rate(self) -> int:
        """The effective price of an hour, 10^-10 dollars."""
        return self.recurring + self.upfront

    @property
    def hourly(self) -> str:
        """What is committed, in dollars an hour, as the Savings Plans API writes it."""
        return f"{self.quantity * self.rate / 10**10:.3f}"

    @property
    def ends(self) -> date:
        # AWS counts a year of a term as 31,536,000 seconds, leap year or not.
        return self.begins + timedelta(days=365 * self.years)

    @property
    def term_hours(self) -> int:
        return (self.ends - self.begins).days * 24

    def fee_meter(self, calendar: Calendar) -> Meter:
        """Who is charged the commitment's fees."""
        if self.kind == "sp":
            family = self.offer.instance_type.partition(".")[0]
            fee = Offer(
                SERVICES["savings"],
                f"{self.region.code}:EC2SP:{family}.{self.years}yrNoUpfront", "",
                "EC2 Instance Savings Plans", "Hrs", "0",
                f"{self.years} year EC2 Instance Savings Plan",
            )  # fmt: skip
        else:
            kind = self.offer.instance_type
            text = f"USD hourly fee per {kind} reserved instance, {self.years} years, {self.option}"
            fee = renamed(self.offer, usage=f"HeavyUsage:{kind}", description=text)
        return Meter(
            self.owner, self.region, fee, "" if self.kind == "sp" else self.arn, self.starts,
            calendar.last, commitment=self.id,
        )  # fmt: skip


def commitments(world: World, calendar: Calendar) -> tuple[Commitment, ...]:
    """What this organisation has bought; the database reservation during the year."""
    lake, checkout = world.account("sim-data-prod"), world.account("sim-checkout-prod")
    databases = estate.pooled(world, "rds-ri")
    bought = calendar.months()[3].starts

    def earlier(years: int) -> date:
        return calendar.first_day.replace(year=calendar.first_day.year - years)

    rows: tuple[tuple[Literal["ri", "sp"], str, Account, str, int, int, int, date], ...] = (
        # kind, pool, owner, instance type, instances, percent of list: hourly, up-front, begins
        ("ri", "ec2-ri", lake, "r5.xlarge", standing_count(world, "ec2-ri", "steady") + 1, 42, 0,
         earlier(1)),
        ("sp", "ec2-sp", checkout, "r6g.xlarge", standing_count(world, "ec2-sp", "steady") + 1, 43,
         0, earlier(1)),
        ("ri", "rds-ri", world.payer, "db.r6g.large", max(1, databases - 2), 25, 22, bought),
    )  # fmt: skip
    found = []
    for kind, pool, owner, type_, quantity, hourly, ahead, begins in rows:
        given = instance(type_, engine="PostgreSQL" if type_.startswith("db.") else "")
        digits = world.chance.hex(32, "commitment", pool)
        id_ = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        price = price_e10(given, REGION)
        found.append(
            Commitment(
                id=id_,
                kind=kind,
                pool=pool,
                owner=owner,
                offer=given,
                quantity=quantity,
                recurring=price * hourly // 100,
                upfront=price * ahead // 100,
                starts=max(0, calendar.index(begins)),
                begins=begins,
                option="Partial Upfront" if ahead else "No Upfront",
            )
        )
    return tuple(found)


class Pool:
    """The lines that one commitment may cover, turned into what the bill makes of them."""

    def __init__(
        self, commitment: Commitment, meters: Sequence[Meter], fee: int, negations: dict[str, int]
    ) -> None:
        """`fee` is the position of the fee's meter, `negations` of each account's negation."""
        self.commitment = commitment
        self._meters = meters
        self._fee, self._negations = fee, negations

    def billed(self, lines: Lines, month: Month) -> Lines:
        """The month's usage lines of this pool as covered, uncovered and fee lines."""
        bought = self.commitment
        owned = np.array(
            [self._meters[meter].account.id == bought.owner.id for meter in lines.meter], bool
        )
        lines = lines.where(np.lexsort((lines.meter, ~owned, lines.day)))
        covered = self._covered(lines)
        price = price_e10(bought.offer, bought.region)
        under = self._under(lines, covered, price)
        rest = lines.where(lines.usage > covered)
        left = rest.usage - covered[lines.usage > covered]
        paid = cost(left, price)
        rest = Lines(rest.meter, rest.day, rest.type, left, paid, paid, paid, paid)
        if bought.kind == "sp":
            return Lines.joined((rest, under, self._plan_rows(under, month)))
        return Lines.joined((_blended(Lines.joined((rest, under))), self._fees(under, month)))

    def _covered(self, lines: Lines) -> Ints:
        """How much of each line the day's capacity covers, first line first."""
        capacity = self.commitment.quantity * DAY
        until = np.cumsum(lines.usage)
        day_start = np.searchsorted(lines.day, lines.day, "left")
        before = until - lines.usage - (until - lines.usage)[day_start]
        free: Ints = np.clip(capacity - before, 0, lines.usage)
        return np.where(lines.day >= self.commitment.starts, free, 0)

    def _under(self, lines: Lines, covered: Ints, price: int) -> Lines:
        """The covered part of the lines."""
        some = covered > 0
        part, usage = lines.where(some), covered[some]
        public, effective = cost(usage, price), cost(usage, self.commitment.rate)
        plan = self.commitment.kind == "sp"
        unblended = public if plan else np.zeros_like(public)
        kind = np.full_like(usage, COVERED if plan else DISCOUNTED)
        return Lines(part.meter, part.day, kind, usage, unblended, unblended, effective, public)

    def _plan_rows(self, under: Lines, month: Month) -> Lines:
        """The negation of each account's covered usage, and the plan's hourly commitment."""
        negated: dict[tuple[int, str], list[int]] = {}
        used: dict[int, int] = {}
        for meter, day, usage, public, effective in zip(
            under.meter.tolist(), under.day.tolist(), under.usage.tolist(),
            under.public.tolist(), under.amortized.tolist(), strict=True,
        ):  # fmt: skip
            found = negated.setdefault((day, self._meters[meter].account.id), [0, 0])
            found[0] += usage
            found[1] -= public
            used[day] = used.get(day, 0) + effective
        rows = [
            (self._negations[account], day, NEGATION, usage, minus, minus, 0, minus)
            for (day, account), (usage, minus) in negated.items()
        ]
        commitment = 24 * self.commitment.quantity * self.commitment.rate
        rows += [
            (self._fee, day, SP_FEE, DAY, commitment, commitment, commitment - used.get(day, 0), 0)
            for day in range(
                max(month.first, self.commitment.starts),
                min(month.last, self.commitment.last) + 1,
            )
        ]
        return Lines.of(rows)

    def _fees(self, under: Lines, month: Month) -> Lines:
        """The month's recurring fee with what of it was unused so far, and the up-front fee."""
        bought = self.commitment
        if bought.starts > month.last or bought.last < month.first:
            return Lines.of(())
        since, month_end = max(month.first, bought.starts), month.first + month.length - 1
        days = min(month.last, bought.last) - since + 1
        unused = bought.quantity * DAY * days - int(under.usage.sum())
        usage = bought.quantity * DAY * (min(month_end, bought.last) - since + 1)
        fee = usage // HOUR * bought.recurring
        idle = int(cost(np.array([unused]), bought.rate)[0])
        rows = [(self._fee, month.first, RI_FEE, usage, fee, fee, idle, 0)]
        if bought.upfront and bought.starts == month.first and bought.begins == month.starts:
            ahead = bought.quantity * bought.upfront * bought.term_hours
            rows.append((self._fee, month.first, FEE, bought.quantity * HOUR, ahead, ahead, 0, 0))
        return Lines.of(rows)


def _blended(lines: Lines) -> Lines:
    """The day's unblended cost of a usage type, spread evenly over all of its usage.

    What rounding leaves goes to the day's first line, so that the day's blended cost is its
    unblended cost to the last digit.
    """
    lines = lines.where(np.lexsort((lines.type, lines.meter, lines.day)))
    blended = np.zeros_like(lines.unblended)
    edges = [*np.unique(lines.day, return_index=True)[1].tolist(), len(lines)]
    for start, end in pairwise(edges):
        usage = lines.usage[start:end]
        total = int(lines.unblended[start:end].sum())
        blended[start:end] = cost(usage, total * HOUR // int(usage.sum()))
        blended[start] += total - int(blended[start:end].sum())
    return Lines(
        lines.meter, lines.day, lines.type, lines.usage, lines.unblended, blended,
        lines.amortized, lines.public,
    )  # fmt: skip


assert LINE_TYPES[:7] == (
    "Usage", "DiscountedUsage", "SavingsPlanCoveredUsage", "SavingsPlanNegation",
    "SavingsPlanRecurringFee", "RIFee", "Fee",
)  # fmt: skip
