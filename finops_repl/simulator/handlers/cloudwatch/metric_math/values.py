"""What an expression yields: a number, a time series or several; and its operators."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import MathError
from finops_repl.simulator.metrics.series import Metric

__all__ = [
    "LazyPoints",
    "Points",
    "Source",
    "TimeSeries",
    "Value",
    "changed",
    "combined",
    "kind_of",
]

Points = Mapping[int, float]
"""Values by the second at which their period begins."""


class LazyPoints(Mapping[int, float]):
    """Points that are computed when they are first looked at: a page shows few of many series."""

    def __init__(self, compute: Callable[[], Points]) -> None:
        self._compute = compute

    def __getitem__(self, second: int) -> float:
        return self._points[second]

    def __iter__(self) -> Iterator[int]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)

    @cached_property
    def _points(self) -> Points:
        return self._compute()


@dataclass(frozen=True, slots=True)
class Source:
    """The metric that a series is of, its owner's account and the statistic."""

    metric: Metric
    account_id: str
    statistic: str


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """Points `period` seconds apart where there are any.

    `label` is its own where it is one of several. `dropped` says that points were left out of it
    which were no numbers.
    """

    points: Points
    period: int
    label: str = ""
    source: Source | None = None
    dropped: bool = False

    def holding(self, points: Points, *, dropped: bool = False) -> TimeSeries:
        """The same with other points; those that are no numbers are left out."""
        finite = {at: value for at, value in points.items() if math.isfinite(value)}
        lost = self.dropped or dropped or len(finite) < len(points)
        return replace(self, points=finite, dropped=lost)


Value = float | TimeSeries | list[TimeSeries]


def kind_of(value: Value) -> str:
    """The kind of a value in CloudWatch's words."""
    if isinstance(value, list):
        return "Array[TimeSeries]"
    return "TimeSeries" if isinstance(value, TimeSeries) else "Scalar"


def changed(value: Value, what: Callable[[TimeSeries], TimeSeries]) -> Value | None:
    """A series, or each of several, changed; nothing for a number."""
    if isinstance(value, TimeSeries):
        return what(value)
    return [what(one) for one in value] if isinstance(value, list) else None


_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "^": math.pow,
}  # fmt: skip
_TRUTHS: Mapping[str, Callable[[float, float], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
    "AND": lambda left, right: bool(left and right),
    "OR": lambda left, right: bool(left or right),
}  # fmt: skip


def combined(sign: str, left: Value, right: Value) -> Value:
    """Two values by an operator; a point that one of two series lacks counts as 0 there.

    Raises `MathError` for two arrays, and for an array that is compared.
    """
    if isinstance(left, list) or isinstance(right, list):
        return _of_arrays(sign, left, right)
    if isinstance(left, TimeSeries):
        if isinstance(right, TimeSeries):
            times = sorted(left.points.keys() | right.points.keys())
            found = {
                at: _number(sign, left.points.get(at, 0.0), right.points.get(at, 0.0))
                for at in times
            }
            period = max(left.period, right.period)
            return TimeSeries({}, period).holding(found, dropped=left.dropped or right.dropped)
        return left.holding({at: _number(sign, one, right) for at, one in left.points.items()})
    if isinstance(right, TimeSeries):
        return right.holding({at: _number(sign, left, one) for at, one in right.points.items()})
    return _number(sign, left, right)


def _of_arrays(sign: str, left: Value, right: Value) -> list[TimeSeries]:
    if sign in _TRUTHS or (isinstance(left, list) and isinstance(right, list)):
        raise MathError(
            f"Unsupported operand type(s) for {sign}: '[{kind_of(left)}, {kind_of(right)}]'"
        )
    if isinstance(left, list):
        pairs = [(one, combined(sign, one, right)) for one in left]
    else:
        assert isinstance(right, list)
        pairs = [(one, combined(sign, left, one)) for one in right]
    return [
        replace(found, label=one.label, source=one.source)
        for one, found in pairs
        if isinstance(found, TimeSeries)
    ]


def _number(sign: str, left: float, right: float) -> float:
    """No number, where it cannot be computed: nothing is divided by zero."""
    if sign in _TRUTHS:
        return float(_TRUTHS[sign](left, right))
    try:
        return _ARITHMETIC[sign](left, right)
    except (ArithmeticError, ValueError):
        return math.nan
