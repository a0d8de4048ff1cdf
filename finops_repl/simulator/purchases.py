"""Commitments that are bought for one fleet and cover it alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from finops_repl.simulator.commitment import (
    Commitment,
    Kind,
    commitment_id,
    plan_percent,
    term_ends,
)
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import Region, instance, price_e10
from finops_repl.simulator.world import Account, World

__all__ = ["plan", "reservation", "until"]


def reservation(
    world: World, calendar: Calendar, pool: str, owner: Account, instance_type: str,
    region: Region, quantity: int, *, percent: int, begins: date, years: int,
) -> Commitment:  # fmt: skip
    """Reserved Instances for a pool, nothing up front, at `percent` of the list price."""
    an_hour = price_e10(instance(instance_type), region) * percent // 100
    return _bought(
        world, calendar, "ri", pool, owner, instance_type, region, quantity, an_hour, begins, years
    )


def plan(
    world: World, calendar: Calendar, pool: str, owner: Account, instance_type: str,
    region: Region, instances: int, *, begins: date, years: int,
) -> Commitment:  # fmt: skip
    """An EC2 Instance Savings Plan that covers so many instances of a pool, nothing up front."""
    offer = instance(instance_type)
    an_hour = price_e10(offer, region) * plan_percent("instance-sp", offer) // 100
    return _bought(
        world, calendar, "instance-sp", pool, owner, instance_type, region, 1, instances * an_hour,
        begins, years,
    )  # fmt: skip


def until(commitment: Commitment, day: int) -> Commitment:
    """The commitment as one that is sold after this day."""
    return replace(commitment, stops=day + 1)


def _bought(
    world: World, calendar: Calendar, kind: Kind, pool: str, owner: Account, instance_type: str,
    region: Region, quantity: int, an_hour: int, begins: date, years: int,
) -> Commitment:  # fmt: skip
    return Commitment(
        commitment_id(world, pool, owner.id), kind, owner, region, instance(instance_type),
        quantity, an_hour, 0, max(0, calendar.index(begins)),
        calendar.index(term_ends(begins, years)), begins, years, pool=pool,
    )  # fmt: skip
