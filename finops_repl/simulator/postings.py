"""What lands on the bill without any metered usage: credits, a refund, a marketplace contract."""

from __future__ import annotations

from collections.abc import Iterator

from finops_repl.simulator.meter import HOUR, LineType, Meter, Posting
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import GLOBAL, SERVICES, Offer, offer
from finops_repl.simulator.world import World

__all__ = ["postings"]

DOLLAR = 10**10
DOLLARS_OF_A_MILLION_ROWS = 15_000
CREDIT_MONTHS = 4
REFUND_MONTH = 6


def postings(world: World, calendar: Calendar) -> Iterator[Posting]:
    """Every such line of the calendar, on the first day of its month."""
    migrated, overcharged = world.account("sim-data-prod"), world.account("sim-shop-prod")
    subscriber = world.account("sim-platform-shared")
    last, storage = calendar.last, offer("s3", "TimedStorage-ByteHrs")
    credit = Meter(migrated, migrated.regions[0], storage, "", 0, last, commitment="Credit")
    refund = Meter(overcharged, overcharged.regions[0], storage, "", 0, last, commitment="Refund")
    usual = max(100, DOLLARS_OF_A_MILLION_ROWS * world.rows // 1_000_000)
    month_of_contract = Offer(
        SERVICES["marketplace"], "Global-Contract", "", "", "Units", str(usual // 6),
        "sim-observability, month of an annual contract",
    )  # fmt: skip
    contract = Meter(subscriber, GLOBAL, month_of_contract, "", 0, last, commitment="Contract")

    for month in calendar.months():
        yield _line(contract, month.first, "Usage", usual // 6 * DOLLAR)
        if month.index < CREDIT_MONTHS:
            cents = world.chance.between(usual * 3, usual * 9, "credit", month.index)
            yield _line(credit, month.first, "Credit", -cents * DOLLAR // 100)
        if month.index == REFUND_MONTH:
            cents = world.chance.between(usual, usual * 2, "refund")
            yield _line(refund, month.first, "Refund", -cents * DOLLAR // 100)


def _line(meter: Meter, day: int, type_: LineType, amount: int) -> Posting:
    return Posting(meter, day, type_, HOUR, amount)
