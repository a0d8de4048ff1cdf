"""The billing months that a question means, in words or digits."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from finops_repl.playbooks.question import NotUnderstood, Question, phrase

__all__ = ["MONTH_NAMES", "Meant", "Months", "last_months", "shifted", "take_months"]

MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
NUMBERS = (
    *("one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
COUNTS = {word: number for number, word in enumerate(NUMBERS, start=1)}

NAME = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
MONTH = rf"(?:20\d\d-(?:0[1-9]|1[0-2])|(?:{NAME})(?:,? (?:of )?20\d\d)?)"
RANGE = phrase(
    rf"(?:in )?between (?P<a>{MONTH}) and (?P<b>{MONTH})"
    rf"|(?:(?:in|for|from) )?(?P<c>{MONTH}) (?:to|through|-|–) (?P<d>{MONTH})"
)
SINCE = phrase(rf"since (?P<month>{MONTH})")
ONE = phrase(
    rf"(?:in|of|for|during|over) (?:the month of )?(?P<led>{MONTH})"
    # "what may we save" names no month
    rf"|(?P<bare>(?!may(?!,? (?:of )?20)){MONTH})"
)
THIS_MONTH = phrase(
    r"(?:so far )?(?:(?:in|for|during) )?(?:this|(?:the )?current) month(?: so far| to date)?"
    r"|month to date|mtd"
)
LAST_MONTHS = phrase(
    r"(?:(?:in|of|for|during|over) )?(?:the )?(?:last|past|previous) "
    rf"(?:(?P<count>0?[1-9]|[12]\d|3[0-6]|{'|'.join(COUNTS)}) (?:whole |full )?months?|month)"
)
PAST_YEAR = phrase(r"(?:(?:in|of|for|during|over) )?(?:the )?past year")
THIS_YEAR = phrase(r"(?:so far )?(?:(?:in|for|during) )?this year(?: so far)?|year to date|ytd")
LAST_YEAR = phrase(r"(?:(?:in|of|for|during|over) )?(?:last|(?:the )?previous) year")


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


Meant = Callable[[date], Months]
"""The months by the last day in the bill, from which "last" and "this" are counted."""


def take_months(question: Question) -> Meant | None:
    """Cross out the months that a question names; None where it names none.

    A month named without a year is its latest one. Raises `NotUnderstood` for a range that
    runs backwards or whose years cannot be told.
    """
    if found := question.take(RANGE):
        return _between(found["a"] or found["c"], found["b"] or found["d"])
    if found := question.take(SINCE):
        month = found["month"]
        return lambda last: _whole(_month(month, last), shifted(_this(last), 1), last)
    if found := question.take(ONE):
        named = found["led"] or found["bare"]
        return lambda last: _whole(_month(named, last), shifted(_month(named, last), 1), last)
    if question.take(THIS_MONTH):
        return lambda last: _whole(_this(last), shifted(_this(last), 1), last)
    if found := question.take(LAST_MONTHS):
        count = (found["count"] or "1").lower()
        return last_months(COUNTS.get(count) or int(count))
    if question.take(PAST_YEAR):
        return last_months(12)
    if question.take(THIS_YEAR):
        return lambda last: _whole(date(last.year, 1, 1), shifted(_this(last), 1), last)
    if question.take(LAST_YEAR):
        return lambda last: _whole(date(last.year - 1, 1, 1), date(last.year, 1, 1), last)
    return None


def last_months(count: int) -> Meant:
    """That many whole months, up to the last one of which the bill has every day."""
    return lambda last: Months(shifted(_complete(last), -count), _complete(last), False)


def shifted(month: date, by: int) -> date:
    """The first day of the month that many months later."""
    index = month.year * 12 + month.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


def _between(first: str, final: str) -> Meant:
    """Both ends included; where the last one alone has a year, the first lies within a year of it.

    The other way about, "August 2025 to October", has two meanings.
    """
    if _year(first) and not _year(final):
        raise NotUnderstood(
            f'I cannot tell which year\'s "{final}" ends these months',
            hint=f'say its year, such as "{first} to {final} {_year(first)}"',
        )
    if _year(first) and _month(first, date.max) > _month(final, date.max):
        raise NotUnderstood(f'"{first}" comes after "{final}"', hint="name the earlier month first")

    def meant(last: date) -> Months:
        end = _month(final, last)
        return _whole(_month(first, end), shifted(end, 1), last)

    return meant


def _month(text: str, latest: date) -> date:
    """The first day of a named month; without a year, its latest one up to `latest`."""
    if text[:1].isdigit():
        return date(int(text[:4]), int(text[5:7]), 1)
    names = [name[:3].lower() for name in MONTH_NAMES]
    number, year = names.index(text[:3].lower()) + 1, _year(text)
    if not year:
        year = latest.year if number <= latest.month else latest.year - 1
    return date(year, number, 1)


def _year(text: str) -> int:
    found = re.search(r"20\d\d", text)
    return int(found[0]) if found else 0


def _this(last: date) -> date:
    return last.replace(day=1)


def _complete(last: date) -> date:
    """The first day after the last month of which every day is there."""
    is_whole = date.fromordinal(last.toordinal() + 1).day == 1
    return shifted(_this(last), 1) if is_whole else _this(last)


def _whole(start: date, end: date, last: date) -> Months:
    return Months(start, end, end > _complete(last))
