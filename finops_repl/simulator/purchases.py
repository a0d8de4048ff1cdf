"""Commitments that are bought for one fleet and cover it alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Literal

from finops_repl.simulator.commitments import Commitment
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import Region, instance, price_e10
from finops_repl.simulator.world import Account, World

__all__ = ["bought", "until"]


def bought(
    world: World, calendar: Calendar, kind: Literal["ri", "sp"], pool: str, owner: Account,
    instance_type: str, region: Region, quantity: int, *, percent: int, begins: date, years: int,
) -> Commitment:  # fmt: skip
    """A purchase for the instances of a pool, nothing up front, at `percent` of the list price."""
    given = instance(instance_type)
    digits = world.chance.hex(32, "commitment", pool, owner.id)
    id_ = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    rate = price_e10(given, region) * percent // 100
    return Commitment(
        id_, kind, pool, owner, given, quantity, rate, 0, max(0, calendar.index(begins)), begins,
        "No Upfront", region, years,
    )  # fmt: skip


def until(commitment: Commitment, day: int) -> Commitment:
    """The commitment as one that ends or is sold after this day."""
    return replace(commitment, last=day)
