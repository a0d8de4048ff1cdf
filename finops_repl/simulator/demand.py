"""How much of a thing is used on which day: weekdays, seasons, growth, in whole numbers.

Everything here is integer arithmetic on tables of our own: floating-point libraries differ in
their last digit between machines, and a ledger must not.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Literal, get_args

from finops_repl.simulator.months import Calendar

__all__ = ["CLOSING_DAYS", "FULL", "PATTERNS", "Pattern", "day_shares", "growth", "is_sale"]

FULL = 10_000
"""An average day's demand; every share is in ten-thousandths of it."""

Pattern = Literal["steady", "business", "consumer", "weekday", "batch", "office", "closing"]
PATTERNS: tuple[Pattern, ...] = get_args(Pattern)

_WEEK: dict[Pattern, tuple[int, ...]] = {  # Monday to Sunday
    "steady": (10_000,) * 7,
    "business": (11_800, 12_000, 12_000, 11_900, 11_300, 5_600, 5_400),
    "consumer": (9_300, 9_300, 9_500, 9_800, 10_700, 11_200, 10_200),
    "weekday": (9_300, 9_300, 9_500, 9_800, 10_700, 0, 0),
    "batch": (10_500, 10_000, 10_000, 10_000, 10_500, 9_500, 9_500),
    "office": (10_000,) * 5 + (0, 0),
    "closing": (1_000,) * 7,
}
CLOSING_DAYS = (1, 2, 3, 28, 29, 30, 31)
"""The books are closed at the end of a month: on its last days and the first ones of the next."""
_SEASON = (9_600, 9_500, 9_800, 9_800, 9_900, 9_800, 9_600, 9_700, 10_000, 10_300, 11_200, 10_800)
_SEASONAL: tuple[Pattern, ...] = ("business", "consumer", "weekday", "batch")
_SALE_MONTHS, _SALE_DAYS = (2, 5, 8, 11), range(12, 16)
_SALE: dict[Pattern, int] = {"consumer": 12_500, "weekday": 12_500, "business": 11_000}
"""A sale of four days in each quarter, so that any 93 days hold one."""


@lru_cache(maxsize=64)
def day_shares(calendar: Calendar, pattern: Pattern) -> tuple[int, ...]:
    """The demand of each day of the calendar, in ten-thousandths of an average day.

    Months change into each other day by day, so that no month begins with a step.
    """
    shares: list[int] = []
    for month in calendar.months():
        here = _SEASON[month.starts.month - 1]
        following = _SEASON[month.starts.month % 12]
        for index in range(month.first, month.last + 1):
            into = index - month.first
            season = FULL
            if pattern in _SEASONAL:
                season = here + (following - here) * into // month.length
            day = calendar.day(index)
            share = _WEEK[pattern][day.weekday()] * season // FULL
            if pattern == "closing" and day.day in CLOSING_DAYS:
                share = FULL
            shares.append(share * _SALE.get(pattern, FULL) // FULL if is_sale(day) else share)
    return tuple(shares)


def is_sale(day: date) -> bool:
    """Whether customers buy more on this day than on others."""
    return day.month in _SALE_MONTHS and day.day in _SALE_DAYS


def growth(per_year: int, day: int) -> int:
    """What `per_year` ten-thousandths of growth make of a day's demand, in ten-thousandths."""
    return FULL + per_year * day // 365
