"""The days that a question means: a day, from one to another, the last thirty, a week."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from finops_repl.playbooks.period import DAY, Meant, Period
from finops_repl.playbooks.periods import (
    COUNTS,
    LED,
    NAME,
    month_number,
    open_from,
    take_month_range,
    take_some_months,
    year_said,
)
from finops_repl.playbooks.question import NotUnderstood, Question, phrase

__all__ = ["last_weeks", "take_one_period", "take_period"]

WEEK = timedelta(days=7)
MONTH_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
NUMBER = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
YEAR = r"(?:,? (?:of )?20\d\d)?"
ISO = r"20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
DATE = rf"(?:{ISO}|(?:the )?{NUMBER} (?:of )?(?:{NAME}){YEAR}|(?:{NAME}) {NUMBER}{YEAR})"
FROM = r"(?:(?P<between>between )|(?:from|in|on|of|for) )?(?:the )?"
TO = r"(?: ?(?:-|–) ?| (?:to|through|until|till) |(?(between) and |(?!)))(?:the )?"
WITHIN = (
    rf"{FROM}(?:(?P<first>{NUMBER}){TO}(?P<last>{NUMBER}) (?:of )?(?P<month>(?:{NAME}){YEAR})"
    rf"|(?P<month_1>{NAME}) (?P<first_1>{NUMBER}){TO}(?P<last_1>{NUMBER})(?P<year_1>{YEAR}))"
)
BETWEEN = rf"{FROM}(?P<a>{DATE}){TO}(?P<b>{DATE})"
SINCE = rf"since (?P<day>{DATE})"
WEEK_OF = rf"(?:(?:in|of|for|during) )?(?:the )?week (?:of|from|beginning) (?P<day>{DATE})"
ONE_DAY = rf"(?:(?:on|of|for|in) )?(?P<day>{DATE})"
LAST = r"(?:last|past|previous|prior|trailing|latest)"
MOST = r"[1-9]\d?|[12]\d\d|3[0-5]\d|36[0-6]"


def _counted(unit: str, most: str) -> str:
    counts = "|".join(COUNTS)
    return rf"{LED}{LAST} (?P<count>{most}|{counts}) (?:whole |full |complete )?{unit}s?"


def _count(found: re.Match[str]) -> int:
    text = found["count"].lower()
    return COUNTS.get(text) or int(text)


def _last_days(found: re.Match[str]) -> Meant:
    count = _count(found)
    return lambda last: _open(last + DAY - count * DAY, last + DAY, last)


def last_weeks(count: int) -> Meant:
    """That many whole weeks from Monday to Sunday, of which the bill has every day."""

    def meant(last: date) -> Period:
        end = _monday(last + DAY)
        return _open(end - count * WEEK, end, last)

    return meant


def _week_of(found: re.Match[str]) -> Meant:
    day = _day(found["day"])

    def meant(last: date) -> Period:
        monday = _monday(day(last))
        return _open(monday, monday + WEEK, last)

    return meant


def _one_day(found: re.Match[str]) -> Meant:
    day = _day(found["day"])
    return lambda last: _open(day(last), day(last) + DAY, last)


def _within(found: re.Match[str]) -> Meant:
    """From one day to another of the same month."""
    first = _number(found["first"] or found["first_1"])
    final = _number(found["last"] or found["last_1"])
    month = found["month"] or f"{found['month_1']}{found['year_1']}"
    if first > final:
        raise NotUnderstood(
            f'day {first} comes after day {final} of "{month}"', hint="name the earlier day first"
        )
    return _from_to(_day(f"{first} {month}"), _day(f"{final} {month}"))


SINGLES: tuple[tuple[str, Callable[[re.Match[str]], Meant]], ...] = (
    (WEEK_OF, _week_of),
    (WITHIN, _within),
    (ONE_DAY, _one_day),
    (_counted("day", MOST), _last_days),
    (_counted("week", r"[1-9]|[1-4]\d|5[0-3]"), lambda found: last_weeks(_count(found))),
    ((rf"{LED}past week"), lambda _: lambda last: _open(last + DAY - WEEK, last + DAY, last)),
    ((rf"{LED}(?:last|previous|prior) week"), lambda _: last_weeks(1)),
    (
        (r"(?:(?:in|for|during) )?(?:this|(?:the )?current) week(?: so far)?|week to date"),
        lambda _: lambda last: _open(_monday(last), _monday(last) + WEEK, last),
    ),
    ((r"yesterday"), lambda _: lambda last: _open(last, last + DAY, last)),
)
"""Phrases of one period of days, the longer ones first, and how each is read."""


def take_period(question: Question) -> Meant | None:
    """Cross out the period that a question names; None where it names none.

    What has no year is its latest one that the bill reaches; days are counted back from the
    bill's last one. Raises `NotUnderstood` for a day that no month has, and for a range that runs
    backwards or whose years cannot be told.
    """
    if (week := question.take(phrase(WEEK_OF))) is not None:
        return _so_far(_week_of(week))
    if found := question.take(phrase(BETWEEN)):
        return _so_far(_between(found["a"], found["b"]))
    if found := question.take(phrase(SINCE)):
        day = _day(found["day"])
        return lambda last: _open(day(last), last + DAY, last)
    if days := _take(question, SINGLES):
        return _so_far(days)
    return take_month_range(question) or take_some_months(question)


def _so_far(days: Meant) -> Meant:
    """Of days that go on, those that the bill has; of days to come, all."""

    def meant(last: date) -> Period:
        whole = days(last)
        return whole.through(last) if whole.start <= last else whole

    return meant


def take_one_period(question: Question) -> Meant | None:
    """As `take_period`, but "from August to September" is two periods and not one.

    A week that goes on is whole: whoever compares it takes as many days of the other.
    """
    return _take(question, SINGLES) or take_some_months(question)


def _take(
    question: Question,
    singles: tuple[tuple[str, Callable[[re.Match[str]], Meant]], ...],
) -> Meant | None:
    for pattern, read in singles:
        if found := question.take(phrase(pattern)):
            return read(found)
    return None


def _between(first: str, final: str) -> Meant:
    """Both days included; the first one lies within a year of the last."""
    if year_said(first) and not year_said(final):
        raise NotUnderstood(
            f'I cannot tell which year\'s "{final}" ends these days',
            hint=f'say its year, such as "{first} to {final} {year_said(first)}"',
        )
    start, end = _day(first), _day(final)
    if year_said(first) and start(date.max) > end(date.max):
        raise NotUnderstood(f'"{first}" comes after "{final}"', hint="name the earlier day first")
    return _from_to(start, end)


def _from_to(start: Callable[[date], date], end: Callable[[date], date]) -> Meant:
    def meant(last: date) -> Period:
        """The end may lie a little after the data, its start never after its end."""
        final = end(last)
        return _open(start(final), final + DAY, last)

    return meant


def _day(text: str) -> Callable[[date], date]:
    """The day that a date names; without a year, its latest one up to the day it is given."""
    if re.fullmatch(ISO, text):
        try:
            exact = date.fromisoformat(text)
        except ValueError:
            raise _no_day(text) from None
        return lambda last: exact
    name = re.search(NAME, text, re.IGNORECASE)
    number = re.search(r"(?<!\d)\d{1,2}(?!\d)", text)
    assert name is not None
    assert number is not None
    month, day, year = month_number(name[0]), int(number[0]), year_said(text)
    if day > MONTH_LENGTHS[month - 1]:
        raise _no_day(text)
    if (month, day) == (2, 29) and (not year or year % 4):
        raise NotUnderstood(f'"{text}" is in no year that I know', hint="say a leap year with it")
    if year:
        return lambda last: date(year, month, day)
    return lambda last: date(last.year - ((month, day) > (last.month, last.day)), month, day)


def _no_day(text: str) -> NotUnderstood:
    return NotUnderstood(f'there is no day "{text}"', hint="check the day of the month")


def _number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _monday(day: date) -> date:
    return day - day.weekday() * DAY


def _open(start: date, end: date, last: date) -> Period:
    return Period(start, end, end > open_from(last))
