"""The enterprise discount: a percentage off most services, as rows of its own and as net costs.

Net costs hold the discount line by line; the rows `EdpDiscount` hold its sums with net costs of
zero. So a month's unblended cost, those rows included, is its net unblended cost.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from finops_repl.simulator.lines import NONE, Ints, Lines, sums
from finops_repl.simulator.meter import LINE_TYPES, Meter
from finops_repl.simulator.months import Calendar, Month
from finops_repl.simulator.offers import SERVICES, TAX, Offer, Service

__all__ = ["EDP_PERCENT", "Agreement"]

EDP_PERCENT = 6
EXEMPT = (SERVICES["support"], SERVICES["marketplace"], TAX)

_PAID = np.array(
    [name in ("Usage", "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "RIFee", "Fee")
     for name in LINE_TYPES]
)  # fmt: skip
_AMORTIZED = _PAID | np.array(
    [name in ("DiscountedUsage", "SavingsPlanCoveredUsage") for name in LINE_TYPES]
)
EDP = LINE_TYPES.index("EdpDiscount")


class Agreement:
    """The discount of a book's meters, which gains a meter for each account's service."""

    def __init__(self, meters: list[Meter], word: str, calendar: Calendar) -> None:
        places: dict[tuple[str, str, str], int] = {}
        row_of: list[int] = []
        for meter in tuple(meters):
            service = meter.offer.service
            key = (meter.account.id, meter.region.code, service.name)
            if service in EXEMPT:
                row_of.append(NONE)
                continue
            if key not in places:
                places[key] = len(meters)
                meters.append(_meter(meter, service, word, calendar))
            row_of.append(places[key])
        self._row = np.array(row_of + [NONE] * len(places), np.int64)

    def applied(self, lines: Lines, month: Month) -> Lines:
        """The lines with their net costs, and the month's discount rows, on its first day."""
        row = self._row[lines.meter]
        off = _off(np.where((row >= 0) & _PAID[lines.type], lines.unblended, 0))
        less = _off(np.where((row >= 0) & _AMORTIZED[lines.type], lines.amortized, 0))
        lines = replace(
            lines, net_unblended=lines.unblended - off, net_amortized=lines.amortized - less
        )
        places, amounts = sums(row[off > 0], off[off > 0])
        minus, zero = -amounts, np.zeros_like(amounts)
        rows = Lines(
            places, zero + month.first, zero + EDP, zero + NONE, zero, minus, minus, minus,
            zero, zero, zero,
        )  # fmt: skip
        return Lines.joined((lines, rows))


def _off(amounts: Ints) -> Ints:
    found: Ints = (amounts * EDP_PERCENT + 50) // 100
    return found


def _meter(meter: Meter, service: Service, word: str, calendar: Calendar) -> Meter:
    # The family is what tells EC2's two services apart on the bill.
    family = "Compute Instance" if service is SERVICES["compute"] else ""
    offer = Offer(
        service, "Discount", "", family, "", "0",
        f"Enterprise Discount Program, {EDP_PERCENT}% on {service.product}",
    )  # fmt: skip
    return Meter(
        meter.account, meter.region, offer, "", 0, calendar.last,
        commitment=f"EdpDiscount/{service.name}/{word}".rstrip("/"), incident=word,
    )  # fmt: skip
