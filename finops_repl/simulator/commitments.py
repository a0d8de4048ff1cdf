"""What this organisation has bought: Reserved Instances and Savings Plans for all it runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from finops_repl.simulator.commitment import Commitment, Kind, commitment_id, term_ends
from finops_repl.simulator.estate.databases import LEDGER
from finops_repl.simulator.fleet import standing_count
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import GLOBAL, REGIONS, Offer, Region, instance, price_e10
from finops_repl.simulator.resource import Resource
from finops_repl.simulator.world import Account, World

__all__ = ["commitments"]

BASE = REGIONS["us-east-1"]
COMPUTE_SHARE = 30
"""Percent of the groups' average demand that the compute plan is bought for. It is less than their
least demand, so that the plan is used to the last cent on every day and nothing of it is left for
usage that comes on top."""


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
    return Commitment(
        commitment_id(world, kind, offer.usage, region.code), kind, owner, region, offer, quantity,
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
