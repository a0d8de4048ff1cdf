"""Commitments applied to usage: what they cover, what of them stays unused, and their own fees.

Reservations come first, then plans for one family, then the compute plan; each covers its owner's
usage before the others', and where the saving is highest first, then where the rate is lowest
(AWS, "How Savings Plans apply to your AWS usage"). Lines are of a day, and so is a commitment's
capacity here: 24 hours of it. Size-flexible reservations count in normalized units. Rows follow
the CUR user guide, "Understanding your reservations" and "Understanding your Savings Plans".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from finops_repl.simulator.commitment import Commitment
from finops_repl.simulator.lines import Ints, Lines, cost, sums
from finops_repl.simulator.meter import DAY, HOUR, LINE_TYPES, MICRO, Meter
from finops_repl.simulator.months import Calendar, Month
from finops_repl.simulator.offers import Offer, Region, renamed

__all__ = ["Coverage"]

DISCOUNTED, COVERED, NEGATION, PLAN_FEE, PLAN_UPFRONT, RI_FEE, FEE = (
    LINE_TYPES.index(name)
    for name in (
        "DiscountedUsage", "SavingsPlanCoveredUsage", "SavingsPlanNegation",
        "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "RIFee", "Fee",
    )
)  # fmt: skip
QUARTERS = 4
"""Normalization factors are held in quarters: the smallest size, nano, is 0.25."""


class Coverage:
    """One commitment over the meters of a book, which gains the meters of its fees."""

    def __init__(
        self, bought: Commitment, number: int, meters: list[Meter], price: Ints, calendar: Calendar
    ) -> None:
        """`number` is the commitment's place in the ledger.

        `price` holds the list prices of the meters that usage is counted by, which come first.
        """
        self.bought, self._number, self._price = bought, number, price
        size = len(price)
        self.eligible = _eligible(bought, meters[:size])
        chosen = np.flatnonzero(self.eligible).tolist()
        self._foreign = np.zeros(size, np.int64)
        self._weight = np.zeros(size, np.int64)
        self._percent = np.zeros(size, np.int64)
        for place in chosen:
            meter = meters[place]
            self._foreign[place] = meter.account.id != bought.owner.id
            self._percent[place] = bought.percent(meter.offer) if bought.is_plan else 0
            self._weight[place] = round(meter.offer.factor * QUARTERS)
        if bought.is_plan:
            self._weight = price * self._percent // 100
        self._negation = np.full(size, -1, np.int64)
        self._fee = len(meters)
        meters.append(
            Meter(
                bought.owner, bought.fee_region, bought.fee(),
                "" if bought.is_plan else bought.arn, bought.starts, calendar.last,
                commitment=bought.id,
            )
        )  # fmt: skip
        if bought.is_plan:
            self._negations(meters, chosen, calendar)

    def _negations(self, meters: list[Meter], chosen: Sequence[int], calendar: Calendar) -> None:
        """A meter for what the plan takes off each account's usage type."""
        places: dict[tuple[str, str, str], int] = {}
        for place in chosen:
            meter = meters[place]
            key = (meter.account.id, meter.region.code, meter.offer.usage)
            if key not in places:
                places[key] = len(meters)
                text = f"SavingsPlanNegation used by AccountId : {meter.account.id}"
                meters.append(
                    Meter(
                        meter.account, meter.region, renamed(meter.offer, description=text), "",
                        self.bought.starts, calendar.last, commitment=f"{self.bought.id}/negation",
                    )
                )  # fmt: skip
            self._negation[place] = places[key]

    def applied(self, live: Lines, month: Month) -> tuple[Lines, Lines]:
        """What is left of eligible usage lines, and the lines that the commitment makes."""
        bought = self.bought
        if bought.starts > month.last or bought.stops <= month.first:
            return live, Lines.of(())
        may = self.eligible[live.meter] & (live.day >= bought.starts) & (live.day < bought.stops)
        places = np.flatnonzero(may)
        meter, day = live.meter[places], live.day[places]
        rate = self._weight[meter] if bought.is_plan else meter
        order = np.lexsort((meter, rate, self._percent[meter], self._foreign[meter], day))
        places, meter, day = places[order], meter[order], day[order]
        usage = self._covered(live.usage[places], self._weight[meter], day)
        left = live.usage.copy()
        left[places] -= usage
        some = usage > 0
        under = self._under(meter[some], day[some], usage[some])
        rest = replace(live, usage=left).where(left > 0)
        return rest, Lines.joined((under, *self._fees(under, month)))

    @property
    def _capacity(self) -> int:
        """What a day of it covers, in the unit of the weights."""
        bought = self.bought
        if bought.is_plan:
            return 24 * bought.rate
        return bought.quantity * round(bought.offer.factor * QUARTERS) * DAY

    def _covered(self, usage: Ints, weight: Ints, day: Ints) -> Ints:
        """How much of each line the day's capacity covers, first line first."""
        asked = cost(usage, weight) if self.bought.is_plan else usage * weight
        until = np.cumsum(asked)
        before = until - asked
        if len(day):
            before = before - before[np.searchsorted(day, day, "left")]
        free = np.clip(self._capacity - before, 0, asked)
        part = free * MICRO // np.maximum(weight, 1) if self.bought.is_plan else free // weight
        found: Ints = np.where(free == asked, usage, np.minimum(part, usage))
        return found

    def _under(self, meter: Ints, day: Ints, usage: Ints) -> Lines:
        bought = self.bought
        if bought.is_plan:
            effective, paid = cost(usage, self._weight[meter]), cost(usage, self._price[meter])
        else:
            own = round(bought.offer.factor * QUARTERS)
            effective = cost(usage, bought.rate * self._weight[meter] // own)
            paid = np.zeros_like(usage)
        kind = np.full_like(usage, COVERED if bought.is_plan else DISCOUNTED)
        number = np.full_like(usage, self._number)
        return Lines(meter, day, kind, number, usage, paid, paid, effective)

    def _fees(self, under: Lines, month: Month) -> Iterator[Lines]:
        bought = self.bought
        first = max(month.first, bought.starts)
        end = min(month.last + 1, bought.stops)
        if bought.upfront and bought.starts == first and bought.begins >= month.starts:
            ahead = bought.quantity * bought.upfront * bought.term_hours
            type_ = PLAN_UPFRONT if bought.is_plan else FEE
            yield self._own((first, type_, bought.quantity * HOUR, ahead, 0))
        if not bought.is_plan:
            yield self._own(self._monthly_fee(under, month, first, end))
            return
        yield self._negated(under)
        days, used = sums(under.day, under.amortized)
        by_day = dict(zip(days.tolist(), used.tolist(), strict=True))
        paid, whole = 24 * bought.recurring, 24 * bought.rate
        yield self._own(
            *((day, PLAN_FEE, DAY, paid, whole - by_day.get(day, 0))
              for day in range(first, end))
        )  # fmt: skip

    def _own(self, *rows: tuple[int, int, int, int, int]) -> Lines:
        """Lines of the commitment's own meter."""
        return Lines.of(
            (self._fee, day, type_, self._number, usage, paid, amortized)
            for day, type_, usage, paid, amortized in rows
        )

    def _monthly_fee(
        self, under: Lines, month: Month, first: int, end: int
    ) -> tuple[int, int, int, int, int]:
        """The whole month's recurring fee, with what of it was unused so far."""
        bought = self.bought
        own = round(bought.offer.factor * QUARTERS)
        used = int((under.usage * self._weight[under.meter]).sum())
        unused = (self._capacity * (end - first) - used) // own
        idle = int(cost(np.array([unused]), bought.rate)[0])
        month_ends = min(month.first + month.length, bought.stops)
        usage = bought.quantity * DAY * (month_ends - first)
        return first, RI_FEE, usage, usage // HOUR * bought.recurring, idle

    def _negated(self, under: Lines) -> Lines:
        """What the plan takes off: each account's covered usage of a type, at its list price."""
        place = self._negation[under.meter]
        span = 1 << 12
        keys, paid = sums(place * span + under.day, under.unblended)
        _, usage = sums(place * span + under.day, under.usage)
        kind, number = np.full_like(keys, NEGATION), np.full_like(keys, self._number)
        minus, zero = -paid, np.zeros_like(paid)
        return Lines(keys // span, keys % span, kind, number, usage, minus, minus, zero)


def _eligible(bought: Commitment, meters: Sequence[Meter]) -> NDArray[np.bool_]:
    """Which meters it covers; thousands of them share an offer, and are asked about once."""
    known: dict[tuple[Offer, Region, str, bool], bool] = {}
    found = np.zeros(len(meters), bool)
    for place, meter in enumerate(meters):
        kind = (meter.offer, meter.region, meter.pool, not meter.commitment)
        answer = known.get(kind)
        if answer is None:
            answer = known[kind] = bought.covers(meter)
        found[place] = answer
    return found
