"""The days that questions are about, seen from the last day that an organisation has data of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from finops_repl.simulator.months import Calendar
from finops_repl.simulator.organisation import SimulatedOrganisation

__all__ = ["Dated", "about", "ahead", "fortnight", "lately", "months", "reported", "two_months"]


@dataclass(frozen=True, slots=True)
class Dated:
    """Parameters of which some are `days`, told from the last day with data."""

    days: Callable[[date], Mapping[str, Any]]
    more: Mapping[str, Any]

    def __call__(self, organisation: SimulatedOrganisation) -> Mapping[str, Any]:
        return self.on(organisation.spec.as_of)

    def on(self, as_of: date) -> Mapping[str, Any]:
        """As they are on a day."""
        return {**self.days(as_of), **self.more}


def about(days: Callable[[date], Mapping[str, Any]], **more: Any) -> Dated:
    """Parameters about some days, whenever the organisation is looked at."""
    return Dated(days, more)


def period(start: date, end: date) -> Mapping[str, Any]:
    """A period of Cost Explorer, its end exclusive."""
    return {"TimePeriod": {"Start": start.isoformat(), "End": end.isoformat()}}


def lately(as_of: date) -> Mapping[str, Any]:
    """The last 14 days."""
    return period(as_of - timedelta(days=13), as_of + timedelta(days=1))


def months(as_of: date) -> Mapping[str, Any]:
    """The open month up to its last day with data, and the two before it."""
    return period(_starts(as_of, 2), as_of + timedelta(days=1))


def reported(as_of: date) -> Mapping[str, Any]:
    """The same without the last day: reports on Savings Plans know nothing of it yet."""
    return period(_starts(as_of, 2), as_of)


def ahead(as_of: date) -> Mapping[str, Any]:
    """The 30 days to come."""
    return period(as_of + timedelta(days=1), as_of + timedelta(days=31))


def two_months(as_of: date) -> Mapping[str, Any]:
    """The last whole month beside the one before: the open one where it is at its end."""
    end = (as_of + timedelta(days=1)).replace(day=1)
    after, before = _starts(end, 1), _starts(end, 2)
    return {
        "BaselineTimePeriod": period(before, after)["TimePeriod"],
        "ComparisonTimePeriod": period(after, end)["TimePeriod"],
    }


def fortnight(as_of: date) -> Mapping[str, datetime]:
    """The last 14 days up to the moment at which the account is looked at."""
    now = Calendar(as_of).now
    return {"StartTime": now - timedelta(days=14), "EndTime": now}


def _starts(day: date, back: int) -> date:
    """The first day of the month so many months before a day's."""
    number = day.year * 12 + day.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)
