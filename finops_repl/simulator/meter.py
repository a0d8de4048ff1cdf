"""A meter: one usage type of one resource (or of none), counted from a first to a last day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from finops_repl.simulator.demand import Pattern
from finops_repl.simulator.offers import Offer, Region
from finops_repl.simulator.world import Account, Tags

__all__ = ["DAY", "HOUR", "LINE_TYPES", "MICRO", "USAGE_TYPES", "LineType", "Meter", "Posting"]

MICRO = 1_000_000
"""Usage is counted in millionths of a unit."""
HOUR = MICRO
DAY = 24 * HOUR

LineType = Literal[
    "Usage",
    "DiscountedUsage",
    "SavingsPlanCoveredUsage",
    "SavingsPlanNegation",
    "SavingsPlanRecurringFee",
    "SavingsPlanUpfrontFee",
    "RIFee",
    "Fee",
    "Credit",
    "Refund",
    "Tax",
    "EdpDiscount",
]
LINE_TYPES: tuple[LineType, ...] = get_args(LineType)
"""In the ledger a line's type is its place in this tuple."""
USAGE_TYPES: tuple[LineType, ...] = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage")
"""Those that are usage, at its list price or under a reservation."""


@dataclass(frozen=True, slots=True)
class Meter:
    """Who is charged for what, and how much of it is used.

    `per_day` is an average day's usage in millionths of a unit, shaped by `pattern`, by `growth`
    and by `noise` (both in ten-thousandths); `first_use` and `last_use` replace it on the first and
    last day, as for an instance that starts at noon. `pool` names the one commitment that may cover
    it where not every one may, `commitment` what else than usage it is charged for.
    """

    account: Account
    region: Region
    offer: Offer
    resource: str
    first: int
    last: int
    per_day: int = 0
    tags: Tags = field(default_factory=dict)
    pattern: Pattern = "steady"
    growth: int = 0
    noise: int = 0
    first_use: int = -1
    last_use: int = -1
    zone: str = ""
    pool: str = ""
    commitment: str = ""

    @property
    def identity(self) -> str:
        """What tells this meter from every other, now and in every later generation."""
        offer = self.offer
        parts = (
            self.account.id, self.region.code, self.resource, offer.usage_type(self.region),
            offer.operation, self.commitment,
        )  # fmt: skip
        return "/".join(parts) + (f"/{offer.tier}" if offer.tier else "")


@dataclass(frozen=True, slots=True)
class Posting:
    """A line that no daily usage explains: a fee, a credit, a tax; `amount` in 10^-10 dollars."""

    meter: Meter
    day: int
    type: LineType
    usage: int
    amount: int
