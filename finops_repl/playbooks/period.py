"""A span of days of a bill, and how it is said: `2026-10`, `2026-08 to 2026-10`, `2026-10-03`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

__all__ = ["DAY", "Meant", "Period", "shifted"]

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, not including, `end`.

    `is_open`: it reaches into a month that is not over, whose costs are estimated.
    """

    start: date
    end: date
    is_open: bool

    @property
    def is_whole_months(self) -> bool:
        return self.start.day == 1 and self.end.day == 1

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def months(self) -> int:
        """How many calendar months it touches."""
        last = self.end - DAY
        return (last.year - self.start.year) * 12 + last.month - self.start.month + 1

    @property
    def words(self) -> str:
        """Months where it is whole ones, else days; says when the last month is not over."""
        if self.is_whole_months:
            text = _range(f"{self.start:%Y-%m}", f"{shifted(self.end, -1):%Y-%m}")
            return f"{text} (month to date, estimated)" if self.is_open else text
        text = _range(str(self.start), str(self.end - DAY))
        return f"{text} (estimated)" if self.is_open else text

    @property
    def when(self) -> str:
        """The words as a sentence begins: `In 2026-10`, `On 2026-10-03`."""
        if self.is_whole_months:
            return f"In {self.words}"
        return f"{'On' if self.end - self.start == DAY else 'From'} {self.words}"

    @property
    def name(self) -> str:
        """The words without what they say of the last month."""
        return self.words.partition(" (")[0]

    def before(self) -> Period:
        """The period of the same length that ends where this one begins."""
        if self.is_whole_months:
            return Period(shifted(self.start, -self.months), self.start, False)
        return Period(self.start - (self.end - self.start), self.start, False)

    def year_before(self) -> Period:
        """The same days a year before; a leap day is the day before it."""
        start, end = (_a_year_before(each) for each in (self.start, self.end))
        return Period(start, end, False)

    def through(self, last: date) -> Period:
        """What of it the data has that ends with the day `last`."""
        return Period(self.start, min(self.end, last + DAY), self.is_open)


Meant = Callable[[date], Period]
"""The period by the last day in the bill, from which "last" and "this" are counted."""


def shifted(month: date, by: int) -> date:
    """The first day of the month that many months later."""
    index = month.year * 12 + month.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


def _a_year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)


def _range(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"
