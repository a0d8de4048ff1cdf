"""Cost Explorer's periods: inclusive start, exclusive end, buckets of days or months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from finops_repl.simulator.handlers.ce_filter import Invalid
from finops_repl.simulator.months import Calendar

__all__ = ["Period", "period"]

FORMAT = "yyyy-MM-dd"


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

    def fields(self) -> dict[str, str]:
        return {"Start": self.start.isoformat(), "End": self.end.isoformat()}


def period(given: object, calendar: Calendar) -> Period:
    """The `TimePeriod` of a call; raises `Invalid` in Cost Explorer's words."""
    if not isinstance(given, Mapping):
        raise Invalid("TimePeriod is required")
    start, end = _date(given, "Start"), _date(given, "End")
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


def _date(given: Mapping[str, Any], name: str) -> date:
    text = given.get(name)
    try:
        day = date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise Invalid(f"{name} time {text} is invalid. Valid format is: {FORMAT}.")
    return day
