"""Made-up series, and expressions evaluated over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from finops_repl.simulator.handlers.cloudwatch.metric_math import evaluate
from finops_repl.simulator.handlers.cloudwatch.metric_math.computation import Expression
from finops_repl.simulator.handlers.cloudwatch.metric_math.syntax import parse
from finops_repl.simulator.handlers.cloudwatch.metric_math.values import TimeSeries, Value

__all__ = ["PERIOD", "START", "evaluated", "listed", "series"]

PERIOD = 3_600
START = 20_000 * 86_400
"""The beginning of Friday, 2024-10-04."""


def series(*values: float | None, label: str = "") -> TimeSeries:
    """A series of hours from `START` on; None is a point that is missing."""
    points = {
        START + at * PERIOD: float(each) for at, each in enumerate(values) if each is not None
    }
    return TimeSeries(points, PERIOD, label)


def listed(value: Value, hours: int = 5) -> list[float | None]:
    """A series' values by hour, as `series` takes them."""
    assert isinstance(value, TimeSeries)
    return [value.points.get(START + at * PERIOD) for at in range(hours)]


def evaluated(
    expression: str, /, *more: str, hours: int = 5, period: int = 0,
    all_of: Mapping[str, TimeSeries] | None = None, **metrics: TimeSeries,
) -> Value:  # fmt: skip
    """The value of the last of these expressions; they are called e0, e1 and so on."""
    texts = [expression, *more]
    metrics |= all_of or {}
    found = evaluate.evaluated(
        [Expression(f"e{at}", parse(text), period) for at, text in enumerate(texts)],
        metrics,
        list(metrics),
        lambda call, of: [],
        lambda each: range(START, START + hours * PERIOD, each),
    )
    return found[f"e{len(texts) - 1}"]


def of_each(value: Value) -> Sequence[list[float | None]]:
    """The values of several series."""
    assert isinstance(value, list)
    return [listed(each) for each in value]
