"""The functions of metric math that need nothing but their arguments.

Source: CloudWatch user guide, "Functions supported for metric math". Where it does not say: the
standard deviation is that of all points (not of a sample), and a series without points has no
average, least or greatest value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate, pairwise

from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import MathError
from finops_repl.simulator.handlers.cloudwatch.metric_math.values import (
    Points,
    TimeSeries,
    Value,
    kind_of,
)

__all__ = ["CALENDAR", "EACH", "OVER", "chosen", "filled", "over", "ranked"]


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def _least(values: Sequence[float]) -> float:
    return min(values, default=math.nan)


def _greatest(values: Sequence[float]) -> float:
    return max(values, default=math.nan)


def _deviation(values: Sequence[float]) -> float:
    mean = _average(values)
    # A product that is too large is infinite; a power would raise.
    return math.sqrt(_average([(value - mean) * (value - mean) for value in values]))


def _sum(values: Sequence[float]) -> float:
    return float(sum(values))


def _count(values: Sequence[float]) -> float:
    return float(len(values))


OVER: Mapping[str, Callable[[Sequence[float]], float]] = {
    "AVG": _average, "DATAPOINT_COUNT": _count, "MAX": _greatest, "MIN": _least,
    "STDDEV": _deviation, "SUM": _sum,
}  # fmt: skip
"""What makes a number of a series, and a series of several."""


def _logarithm(value: float) -> float:
    return math.log(value) if value > 0 else math.nan


def _decimal_logarithm(value: float) -> float:
    return math.log10(value) if value > 0 else math.nan


def _values(what: Callable[[float], float]) -> Callable[[Points], Points]:
    return lambda points: {at: float(what(value)) for at, value in points.items()}


def _steps(what: Callable[[float, float], float]) -> Callable[[Points], Points]:
    """What is computed of a point's difference to the one before, in value and in seconds."""
    return lambda points: {
        later: what(points[later] - points[at], later - at)
        for at, later in pairwise(sorted(points))
    }


def _running_sum(points: Points) -> Points:
    times = sorted(points)
    return dict(zip(times, accumulate(points[at] for at in times), strict=True))


EACH: Mapping[str, Callable[[Points], Points]] = {
    "ABS": _values(abs), "CEIL": _values(math.ceil), "FLOOR": _values(math.floor),
    "LOG": _values(_logarithm), "LOG10": _values(_decimal_logarithm),
    "DIFF": _steps(lambda rise, _: rise), "DIFF_TIME": _steps(lambda _, seconds: seconds),
    "RATE": _steps(lambda rise, seconds: rise / seconds), "RUNNING_SUM": _running_sum,
}  # fmt: skip
"""What makes a series of a series, and several of several."""
CALENDAR: Mapping[str, Callable[[datetime], int]] = {
    "MINUTE": lambda at: at.minute, "HOUR": lambda at: at.hour, "DAY": datetime.isoweekday,
    "DATE": lambda at: at.day, "MONTH": lambda at: at.month, "YEAR": lambda at: at.year,
    "EPOCH": lambda at: int(at.timestamp()),
}  # fmt: skip
"""What a moment says; Monday is day 1."""


def over(name: str, value: Value) -> float | TimeSeries | None:
    """A number of a series; of several, one at each moment that any of them has; else nothing."""
    what = OVER[name]
    if isinstance(value, TimeSeries):
        return what(list(value.points.values()))
    if not isinstance(value, list):
        return None
    found = {}
    for at in sorted({at for one in value for at in one.points}):
        there = [one.points[at] for one in value if at in one.points]
        # The average alone counts a point that is missing as 0, says the guide.
        found[at] = sum(there) / len(value) if name == "AVG" else what(there)
    period = max((one.period for one in value), default=0)
    return TimeSeries({}, period).holding(found, dropped=any(one.dropped for one in value))


def ranked(value: list[TimeSeries], name: str, order: str) -> list[TimeSeries]:
    """Series by a number of each, highest first where `order` is DESC; those without points end."""
    if name not in ("AVG", "MAX", "MIN", "SUM") or order not in ("ASC", "DESC"):
        raise MathError("SORT takes AVG, MAX, MIN or SUM, and ASC or DESC")
    sign = -1 if order == "DESC" else 1
    with_points = [one for one in value if one.points]
    return [
        *sorted(with_points, key=lambda one: sign * OVER[name](list(one.points.values()))),
        *(one for one in value if not one.points),
    ]


def filled(series: TimeSeries, filling: Value | str, moments: Sequence[int]) -> TimeSeries:
    """A series with a point at each of the moments, as far as there is something to fill it with.

    `REPEAT` takes the last point before, `LINEAR` the line between those on both sides.
    """
    known = sorted(series.points)
    found = dict(series.points)
    if isinstance(filling, str):
        missing = [at for at in moments if at not in series.points]
        before = dict(zip(missing, _indices(missing, known), strict=True))
        for at, index in before.items():
            if index < 0 or (filling == "LINEAR" and index + 1 == len(known)):
                continue
            low = known[index]
            found[at] = series.points[low]
            if filling == "LINEAR":
                high = known[index + 1]
                rise = series.points[high] - series.points[low]
                found[at] += rise * (at - low) / (high - low)
    elif isinstance(filling, TimeSeries):
        found = {at: value for at, value in filling.points.items() if at in moments} | found
    elif isinstance(filling, float):
        found = dict.fromkeys(moments, filling) | found
    else:
        raise MathError("FILL takes a number, a time series, REPEAT or LINEAR to fill with")
    return series.holding(dict(sorted(found.items())))


def _indices(moments: Sequence[int], known: Sequence[int]) -> list[int]:
    """Which of the known moments is the last before each; -1 where none is."""
    found, index = [], -1
    for at in moments:
        while index + 1 < len(known) and known[index + 1] < at:
            index += 1
        found.append(index)
    return found


def chosen(condition: Value, if_true: Value, if_false: Value | None) -> TimeSeries:
    """IF: at each point of a condition the one value where it is not 0, the other where it is.

    Of a true point that `if_true` lacks it makes 0; one that `if_false` lacks is left out.
    """
    if isinstance(condition, float):
        taken = if_true if condition else if_false
        if taken is None and isinstance(if_true, TimeSeries):
            return replace(if_true, points={})
        if isinstance(taken, TimeSeries):
            return replace(taken, label="", source=None)
    elif isinstance(condition, TimeSeries) and not (
        isinstance(if_true, list) or isinstance(if_false, list)
    ):
        found = {}
        for at, truth in condition.points.items():
            value = _at(if_true, at, 0.0) if truth else _at(if_false, at, None)
            if value is not None:
                found[at] = value
        return TimeSeries({}, condition.period).holding(found, dropped=condition.dropped)
    kinds = [kind_of(each) for each in (condition, if_true, if_false) if each is not None]
    raise MathError(f"Unsupported operand type(s) for IF: '[{', '.join(kinds)}]'")


def _at(value: float | TimeSeries | None, second: int, missing: float | None) -> float | None:
    return value.points.get(second, missing) if isinstance(value, TimeSeries) else value
