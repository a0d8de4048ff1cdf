"""What lands on the bill without any metered usage: support, its tax, credits and a refund.

The support fee is contracted by the month and tax is levied on it alone, so that neither moves
with usage: an incident adds its own lines and changes no other.
"""

from __future__ import annotations

from collections.abc import Iterator

from finops_repl.simulator.meter import HOUR, LineType, Meter, Posting
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import GLOBAL, SERVICES, TAX, Offer, offer
from finops_repl.simulator.world import World

__all__ = ["postings"]

DOLLAR = 10**10
SUPPORT_OF_A_MILLION_ROWS = 15_000
TAX_PER_MILLE = 80
CREDIT_MONTHS = 4
REFUND_MONTH = 6

SUPPORT_FEE = Offer(
    SERVICES["support"], "AWSSupportEnterprise", "", "Support", "Month", "0",
    "AWS Support (Enterprise), contracted fee",
)  # fmt: skip
SUPPORT_TAX = Offer(TAX, "AWSSupportEnterprise", "", "", "", "0", "Sales tax on AWS Support")


def postings(world: World, calendar: Calendar) -> Iterator[Posting]:
    """Every such line of the calendar, on the first day of its month."""
    payer = world.payer
    migrated, overcharged = world.account("sim-data-prod"), world.account("sim-shop-prod")
    last, storage = calendar.last, offer("s3", "TimedStorage-ByteHrs")
    support = Meter(payer, GLOBAL, SUPPORT_FEE, "", 0, last)
    tax = Meter(payer, GLOBAL, SUPPORT_TAX, "", 0, last, commitment="Tax")
    credit = Meter(migrated, migrated.regions[0], storage, "", 0, last, commitment="Credit")
    refund = Meter(overcharged, overcharged.regions[0], storage, "", 0, last, commitment="Refund")

    fee = max(100, SUPPORT_OF_A_MILLION_ROWS * world.rows // 1_000_000)
    for month in calendar.months():
        yield _line(support, month.first, "Fee", fee * DOLLAR)
        yield _line(tax, month.first, "Tax", fee * DOLLAR * TAX_PER_MILLE // 1000)
        if month.index < CREDIT_MONTHS:
            cents = world.chance.between(fee * 3, fee * 9, "credit", month.index)
            yield _line(credit, month.first, "Credit", -cents * DOLLAR // 100)
        if month.index == REFUND_MONTH:
            cents = world.chance.between(fee, fee * 2, "refund")
            yield _line(refund, month.first, "Refund", -cents * DOLLAR // 100)


def _line(meter: Meter, day: int, type_: LineType, amount: int) -> Posting:
    return Posting(meter, day, type_, HOUR, amount)
