"""Readings of many resources over the look-back period, as advice needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from finops_repl.simulator.advice.costs import LOOK_BACK_DAYS
from finops_repl.simulator.metrics.ledger_days import midnight
from finops_repl.simulator.metrics.measurements import Measurements
from finops_repl.simulator.metrics.readings import DAY, HOUR, Tally
from finops_repl.simulator.metrics.series import Metric

__all__ = ["by_hour", "daily", "of", "peak", "whole"]


def of(namespace: str, name: str, dimension: str, value: str) -> Metric:
    """The metric of one resource."""
    return Metric(namespace, name, ((dimension, value),))


def whole(
    measured: Measurements, metrics: Iterable[Metric], region: str, days: int = LOOK_BACK_DAYS
) -> Mapping[Metric, Tally]:
    """All readings of the look-back period together, of the metrics that have any."""
    found = _tallies(measured, metrics, region, days * DAY, days)
    return {metric: next(iter(tallies.values())) for metric, tallies in found.items() if tallies}


def daily(
    measured: Measurements, metrics: Iterable[Metric], region: str
) -> Mapping[Metric, list[Tally]]:
    """The readings of each day on which there are any, oldest first."""
    found = _tallies(measured, metrics, region, DAY, LOOK_BACK_DAYS)
    return {m: [each for _, each in sorted(tallies.items())] for m, tallies in found.items()}


def by_hour(
    measured: Measurements, metrics: Iterable[Metric], region: str
) -> Mapping[Metric, list[Tally]]:
    """The readings of each hour in which there are any."""
    found = _tallies(measured, metrics, region, HOUR, LOOK_BACK_DAYS)
    return {metric: list(tallies.values()) for metric, tallies in found.items() if tallies}


def peak(values: Iterable[float]) -> float:
    """The P99.5 of a value of each hour: what is exceeded in two hours of a fortnight at most."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * 995 // 1000) - 1)]


def _tallies(
    measured: Measurements, metrics: Iterable[Metric], region: str, period: int, days: int
) -> dict[Metric, dict[int, Tally]]:
    last = measured.view.calendar.as_of
    first = last - timedelta(days=days - 1)
    start = midnight(first)
    series = measured.series(metrics, region, first, last)
    return {
        metric: measured.tallies(each, start, start + days * DAY, period)
        for metric, each in series.items()
    }
