"""Cost Explorer's periods: inclusive start, exclusive end, buckets of hours, days or months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.months import Calendar

__all__ = ["Hours", "Period", "Span", "day", "hours", "lately", "period", "whole_month"]

FORMAT, HOUR_FORMAT = "yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ssZ"
DETAILED_DAYS = 14
"""For how many days back hours and resources are kept."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, not including, `end`."""

    start: date
    end: date

    def buckets(self, granularity: str) -> list[Period]:
        """Its days, or its months, the first and last cut at its ends."""
        found, start = [], self.start
        while start < self.end:
            following = start + timedelta(days=1)
            if granularity == "MONTHLY":
                following = (start.replace(day=28) + timedelta(days=4)).replace(day=1)
            found.append(Period(start, min(following, self.end)))
            start = following
        return found

    def is_whole_months(self, calendar: Calendar) -> bool:
        """True where it has every day with data of each of its months."""
        return self.start.day == 1 and (self.end.day == 1 or self.end > calendar.as_of)

    @property
    def key(self) -> date:
        """What rows of a bucket begin with."""
        return self.start

    def is_estimated(self, calendar: Calendar) -> bool:
        """True where a day of it may still change."""
        return self.end > calendar.open_month_starts

    def fields(self) -> dict[str, str]:
        return {"Start": self.start.isoformat(), "End": self.end.isoformat()}


@dataclass(frozen=True, slots=True)
class Hours:
    """From the full hour `start` up to, not including, `end`, both UTC."""

    start: datetime
    end: datetime

    def buckets(self, granularity: str) -> list[Hours]:
        """Its hours, whatever the granularity: there is no other."""
        count = (self.end - self.start) // timedelta(hours=1)
        edges = [self.start + timedelta(hours=number) for number in range(count + 1)]
        return [Hours(*pair) for pair in pairwise(edges)]

    @property
    def key(self) -> str:
        """What rows of a bucket begin with."""
        return self.fields()["Start"]

    def is_estimated(self, calendar: Calendar) -> bool:
        """True where an hour of it may still change."""
        return (self.end - timedelta(hours=1)).date() >= calendar.open_month_starts

    def fields(self) -> dict[str, str]:
        return {
            "Start": self.start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "End": self.end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


Span = Period | Hours


def period(given: object, calendar: Calendar) -> Period:
    """The `TimePeriod` of a call; raises `Invalid` in Cost Explorer's words."""
    if not isinstance(given, Mapping):
        raise Invalid("TimePeriod is required")
    start, end = day(given, "Start"), day(given, "End")
    if start >= end:
        raise Invalid("Start date (and hour) should be before end date (and hour)")
    if start < calendar.first_day:
        raise Invalid(
            "You haven't enabled historical data beyond 14 months. "
            f"(This simulated account's data begins on {calendar.first_day}.)"
        )
    if start > calendar.now.date():
        raise Invalid(f"Start date {start} must be no later than today, {calendar.now.date()}")
    if end > calendar.now.date() + timedelta(days=400):
        raise Invalid(f"End date {end} is too far in the future")
    return Period(start, end)


def hours(given: object, calendar: Calendar) -> Hours:
    """The `TimePeriod` of a call by the hour; raises `Invalid` in Cost Explorer's words."""
    if not isinstance(given, Mapping):
        raise Invalid("TimePeriod is required")
    start, end = _hour(given, "Start"), _hour(given, "End")
    if start >= end:
        raise Invalid("Start date (and hour) should be before end date (and hour)")
    if start > calendar.now:
        raise Invalid(f"Start time {given['Start']} must be no later than now, {calendar.now}")
    if end > calendar.now + timedelta(days=DETAILED_DAYS):
        raise Invalid(f"End time {given['End']} is too far in the future")
    _check_recent(start.date(), calendar)
    return Hours(start, end)


def lately(given: object, calendar: Calendar) -> Period:
    """The `TimePeriod` of a call on single resources, by the day."""
    asked = period(given, calendar)
    _check_recent(asked.start, calendar)
    return asked


def whole_month(given: object, calendar: Calendar, name: str) -> Period:
    """A period that is one month; raises `Invalid`."""
    if not isinstance(given, Mapping):
        raise Invalid(f"{name} is required")
    asked = period(given, calendar)
    (first, *more) = asked.buckets("MONTHLY")
    if more or first.start.day != 1 or first.end.day != 1:
        raise Invalid(
            f"{name} must start and end on the first day of a month and last exactly one month"
        )
    return asked


def _check_recent(start: date, calendar: Calendar) -> None:
    earliest = calendar.now.date() - timedelta(days=DETAILED_DAYS)
    if start < earliest:
        raise Invalid(
            f"Start date {start} is too early: hourly and resource-level data is available for the"
            f" last {DETAILED_DAYS} days, from {earliest} on"
        )


def _hour(given: Mapping[str, Any], name: str) -> datetime:
    text = given.get(name)
    try:
        moment = datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        moment = None
    if moment is None or moment.minute or moment.second:
        raise Invalid(
            f"{name} time {text} is invalid. Valid format is: {HOUR_FORMAT}, on a full hour."
        )
    return moment


def day(given: Mapping[str, Any], name: str) -> date:
    """A date of a `TimePeriod`; raises `Invalid`."""
    text = given.get(name)
    try:
        found = date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise Invalid(f"{name} time {text} is invalid. Valid format is: {FORMAT}.")
    return found
