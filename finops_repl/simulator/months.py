"""The ledger's days: 13 calendar months up to the last day with data, which is in the open one."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

__all__ = ["MONTHS", "Calendar", "Month"]

MONTHS = 13


@dataclass(frozen=True, slots=True)
class Month:
    """A billing period: `starts` and `ends` (exclusive), and its days that have data."""

    index: int
    starts: date
    ends: date
    first: int
    last: int
    open: bool

    @property
    def period(self) -> str:
        """The billing period's name, `2026-10`."""
        return self.starts.strftime("%Y-%m")

    @property
    def length(self) -> int:
        """How many days the whole month has."""
        return (self.ends - self.starts).days


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days counted from 0 at the first day of the first month; the last is `as_of`.

    The month of `as_of` is open: its bill is an estimate until the month is closed.
    """

    as_of: date
    first_day: date = field(init=False)
    last: int = field(init=False)

    def __post_init__(self) -> None:
        months = self.as_of.year * 12 + self.as_of.month - 1 - (MONTHS - 1)
        first_day = date(months // 12, months % 12 + 1, 1)
        object.__setattr__(self, "first_day", first_day)
        object.__setattr__(self, "last", (self.as_of - first_day).days)

    @property
    def length(self) -> int:
        """How many days have data."""
        return self.last + 1

    @property
    def now(self) -> datetime:
        """The moment at which the simulated account is looked at: the day after, 08:00 UTC."""
        return self.moment(self.length, 8 * 3600)

    @property
    def open_month_starts(self) -> date:
        return self.as_of.replace(day=1)

    def day(self, index: int) -> date:
        return self.first_day + timedelta(days=index)

    def index(self, day: date) -> int:
        """The index of a day; outside the data it is negative or beyond `last`."""
        return (day - self.first_day).days

    def moment(self, index: int, second: int = 0) -> datetime:
        """A second of a day, UTC."""
        midnight = datetime.combine(self.day(index), datetime.min.time(), UTC)
        return midnight + timedelta(seconds=second)

    def months(self) -> tuple[Month, ...]:
        """The 13 billing periods, oldest first."""
        found: list[Month] = []
        starts = self.first_day
        for index in range(MONTHS):
            ends = starts + timedelta(days=monthrange(starts.year, starts.month)[1])
            last = min(self.index(ends) - 1, self.last)
            found.append(Month(index, starts, ends, self.index(starts), last, index == MONTHS - 1))
            starts = ends
        return tuple(found)
