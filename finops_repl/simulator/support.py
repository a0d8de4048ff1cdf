"""Business support: a percentage of the month's charges that falls with their sum, and its tax.

Charges are usage, fees of commitments and what plans took off, before discounts and credits; what
the marketplace sells is not among them. An incident pays the percentage that the rest has reached,
on a row of its own. Source of the steps: AWS Support's price page for the Business plan.
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
    """The support of a book, which gains a meter for each step and one for the tax."""

    def __init__(self, meters: list[Meter], word: str, world: World, calendar: Calendar) -> None:
        self._charged = np.array([meter.offer.service.seller == "AWS" for meter in meters], bool)
        self._word, self._start = word, len(meters)
        for since, percent in STEPS:
            text = f"AWS Support (Business), {percent}% of charges above ${since:,} a month"
            fee = Offer(
                SERVICES["support"], "Dollar", f"Step{percent}", "Support", "Month", "0", text
            )
            meters.append(self._meter(fee, "Support", world, calendar))
        tax = Offer(TAX, "Dollar", "", "", "", "0", "Sales tax on AWS Support")
        meters.append(self._meter(tax, "Tax", world, calendar))

    def _meter(self, offer: Offer, name: str, world: World, calendar: Calendar) -> Meter:
        return Meter(
            world.payer, GLOBAL, offer, "", 0, calendar.last,
            commitment=f"{name}/{self._word}".rstrip("/"), incident=self._word,
        )  # fmt: skip

    def charges(self, lines: Lines) -> int:
        """What support is a percentage of, 10^-10 dollars."""
        chosen = self._charged[lines.meter] & CHARGED[lines.type]
        return int(lines.unblended[chosen].sum())

    def lines(self, month: Month, charges: int, reached: int) -> Lines:
        """Fee and tax on `charges` that come on top of `reached`, on the month's first day."""
        fees = list(self._fees(charges, reached))
        total = sum(fee for _, fee in fees)
        rows = [(place, month.first, FEE, NONE, HOUR, fee, fee) for place, fee in fees]
        tax = total * TAX_PER_MILLE // 1000
        rows.append((self._start + len(STEPS), month.first, TAXED, NONE, HOUR, tax, tax))
        return Lines.of(rows)

    def _fees(self, charges: int, reached: int) -> Iterator[tuple[int, int]]:
        """The place of a step's meter and its fee."""
        if reached:
            step = max(n for n, (since, _) in enumerate(STEPS) if since * DOLLAR <= reached)
            yield self._start + step, charges * STEPS[step][1] // 100
            return
        ends = [since for since, _ in STEPS[1:]]
        for step, (since, percent) in enumerate(STEPS):
            end = ends[step] * DOLLAR if step < len(ends) else charges
            inside = min(charges, end) - since * DOLLAR
            if inside > 0:
                fee = inside * percent // 100
                yield self._start + step, max(fee, LEAST * DOLLAR) if step == 0 else fee
