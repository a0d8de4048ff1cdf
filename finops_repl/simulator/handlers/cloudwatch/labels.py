"""Labels of results: what tells several series apart, and the dynamic values of a label.

Source: CloudWatch user guide, "Use dynamic labels". AWS publishes no form of their numbers and
times: here a number has three decimals at most, a time is `2026-10-31 08:00:00`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import cache

from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import MathError
from finops_repl.simulator.handlers.cloudwatch.metric_math.values import TimeSeries

__all__ = ["Labels", "told_apart"]

MISSING = "--"
"""What stands for a value that a series does not have."""
_DYNAMIC = re.compile(r"\$\{([^}]*)\}")
_PROPERTY = re.compile(r"PROP\('([^']*)'\)\Z")
_OF_VALUES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "AVG": lambda values: sum(values) / len(values),
    "DATAPOINT_COUNT": len,
    "FIRST": lambda values: values[0],
    "FIRST_LAST_RANGE": lambda values: values[-1] - values[0],
    "LAST": lambda values: values[-1],
    "MAX": max,
    "MIN": min,
    "MIN_MAX_RANGE": lambda values: max(values) - min(values),
    "SUM": sum,
}
"""Of the values in the order of time."""


def told_apart(found: Sequence[TimeSeries]) -> list[TimeSeries]:
    """Series of metrics, labelled by what differs among them; one alone by its metric's name."""
    words = [_words(one) for one in found]
    differ = [
        key for key in dict.fromkeys(key for each in words for key in each)
        if len({each.get(key) for each in words}) > 1
    ]  # fmt: skip
    return [
        replace(one, label=" ".join(each[key] for key in differ if key in each) or each[_NAME])
        for one, each in zip(found, words, strict=True)
    ]


_NAMESPACE, _NAME = ("namespace", ""), ("name", "")


def _words(series: TimeSeries) -> Mapping[tuple[str, str], str]:
    """What may be said of a metric: namespace, name and each dimension's value."""
    assert series.source is not None
    metric = series.source.metric
    dimensions = {("dimension", name): value for name, value in metric.dimensions}
    return {_NAMESPACE: metric.namespace, _NAME: metric.name, **dimensions}


@dataclass(frozen=True, slots=True)
class Labels:
    """Writes labels; times are those of a zone, `accounts` are names by id."""

    region: str
    accounts: Mapping[str, str]
    now: int
    zone: timezone

    def written(self, label: str | None, series: TimeSeries, *, several: bool, usual: str) -> str:
        """The label of a series.

        `label` is its query's, None where there is none: a plain one stands before the own label of
        each of `several`, one with dynamic values alone. `usual` is the own label of a single one.
        """
        own = series.label if several else usual
        if label is None:
            return own
        if "${" not in label:
            return f"{label} {own}".strip() if several else label or own
        # A label may name one value any number of times, of which each looks at all points.
        value = cache(lambda name: self._value(name, series, own))
        return _DYNAMIC.sub(lambda found: value(found[1]), label)

    def _value(self, name: str, series: TimeSeries, own: str) -> str:
        found = _PROPERTY.match(name)
        if found:
            return self._property(found[1], series)
        if name == "LABEL":
            return own
        times = sorted(series.points)
        values = [series.points[at] for at in times]
        if name in _OF_VALUES:
            return _number(_OF_VALUES[name](values)) if values else MISSING
        of_time = self._of_time(name, times, values)
        if of_time is None:
            raise MathError(f"${{{name}}} is no dynamic value of a label")
        return of_time

    def _property(self, name: str, series: TimeSeries) -> str:
        if name == "Region":
            return self.region
        if name == "Period":
            return str(series.period)
        source = series.source
        if source is None:
            return MISSING
        properties = {
            "AccountId": source.account_id or MISSING,
            "AccountLabel": self.accounts.get(source.account_id, MISSING),
            "MetricName": source.metric.name,
            "Namespace": source.metric.namespace,
            "Stat": source.statistic,
        } | {f"Dim.{key}": value for key, value in source.metric.dimensions}
        if name not in properties and not name.startswith("Dim."):
            raise MathError(f"${{PROP('{name}')}} is no dynamic value of a label")
        return properties.get(name, MISSING)

    def _of_time(self, name: str, times: Sequence[int], values: Sequence[float]) -> str | None:
        first, last, least, most = (0, 0, 0, 0)
        if times:
            first, last = times[0], times[-1]
            least, most = (times[values.index(what(values))] for what in (min, max))
        moments = {"FIRST": first, "LAST": last, "MIN": least, "MAX": most}
        of, _, what = name.partition("_")
        if name in ("FIRST_LAST_TIME_RANGE", "MIN_MAX_TIME_RANGE"):
            told = _duration(abs(last - first if of == "FIRST" else most - least))
        elif of in moments and what == "TIME":
            told = f"{datetime.fromtimestamp(moments[of], self.zone):%Y-%m-%d %H:%M:%S}"
        elif of in moments and what == "TIME_RELATIVE":
            told = _duration(abs(self.now - moments[of]))
        else:
            return None
        return told if times else MISSING


def _number(value: float) -> str:
    if value and abs(value) < 1:
        return f"{value:.3g}"
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _duration(seconds: int) -> str:
    return str(timedelta(seconds=seconds))
