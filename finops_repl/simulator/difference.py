"""What an incident costs: the difference of two generated bills, to the last digit.

Both bills are generated month by month, side by side, so that memory does not grow with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from finops_repl.simulator.bill_rows import AT_LIST_PRICE
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.lines import Ints, Lines, cost
from finops_repl.simulator.meter import LINE_TYPES, USAGE_TYPES, LineType
from finops_repl.simulator.months import Calendar, Month
from finops_repl.simulator.offers import price_e10

__all__ = ["METRICS", "Difference", "differences"]

METRICS = ("usage", "unblended", "amortized", "blended", "public")
DERIVED: tuple[LineType, ...] = ("Fee", "Tax", "EdpDiscount")
"""What a month's other rows are charged with: support, its tax, the discount."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Dollars that one bill has more than the other.

    `dollars` are by metric: `usage` is the unblended cost of usage rows alone, `public` what usage
    costs on demand; the others have support, its tax and the discount in them. `by_service` is
    unblended by Cost Explorer's services, `by_day` amortized, with a month's fees and discount
    spread over its days that differ. `changed` is the unblended cost of the first bill's rows that
    the second does not have, but for support, tax and discount: what is affected, where nothing got
    dearer.
    """

    dollars: Mapping[str, Decimal]
    by_service: Mapping[str, Decimal]
    by_day: Mapping[date, Decimal]
    changed: Decimal


def differences(first: Ledger, *others: tuple[Ledger, range]) -> tuple[Difference, ...]:
    """What the first bill has more than each of the others, which differ on some days."""
    found = [_Sum(first, other, days) for other, days in others]
    bills = (first.months(), *(other.months() for other, _ in others))
    for month, lines, *theirs in zip(first.calendar.months(), *bills, strict=True):
        for each, other_lines in zip(found, theirs, strict=True):
            each.add(month, lines, other_lines)
    return tuple(each.difference() for each in found)


class _Sum:
    """The growing difference of two bills."""

    def __init__(self, first: Ledger, other: Ledger, days: range) -> None:
        self._differ = days
        self._marks = _marks(first), _marks(other)
        self._prices = tuple(
            np.array([price_e10(meter.offer, meter.region) for meter in ledger.meters])
            for ledger in (first, other)
        )
        self._services = tuple(
            np.array([meter.offer.service.name for meter in ledger.meters], dtype=object)
            for ledger in (first, other)
        )
        self._calendar = first.calendar
        self._metrics = dict.fromkeys(METRICS, 0)
        self._by_service: defaultdict[str, int] = defaultdict(int)
        self._by_day = np.zeros(self._calendar.length, dtype=np.int64)
        self._changed = 0

    def add(self, month: Month, lines: Lines, theirs: Lines) -> None:
        """Count a month's lines, `theirs` against the first's."""
        mine, other = _prints(lines, self._marks[0]), _prints(theirs, self._marks[1])
        # Rows that both bills have cancel out, so only the others are added up.
        only = (~np.isin(mine, other), ~np.isin(other, mine))
        for sign, part, services, price in zip(
            (1, -1), (lines.where(only[0]), theirs.where(only[1])), self._services, self._prices,
            strict=True,
        ):  # fmt: skip
            for name, amounts in _amounts(part, price).items():
                self._metrics[name] += sign * int(amounts.sum())
            for service in set(services[part.meter].tolist()):
                chosen = services[part.meter] == service
                self._by_service[service] += sign * int(part.unblended[chosen].sum())
            monthly = _MONTHLY[part.type]
            daily = part.where(~monthly)
            np.add.at(self._by_day, daily.day, sign * daily.amortized)
            self._spread(month, sign * int(part.amortized[monthly].sum()))
        self._changed += int(lines.unblended[only[0] & ~_DERIVED[lines.type]].sum())

    def _spread(self, month: Month, amount: int) -> None:
        if amount:
            since = max(month.first, self._differ.start)
            end = min(month.last + 1, self._differ.stop)
            days = end - since
            self._by_day[since:end] += amount // days
            self._by_day[since] += amount - amount // days * days

    def difference(self) -> Difference:
        """The difference so far."""
        return Difference(
            {name: _dollars(amount) for name, amount in self._metrics.items()},
            {name: _dollars(amount) for name, amount in sorted(self._by_service.items()) if amount},
            _days(self._calendar, self._by_day.tolist()),
            _dollars(self._changed),
        )


_DERIVED = np.array([name in DERIVED for name in LINE_TYPES])
_MONTHLY = _DERIVED | np.array([name == "RIFee" for name in LINE_TYPES])
_USAGE = np.array([name in USAGE_TYPES for name in LINE_TYPES])
_LISTED = np.array([name in AT_LIST_PRICE for name in LINE_TYPES])
DISCOUNTED = LINE_TYPES.index("DiscountedUsage")


def _amounts(part: Lines, price: Ints) -> Mapping[str, Ints]:
    """The metrics of lines; `price` is the list price of each meter."""
    public = np.where(_LISTED[part.type], part.unblended, 0)
    reserved = part.type == DISCOUNTED
    public[reserved] = cost(part.usage[reserved], price[part.meter[reserved]])
    return {
        "usage": np.where(_USAGE[part.type], part.unblended, 0),
        "unblended": part.unblended,
        "amortized": part.amortized,
        "blended": part.blended,
        "public": public,
    }


def _days(calendar: Calendar, amounts: list[int]) -> Mapping[date, Decimal]:
    return {calendar.day(day): _dollars(amount) for day, amount in enumerate(amounts) if amount}


def _dollars(amount: int) -> Decimal:
    return Decimal(amount).scaleb(-10)


def _tags(tags: Mapping[str, str]) -> str:
    return "\x1f".join(f"{key}\x1e{value}" for key, value in sorted(tags.items()))


def _marks(ledger: Ledger) -> NDArray[np.uint64]:
    """64 bits for each meter, the same in every ledger that has it."""

    def mark(text: str) -> int:
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")

    marks = [mark(f"{meter.identity}\x1d{_tags(meter.tags)}") for meter in ledger.meters]
    return np.array(marks, dtype=np.uint64)


def _prints(lines: Lines, marks: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """64 bits for each line: its meter, day, type and every amount."""
    prints = marks[lines.meter]
    with np.errstate(over="ignore"):
        for column in (
            lines.day, lines.type, lines.usage, lines.unblended, lines.amortized, lines.blended
        ):  # fmt: skip
            prints = (prints ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
            prints ^= prints >> np.uint64(29)
    return prints
