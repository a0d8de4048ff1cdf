"""The whole months that a question means: months, quarters, halves and years, said or counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from finops_repl.playbooks.period import Meant, Period, shifted
from finops_repl.playbooks.question import NotUnderstood, Question, phrase

__all__ = [
    "COUNTS",
    "LED",
    "MONTH_NAMES",
    "NAME",
    "Meant",
    "last_months",
    "month_number",
    "open_from",
    "shifted",
    "take_month_range",
    "take_months",
    "take_some_months",
    "year_said",
]

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
LED = r"(?:(?:in|of|for|from|during|over|within) )?(?:the )?"
"""How a period is led in."""
LAST = r"(?:last|past|previous|prior)"
MONTH = rf"(?:20\d\d-(?:0[1-9]|1[0-2])|(?:{NAME})(?:,? (?:of )?20\d\d)?)"
QUARTER = (
    r"(?:q(?P<q>[1-4])|(?P<ordinal>first|second|third|fourth) quarter|h(?P<h>[12])"
    r"|(?P<half>first|second) half(?: year)?)(?:,? (?:of )?(?P<year>20\d\d))?"
    r"|(?P<year_1>20\d\d)(?: |-)(?:q(?P<q_1>[1-4])|h(?P<h_1>[12]))"
)
PARTS = ("first", "second", "third", "fourth")
RANGE = phrase(
    rf"(?:in )?between (?P<a>{MONTH}) and (?P<b>{MONTH})"
    rf"|(?:(?:in|for|from) )?(?P<c>{MONTH}) (?:to|through|until|till|-|–) (?P<d>{MONTH})"
)
TWO = phrase(rf"(?:(?:in|for|of) )?(?P<one>{MONTH}) and (?:in )?(?P<other>{MONTH})")
SINCE = phrase(rf"since (?:the (?:beginning|start) of )?(?P<month>{MONTH})")
ONE = phrase(
    rf"(?:in|of|for|during|over) (?:the month of )?(?P<led>{MONTH})"
    # "what may we save" names no month
    rf"|(?P<bare>(?!may(?!,? (?:of )?20)){MONTH})"
)
THIS = r"(?:this|(?:the )?current)"
SO_FAR = r"(?: so far| to date)?"


def _this(unit: str, *short: str) -> re.Pattern[str]:
    said = rf"(?:so far )?(?:(?:in|for|during) )?{THIS} {unit}{SO_FAR}|{unit}(?: |-)to(?: |-)date"
    return phrase("|".join((said, *short)))


def _last(unit: str, most: str) -> re.Pattern[str]:
    counted = rf"(?P<count>{most}|{'|'.join(COUNTS)}) (?:whole |full |complete )?{unit}s?"
    return phrase(rf"{LED}{LAST} (?:{counted}|{unit})")


def _one_month(found: re.Match[str]) -> Meant:
    named = found["led"] or found["bare"]
    return lambda last: _whole(_month(named, last), shifted(_month(named, last), 1), last)


def _quarter(found: re.Match[str]) -> Meant:
    """A quarter or half of a year; without a year, the latest one that has begun."""
    quarter = found["q"] or found["q_1"]
    half = found["h"] or found["h_1"]
    if found["ordinal"] or found["half"]:
        place = PARTS.index((found["ordinal"] or found["half"]).lower())
    else:
        place = int(quarter or half) - 1
    size = 3 if quarter or found["ordinal"] else 6
    year = int(found["year"] or found["year_1"] or 0)

    def meant(last: date) -> Period:
        begun = last.year if place * size + 1 <= last.month else last.year - 1
        start = date(year or begun, place * size + 1, 1)
        return _to_date(start, shifted(start, size), last)

    return meant


def _year(found: re.Match[str]) -> Meant:
    year = int(found["year"])
    start = date(year, 1, 1)
    return lambda last: _to_date(start, date(year + 1, 1, 1), last)


def _counted(found: re.Match[str]) -> int:
    count = (found["count"] or "1").lower()
    return COUNTS.get(count) or int(count)


def _last_quarters(found: re.Match[str]) -> Meant:
    count = _counted(found)

    def meant(last: date) -> Period:
        end = _complete(last)
        end = shifted(end, -((end.month - 1) % 3))
        return Period(shifted(end, -3 * count), end, False)

    return meant


def _this_quarter(last: date) -> Period:
    start = shifted(_first(last), -((last.month - 1) % 3))
    return _whole(start, shifted(_first(last), 1), last)


SINGLES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Meant]], ...] = (
    (phrase(rf"{LED}(?:{QUARTER})"), _quarter),
    (ONE, _one_month),
    (
        _this("month", "mtd"),
        lambda _: lambda last: _whole(_first(last), shifted(_first(last), 1), last),
    ),
    (_this("quarter", "qtd"), lambda _: _this_quarter),
    (
        _this("year", "ytd"),
        lambda _: lambda last: _whole(date(last.year, 1, 1), shifted(_first(last), 1), last),
    ),
    (_last("month", r"0?[1-9]|[12]\d|3[0-6]"), lambda found: last_months(_counted(found))),
    (_last("quarter", "[1-9]"), _last_quarters),
    (phrase(rf"{LED}past year"), lambda _: last_months(12)),
    (
        phrase(rf"{LED}(?:last|previous|prior) year"),
        lambda _: lambda last: _whole(date(last.year - 1, 1, 1), date(last.year, 1, 1), last),
    ),
    (phrase(rf"{LED}(?:year )?(?P<year>20\d\d)"), _year),
)
"""Phrases of one period of whole months, the longer ones first, and how each is read."""


def take_months(question: Question) -> Meant | None:
    """Cross out the months that a question names; None where it names none.

    A month named without a year is its latest one. Raises `NotUnderstood` for a range that
    runs backwards or whose years cannot be told.
    """
    return take_month_range(question) or take_some_months(question)


def take_month_range(question: Question) -> Meant | None:
    """Months from one that is named to another, or to the last there is."""
    if found := question.take(RANGE):
        return _between(found["a"] or found["c"], found["b"] or found["d"])
    if (found := question.take(TWO)) and _follows(found["one"], found["other"]):
        return _between(found["one"], found["other"])
    if found is not None:
        raise NotUnderstood(
            f'"{found["one"]}" and "{found["other"]}" are no months in a row',
            hint="ask for one of them at a time, or compare them",
        )
    if found := question.take(SINCE):
        month = found["month"]
        return lambda last: _whole(_month(month, last), shifted(_first(last), 1), last)
    return None


def take_some_months(question: Question) -> Meant | None:
    """Months that one phrase names: a month, a quarter, a year, the last three months."""
    for pattern, read in SINGLES:
        if found := question.take(pattern):
            return read(found)
    return None


def last_months(count: int) -> Meant:
    """That many whole months, up to the last one of which the bill has every day."""
    return lambda last: Period(shifted(_complete(last), -count), _complete(last), False)


def open_from(last: date) -> date:
    """The first day of the month whose costs are not final yet, by the last day with data."""
    return _complete(last)


def _between(first: str, final: str) -> Meant:
    """Both ends included; where the last one alone has a year, the first lies within a year of it.

    The other way about, "August 2025 to October", has two meanings.
    """
    if year_said(first) and not year_said(final):
        raise NotUnderstood(
            f'I cannot tell which year\'s "{final}" ends these months',
            hint=f'say its year, such as "{first} to {final} {year_said(first)}"',
        )
    if year_said(first) and _month(first, date.max) > _month(final, date.max):
        raise NotUnderstood(f'"{first}" comes after "{final}"', hint="name the earlier month first")

    def meant(last: date) -> Period:
        end = _month(final, last)
        return _whole(_month(first, end), shifted(end, 1), last)

    return meant


def _follows(one: str, other: str) -> bool:
    """Whether a month comes right after another."""
    first, second = _month(one, date.max), _month(other, date.max)
    years_said = bool(year_said(one)) and bool(year_said(other))
    return second == shifted(first, 1) if years_said else second.month == first.month % 12 + 1


def _month(text: str, latest: date) -> date:
    """The first day of a named month; without a year, its latest one up to `latest`."""
    if text[:1].isdigit():
        return date(int(text[:4]), int(text[5:7]), 1)
    number, year = month_number(text), year_said(text)
    if not year:
        year = latest.year if number <= latest.month else latest.year - 1
    return date(year, number, 1)


def month_number(text: str) -> int:
    """1 for `Jan` and `January`."""
    return [name[:3].lower() for name in MONTH_NAMES].index(text[:3].lower()) + 1


def year_said(text: str) -> int:
    """The year in a phrase; 0 where it says none."""
    found = re.search(r"20\d\d", text)
    return int(found[0]) if found else 0


def _first(last: date) -> date:
    return last.replace(day=1)


def _to_date(start: date, end: date, last: date) -> Period:
    """A quarter or a year, of one that goes on the months so far."""
    if start <= last:
        end = min(end, shifted(_first(last), 1))
    return _whole(start, end, last)


def _complete(last: date) -> date:
    """The first day after the last month of which every day is there."""
    is_whole = date.fromordinal(last.toordinal() + 1).day == 1
    return shifted(_first(last), 1) if is_whole else _first(last)


def _whole(start: date, end: date, last: date) -> Period:
    return Period(start, end, end > _complete(last))
