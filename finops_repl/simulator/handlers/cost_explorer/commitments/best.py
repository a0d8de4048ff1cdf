"""How much to commit: the amount whose estimated savings over the lookback are greatest.

A commitment is paid in every hour, used or not; what it covers costs less than on demand. Savings
therefore rise with it, ever more slowly, and fall at last: the greatest are at a point where a
day's usage of one rate is used up. (API reference of GetReservationPurchaseRecommendation: AWS
"simulates every combination ... to identify the best number ... to maximize your estimated
savings".)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

__all__ = ["Outcome", "Tier", "best", "outcome"]

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tier:
    """Usage of one rate in one day: what it costs on demand, and what of a commitment it takes."""

    on_demand: Decimal
    takes: Decimal


@dataclass(frozen=True, slots=True)
class Outcome:
    """A commitment over all days: what of it is used, what it costs, what is left on demand."""

    used: Decimal
    fee: Decimal
    left: Decimal
    on_demand: Decimal

    @property
    def savings(self) -> Decimal:
        return self.on_demand - self.left - self.fee


Days = Sequence[Sequence[Tier]]
"""Each day's tiers in order of their application; a day without usage has none."""


def outcome(days: Days, a_day: Decimal, price: Decimal = Decimal(1)) -> Outcome:
    """What `a_day` of a commitment does, of which a unit costs `price`."""
    used, left, whole = ZERO, ZERO, ZERO
    for tiers in days:
        free = a_day
        for tier in tiers:
            taken = min(free, tier.takes)
            free -= taken
            used += taken
            whole += tier.on_demand
            left += tier.on_demand - (tier.on_demand * taken / tier.takes if tier.takes else ZERO)
    return Outcome(used, a_day * len(days) * price, left, whole)


def best(days: Days, step: Decimal, price: Decimal = Decimal(1)) -> Decimal:
    """The multiple of `step` that saves the most, the smallest of several; 0 if none saves."""
    worth = _worth(days, price)
    rounded: set[Decimal] = {ZERO}
    for rounding in (ROUND_FLOOR, ROUND_CEILING):
        rounded.add((worth / step).to_integral_value(rounding) * step)
    return min(rounded, key=lambda a_day: (-outcome(days, a_day, price).savings, a_day))


def _worth(days: Days, price: Decimal) -> Decimal:
    """The commitment up to which one more unit of it saves more than it costs."""
    # A unit displaces so much on demand on all days together, and less from these amounts on.
    displaced, falls = ZERO, dict[Decimal, Decimal]()
    for tiers in days:
        some = [tier for tier in tiers if tier.takes > 0]
        rates = [*(tier.on_demand / tier.takes for tier in some), ZERO]
        displaced += rates[0]
        until = ZERO
        for tier, rate, following in zip(some, rates, rates[1:], strict=False):
            until += tier.takes
            falls[until] = falls.get(until, ZERO) + rate - following
    worth = ZERO
    for until, fall in sorted(falls.items()):
        if displaced <= price * len(days):
            break
        worth, displaced = until, displaced - fall
    return worth
