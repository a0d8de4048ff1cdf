"""Statistics of a period's readings, and CloudWatch's rules on periods and their age.

Source: API reference of GetMetricData and GetMetricStatistics, `StartTime` and `Period`: readings
are kept by the minute for 15 days, by five minutes for 63, by the hour for 455.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from finops_repl.simulator.metrics.readings import DAY, HOUR, MINUTE, Tally

__all__ = [
    "SHORT_PERIODS",
    "STATISTICS",
    "is_statistic",
    "kept",
    "moments",
    "needs_values",
    "rounded",
    "value",
]

STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
SHORT_PERIODS = (1, 5, 10, 20, 30)
_PERCENTILE = re.compile(r"p(100|[1-9]?\d(?:\.\d{1,10})?)\Z")
_KEPT = ((15 * DAY, MINUTE), (63 * DAY, 5 * MINUTE), (455 * DAY, HOUR))
_KEPT_SHORT = 3 * HOUR
"""How long readings of less than a minute are kept."""


def is_statistic(name: str) -> bool:
    """True for `Average` and the like and for percentiles, `p99` or `p99.5`."""
    return name in STATISTICS or needs_values(name)


def needs_values(name: str) -> bool:
    """True for percentiles."""
    return _PERCENTILE.match(name) is not None


def value(tally: Tally, name: str) -> float:
    """A statistic of at least one reading."""
    match name:
        case "SampleCount":
            return tally.count
        case "Sum":
            return tally.total
        case "Average":
            return tally.total / tally.count
        case "Minimum":
            return tally.least
        case "Maximum":
            return tally.most
    values = sorted(tally.values)
    at = (len(values) - 1) * float(name[1:]) / 100
    below = int(at)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (at - below)


def rounded(start: int, now: int) -> int:
    """A start, rounded down to what readings of its age are kept by."""
    step = _step(now - start) or HOUR
    return start - start % step


def kept(tallies: Mapping[int, Tally], period: int, now: int) -> dict[int, Tally]:
    """The periods whose readings are kept finely enough to be asked by this period."""
    return {
        begin: tally
        for begin, tally in sorted(tallies.items())
        if (step := _step(now - begin)) is not None and period % step == 0 and tally.count
    }


def moments(start: int, end: int, period: int, now: int) -> range:
    """The beginnings of periods from `start` on, as far back as readings are kept by this one."""
    age = max((most for most, step in _KEPT if period % step == 0), default=_KEPT_SHORT)
    late = max(0, -((start + age - now) // period))
    return range(start + late * period, end, period)


def _step(age: int) -> int | None:
    return next((step for most, step in _KEPT if age <= most), None)
