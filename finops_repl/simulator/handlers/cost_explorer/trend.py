"""How a daily series goes on: level, trend and weekdays of the last quarter, and how sure that is.

AWS does not publish its model. Here:

- first days of months are set apart: fees, support, tax and discounts land on them. What the last
  three cost beyond the weeks beside them, in the median, is expected of each first day to come;
- each weekday differs from the others by the median of its differences over eight weeks;
- the level is that of the last four weeks, of which each counts half of the one after it; the
  trend is the median of all slopes between the last thirteen (Theil 1950, Sen 1968), which a bad
  week does not turn; it fades: a week counts `FADES` of the one before;
- days scatter as the last eight weeks did around level, trend and weekday, and the level wanders as
  far from week to week as it did. Both are normally distributed, so that the interval of a month is
  narrower than its days' together and wider the later it is.

A forecast knows what happened and no reason for it: an incident that goes on is expected to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, pairwise
from math import inf, sqrt
from statistics import NormalDist, mean, median, pstdev

__all__ = ["LEAST_DAYS", "QUARTER_DAYS", "Ahead", "Forecast"]

WEEK = 7
TREND_WEEKS, LEVEL_WEEKS, WEEKDAY_WEEKS = 13, 4, 8
QUARTER_DAYS = TREND_WEEKS * WEEK
LEAST_DAYS = LEVEL_WEEKS * WEEK
"""With fewer days of history there is no forecast."""
FIRST_DAYS = 3
FADES = 0.9


@dataclass(frozen=True, slots=True)
class Ahead:
    """What some days together are expected to be, with the bounds of the interval asked for."""

    mean: float
    least: float
    most: float


class Forecast:
    """Goes on from a series whose last day is `last`, the day before tomorrow."""

    def __init__(self, values: Sequence[float], last: date, *, open_month: date) -> None:
        """`values` are those of the days up to `last`, 28 or more.

        `open_month` is the first day of the month that is not closed: what lands on it is not
        all there.
        """
        self._last = last
        self._day_of = {
            last - timedelta(days=len(values) - 1 - place): value
            for place, value in enumerate(values)
        }
        self._first = min(self._day_of)
        ordinary = self._ordinary()
        self._floor = 0.0 if min(ordinary.values()) >= 0 else -inf
        weeks = [
            mean(ordinary[day] for day in self._week(back))
            for back in range(min(TREND_WEEKS, len(values) // WEEK))
        ][::-1]
        self._weekdays = self._weekday_differences(ordinary)
        slopes = [
            (weeks[later] - weeks[earlier]) / (later - earlier)
            for earlier, later in combinations(range(len(weeks)), 2)
        ]
        self._slope = median(slopes)
        shares = [0.5**back for back in range(LEVEL_WEEKS)]
        recent = [weeks[-1 - back] + self._slope * back for back in range(LEVEL_WEEKS)]
        self._level = sum(s * week for s, week in zip(shares, recent, strict=True)) / sum(shares)
        self._scatter = pstdev(
            ordinary[day] - week - self._weekdays[day.weekday()]
            for back, week in enumerate(weeks[::-1][:WEEKDAY_WEEKS])
            for day in self._week(back)
        )
        self._wander = pstdev(later - earlier for earlier, later in pairwise(weeks))
        self._extra = self._first_day_extra(ordinary, open_month)

    def ahead(self, first: date, end: date, percent: int) -> Ahead:
        """The days from `first` up to, not including, `end`, together."""
        days = [first + timedelta(days=number) for number in range((end - first).days)]
        usual = sum(max(self._floor, self._expected(day)) for day in days)
        landing = self._extra * sum(day.day == 1 for day in days)
        weeks = mean((day - self._last).days for day in days) / WEEK
        deviation = sqrt(
            len(days) * self._scatter**2 + len(days) ** 2 * self._wander**2 * (1 + weeks)
        )
        # The two-sided interval leaves half of the rest at each side.
        width = NormalDist().inv_cdf(0.5 + percent / 200) * deviation
        least = max(self._floor, usual - width)
        return Ahead(usual + landing, least + landing, usual + landing + width)

    def _expected(self, day: date) -> float:
        """A day without what lands on first ones."""
        weeks = (day - self._last).days / WEEK
        moved: float = self._slope * (1 - FADES**weeks) / (1 - FADES)
        return self._level + moved + self._weekdays[day.weekday()]

    def _week(self, back: int) -> list[date]:
        """The days of the week that ended `back` weeks before the last day."""
        return [self._last - timedelta(days=back * WEEK + number) for number in range(WEEK)]

    def _ordinary(self) -> dict[date, float]:
        """The series with what first days of months would be without what lands on them."""
        return {
            day: self._beside(day) if day.day == 1 else value for day, value in self._day_of.items()
        }

    def _beside(self, day: date) -> float:
        """The mean of the same weekday a week before and a week after, or of the one there is."""
        others = [day - timedelta(days=WEEK), day + timedelta(days=WEEK)]
        return mean(self._day_of[other] for other in others if other in self._day_of)

    def _weekday_differences(self, ordinary: dict[date, float]) -> list[float]:
        found: list[list[float]] = [[] for _ in range(WEEK)]
        for back in range(min(WEEKDAY_WEEKS, len(ordinary) // WEEK)):
            days = self._week(back)
            usual = mean(ordinary[day] for day in days)
            for day in days:
                found[day.weekday()].append(ordinary[day] - usual)
        return [median(differences) for differences in found]

    def _first_day_extra(self, ordinary: dict[date, float], open_month: date) -> float:
        firsts = [day for day in sorted(self._day_of) if day.day == 1 and day != open_month]
        extras = [self._day_of[day] - ordinary[day] for day in firsts[-FIRST_DAYS:]]
        return median(extras) if extras else 0.0
