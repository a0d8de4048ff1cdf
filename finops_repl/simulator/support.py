"""Business support: a percentage of the month's charges that falls with their sum, and its tax.

Charges are usage, fees of commitments and what plans took off, before discounts and credits; what
the marketplace sells is not among them. What comes on top of the ordinary charges pays the
percentage that those have reached, so that no incident changes what another one costs. Source of
the steps: AWS Support's price page for the Business plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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

    def charges(self, lines: Lines) -> int:
        """What support is a percentage of, 10^-10 dollars."""
        chosen = self._charged[lines.meter] & CHARGED[lines.type]
        return int(lines.unblended[chosen].sum())

    def lines(self, month: Month, ordinary: int, on_top: Sequence[int]) -> Lines:
        """Fees and tax on the month's first day, of charges that come `on_top` each by itself."""
        due = list(_by_steps(ordinary))
        reached = max(n for n, (since, _) in enumerate(STEPS) if since * DOLLAR <= ordinary)
        further = [charges * STEPS[reached][1] // 100 for charges in on_top]
        tax = sum(fee * TAX_PER_MILLE // 1000 for fee in (sum(due), *further))
        due[reached] += sum(further)
        rows = [
            (self._start + step, month.first, FEE, NONE, HOUR, fee, fee)
            for step, fee in enumerate(due)
            if fee
        ]
        rows.append((self._start + len(STEPS), month.first, TAXED, NONE, HOUR, tax, tax))
        return Lines.of(rows)


def _by_steps(charges: int) -> Iterator[int]:
    """The fee of each step."""
    ends = [since * DOLLAR for since, _ in STEPS[1:]] + [charges]
    for step, ((since, percent), end) in enumerate(zip(STEPS, ends, strict=True)):
        fee = max(0, min(charges, end) - since * DOLLAR) * percent // 100
        yield max(fee, LEAST * DOLLAR) if step == 0 else fee


def _meter(offer: Offer, name: str, world: World, calendar: Calendar) -> Meter:
    return Meter(world.payer, GLOBAL, offer, "", 0, calendar.last, commitment=name)
