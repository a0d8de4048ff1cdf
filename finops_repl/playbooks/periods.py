"""The billing months that a question means, in words or digits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

__all__ = ["Months", "months_meant"]

NAMES = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
COUNTS = {"two": 2, "three": 3, "four": 4, "six": 6, "twelve": 12}


@dataclass(frozen=True, slots=True)
class Months:
    """Whole months, the last one perhaps still open; both ends are first days, `end` exclusive."""

    start: date
    end: date
    is_open: bool

    @property
    def words(self) -> str:
        """`2026-10`, or `2026-08 to 2026-10`; says when the last month is not over."""
        first, last = self.start.strftime("%Y-%m"), shifted(self.end, -1).strftime("%Y-%m")
        text = first if first == last else f"{first} to {last}"
        return f"{text} (month to date, estimated)" if self.is_open else text


def months_meant(question: str, last_day: date) -> Months:
    """The months of a question; the last complete one where it names none.

    `last_day` is the last day in the bill. A month named without a year is its latest one.
    """
    asked = question.lower()
    this_month = last_day.replace(day=1)
    tomorrow_month = shifted(this_month, 1)
    complete = tomorrow_month if date.fromordinal(last_day.toordinal() + 1).day == 1 else this_month
    if found := re.search(r"\b(20\d\d)-(0[1-9]|1[0-2])\b", asked):
        return _one(date(int(found[1]), int(found[2]), 1), complete)
    if found := re.search(rf"\b({'|'.join(NAMES)})\b(?:\s+(20\d\d))?", asked):
        month = NAMES.index(found[1]) + 1
        if found[1] == "may" and not re.search(r"\b(in|of|for|during|since)\s+may\b", asked):
            pass  # "what may we save" names no month
        else:
            year = int(found[2]) if found[2] else this_month.year
            if not found[2] and date(year, month, 1) > this_month:
                year -= 1
            return _one(date(year, month, 1), complete)
    if re.search(r"\b(this|current)\s+month\b|\bmonth to date\b|\bso far\b", asked):
        return _one(this_month, complete)
    if found := re.search(r"\b(?:last|past|previous)\s+(\d{1,2}|[a-z]+)\s+months\b", asked):
        count = int(found[1]) if found[1].isdigit() else COUNTS.get(found[1], 3)
        return Months(shifted(complete, -max(1, min(count, 36))), complete, False)
    if re.search(r"\b(last|past|this|previous)\s+(year|12 months)\b", asked):
        return Months(shifted(complete, -12), complete, False)
    if re.search(r"\b(by|per|each|every|over the|month (by|over))\s+months?\b|\btrend\b", asked):
        return Months(shifted(complete, -6), complete, False)
    return Months(shifted(complete, -1), complete, False)


def shifted(month: date, by: int) -> date:
    """The first day of the month that many months later."""
    index = month.year * 12 + month.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


def _one(month: date, complete: date) -> Months:
    return Months(month, shifted(month, 1), month >= complete)
