"""Business support: a percentage of the month's charges that falls with their sum, and its tax.

Charges are usage, fees of commitments and what plans took off, before discounts and credits; what
the marketplace sells is not among them. Source of the steps: AWS Support's price page for the
Business plan.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from finops_repl.simulator.lines import NONE, Lines
from finops_repl.simulator.meter import HOUR, LINE_TYPES, Meter
from finops_repl.simulator.months import Calendar, Month
from finops_repl.simulator.offers import GLOBAL, SERVICES, TAX, Offer
from finops_repl.simulator.world import World

__all__ = ["Support"]

DOLLAR = 10**10
STEPS = ((0, 10), (10_000, 7), (80_000, 5), (250_000, 3))
"""From how many dollars of charges on which percentage of them is due."""
LEAST = 100
TAX_PER_MILLE = 80

CHARGED = np.array(
    [name in ("Usage", "SavingsPlanCoveredUsage", "SavingsPlanNegation", "SavingsPlanRecurringFee",
              "RIFee") for name in LINE_TYPES]
)  # fmt: skip
FEE, TAXED = LINE_TYPES.index("Fee"), LINE_TYPES.index("Tax")


class Support:
    """The support of the ledger, which gains a meter for each step and one for the tax."""

    def __init__(self, meters: list[Meter], world: World, calendar: Calendar) -> None:
        self._charged = np.array([meter.offer.service.seller == "AWS" for meter in meters], bool)
        self._start = len(meters)
        for since, percent in STEPS:
            text = f"AWS Support (Business), {percent}% of charges above ${since:,} a month"
            fee = Offer(
                SERVICES["support"], "Dollar", f"Step{percent}", "Support", "Month", "0", text
            )
            meters.append(_meter(fee, "Support", world, calendar))
        tax = Offer(TAX, "Dollar", "", "", "", "0", "Sales tax on AWS Support")
        meters.append(_meter(tax, "Tax", world, calendar))

    def lines(self, lines: Lines, month: Month) -> Lines:
        """Fees and tax of a month with these lines, on its first day."""
        charged = self._charged[lines.meter] & CHARGED[lines.type]
        fees = list(_fees(int(lines.unblended[charged].sum())))
        tax = sum(fees) * TAX_PER_MILLE // 1000
        types = [FEE] * len(STEPS) + [TAXED]
        return Lines.of(
            (self._start + place, month.first, type_, NONE, HOUR, due, due)
            for place, (type_, due) in enumerate(zip(types, (*fees, tax), strict=True))
            if due
        )


def _fees(charges: int) -> Iterator[int]:
    """What is due by each step, all in 10^-10 dollars."""
    ends = [since * DOLLAR for since, _ in STEPS[1:]] + [charges]
    for (since, percent), end in zip(STEPS, ends, strict=True):
        fee = max(0, min(charges, end) - since * DOLLAR) * percent // 100
        yield fee if since else max(fee, LEAST * DOLLAR)


def _meter(offer: Offer, name: str, world: World, calendar: Calendar) -> Meter:
    return Meter(world.payer, GLOBAL, offer, "", 0, calendar.last, commitment=name)
