"""The enterprise discount: a percentage off most services, as rows of its own and as net costs.

Net costs hold the discount line by line; the rows `EdpDiscount` hold its sums and have net costs
of zero. So a month's unblended cost, those rows included, is its net unblended cost. A row is the
sum of a member account's SKU, whose product code, usage type and attributes it bears, and has no
blended cost. Source: AWS Data Exports user guide, "Line item columns" on
`line_item_blended_cost`: discounts are aggregated by member account and SKU.
"""

from __future__ import annotations

import numpy as np

from finops_repl.simulator.lines import NONE, Ints, Lines, totals
from finops_repl.simulator.meter import LINE_TYPES, Meter
from finops_repl.simulator.months import Calendar, Month
from finops_repl.simulator.offers import Offer, renamed, sku
from finops_repl.simulator.terms import EDP_PERCENT, PAID_TYPES, discounted

__all__ = ["Agreement", "off"]

EDP = LINE_TYPES.index("EdpDiscount")
_PAID = np.array([name in PAID_TYPES for name in LINE_TYPES])


def off(amounts: Ints) -> Ints:
    """The discount on each of these amounts, rounded half up; none of them is negative."""
    found: Ints = (amounts * EDP_PERCENT + 50) // 100
    return found


class Agreement:
    """The discount of the ledger's meters, which gain one for each account's SKU."""

    def __init__(self, meters: list[Meter], calendar: Calendar) -> None:
        places: dict[tuple[str, str], int] = {}
        offers: dict[str, Offer] = {}
        row_of: list[int] = []
        for meter in tuple(meters):
            if not discounted(meter.offer.service):
                row_of.append(NONE)
                continue
            number = sku(meter.offer, meter.region)
            key = (meter.account.id, number)
            if key not in places:
                places[key] = len(meters)
                offer = offers.setdefault(number, _discount(meter.offer))
                meters.append(
                    Meter(
                        meter.account, meter.region, offer, "", 0, calendar.last,
                        commitment=f"EdpDiscount/{number}",
                    )
                )  # fmt: skip
            row_of.append(places[key])
        self._row = np.array(row_of + [NONE] * len(places), np.int64)

    def rows(self, lines: Lines, month: Month) -> Lines:
        """The month's discount rows, on its first day."""
        row = self._row[lines.meter]
        chosen = (row >= 0) & _PAID[lines.type]
        amounts = totals(row[chosen], off(lines.unblended[chosen]), len(self._row))
        places = np.flatnonzero(amounts)
        minus = -amounts[places]
        zero = np.zeros_like(minus)
        return Lines(places, zero + month.first, zero + EDP, zero + NONE, zero, minus, zero, minus)


def _discount(given: Offer) -> Offer:
    """The discount on an offer, whichever of its prices was paid."""
    return renamed(
        given, price="0", storage=False, tier=0, tiers=(),
        description=f"Enterprise Discount Program, {EDP_PERCENT}% on {given.service.product}",
    )  # fmt: skip
