"""Which days of a series of costs are anomalous, by a rule that is written down.

AWS does not publish its model. Here a day is expected to cost the median of the same weekday in the
five weeks before, so that weekends are no surprise. A day is anomalous that costs more than
expected by more than

- four times the usual deviation: 1.4826 times the median of the absolute ones of 28 days before,
- a fifth of what was expected, and
- `LEAST` dollars.

Such days make one anomaly while at most one day between them is none. After two weeks deviating is
usual, so that a new level ends the anomaly and is no other. The rule knows no reason: a sale, an
exercise or a planned move is an anomaly as a runaway is. A cost that falls is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

__all__ = ["HISTORY_DAYS", "Found", "anomalies", "expected"]

WEEKS, SPREAD_DAYS = 5, 28
HISTORY_DAYS = 7 * WEEKS + SPREAD_DAYS
"""How many days before a day decide on it."""
TIMES, PART, LEAST = 4.0, 0.2, 10.0
ROBUST = 1.4826
"""The standard deviation of what is normally distributed, in median absolute deviations."""

_BACK = tuple(timedelta(days=7 * back) for back in range(1, WEEKS + 1))


@dataclass(frozen=True, slots=True)
class Found:
    """An anomaly from its first to its last day; scores are 0 to 1, impact is in dollars."""

    first: date
    last: date
    actual: float
    expected: float
    most: float
    most_score: float
    last_score: float

    @property
    def impact(self) -> float:
        return self.actual - self.expected


def expected(costs: Mapping[date, float], day: date) -> float:
    """What a day should cost by the days before it; a day without any costs nothing."""
    # The weeks are odd in number, and this is asked ten thousands of times.
    same = sorted(costs.get(day - back, 0.0) for back in _BACK)
    return max(0.0, same[WEEKS // 2])


def anomalies(costs: Mapping[date, float], first: date, last: date) -> list[Found]:
    """The anomalies among these days, oldest first."""
    since = first - timedelta(days=SPREAD_DAYS)
    count = (last - since).days + 1
    days = [since + timedelta(days=number) for number in range(count)]
    usual = [expected(costs, day) for day in days]
    excess = [costs.get(day, 0.0) - awaited for day, awaited in zip(days, usual, strict=True)]
    scores = [
        _score(excess[place], usual[place], excess[place - SPREAD_DAYS : place])
        for place in range(SPREAD_DAYS, count)
    ]
    found = []
    for begins, ends in _runs(scores):
        run = range(begins + SPREAD_DAYS, ends + SPREAD_DAYS + 1)
        found.append(
            Found(
                days[run[0]],
                days[run[-1]],
                sum(costs.get(days[place], 0.0) for place in run),
                sum(usual[place] for place in run),
                max(excess[place] for place in run),
                max(scores[begins : ends + 1]),
                scores[ends],
            )
        )
    return found


def _score(excess: float, usual: float, before: Sequence[float]) -> float:
    """How far beyond its limit a day is, 0 where it keeps to it, below 1."""
    deviation = ROBUST * median(abs(each) for each in before)
    limit = max(TIMES * deviation, PART * usual, LEAST)
    return 1 - limit / excess if excess > limit else 0.0


def _runs(scores: Sequence[float]) -> list[tuple[int, int]]:
    """The first and last places of runs of days with a score, at most one day apart."""
    runs: list[tuple[int, int]] = []
    for place, score in enumerate(scores):
        if score and runs and place - runs[-1][1] <= 2:
            runs[-1] = (runs[-1][0], place)
        elif score:
            runs.append((place, place))
    return runs
