"""What the queries of one GetMetricData find: every series with one look at the ledger."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from finops_repl.simulator.handlers.cloudwatch.insights import Select
from finops_repl.simulator.handlers.cloudwatch.insights_syntax import is_select, read_select
from finops_repl.simulator.handlers.cloudwatch.labels import told_apart
from finops_repl.simulator.handlers.cloudwatch.metric_math.computation import Expression
from finops_repl.simulator.handlers.cloudwatch.metric_math.evaluate import evaluated
from finops_repl.simulator.handlers.cloudwatch.metric_math.syntax import parse
from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import in_expression
from finops_repl.simulator.handlers.cloudwatch.metric_math.values import (
    LazyPoints,
    Points,
    Source,
    TimeSeries,
    Value,
)
from finops_repl.simulator.handlers.cloudwatch.request import Cancelled, Invalid, Query
from finops_repl.simulator.handlers.cloudwatch.search import Owned
from finops_repl.simulator.handlers.cloudwatch.searched import MOST_METRICS, Searched, searched
from finops_repl.simulator.handlers.cloudwatch.selected import LONGEST, Selected, selected
from finops_repl.simulator.metrics.measurements import Measurements
from finops_repl.simulator.metrics.readings import Tally
from finops_repl.simulator.metrics.series import Metric, Series
from finops_repl.simulator.metrics.statistics import kept, moments, needs_values, rounded, value

__all__ = ["Finder", "Told"]

_MESSAGES = {
    "MaxMetricsExceeded": "Maximum number of allowed metrics exceeded",
    "MaxQueryTimeRangeExceeded": "Max time window exceeded for query",
    "MaxQueryResultsExceeded": "Only the first 500 time series can be returned by a query",
    "MaxMatchingResultsExceeded": "The query matched more than 10,000 metrics",
}
"""What is said of an answer that is not all that was asked for; it is no error."""


@dataclass(frozen=True, slots=True)
class Told:
    """Values by query, the names that some have without a label, and messages with their codes."""

    values: Mapping[str, Value]
    names: Mapping[str, str]
    messages: Sequence[tuple[str, str]]


class Finder:
    """Answers the queries of one request to a region, from second `start` to `end`.

    Its series are read when they are looked at; that ends with `Cancelled` once `cancelled` is set.
    """

    def __init__(
        self, measured: Measurements, region: str, start: int, end: int,
        cancelled: threading.Event,
    ) -> None:  # fmt: skip
        self._measured, self._region, self._cancelled = measured, region, cancelled
        self._now = int(measured.view.calendar.now.timestamp())
        self._start, self._end = rounded(start, self._now), end
        self._codes: dict[str, None] = {}
        self._series: Mapping[Metric, Series] = {}

    def told(self, asked: Sequence[Query]) -> Told:
        """The values of all queries; raises `MathError` and `Invalid`."""
        named = {each.id: each.metric for each in asked if each.metric is not None}
        selects, expressions = _read(asked)
        known = self._known(asked)
        local = self._measured.view.world.payer.id
        room = MOST_METRICS - len(named)
        of_search = searched(expressions, known, room=room, local=local, cancelled=self._cancelled)
        if any(each.is_cut for each in of_search.values()):
            self._codes["MaxMetricsExceeded"] = None
        of_select: dict[str, Selected] = {}
        for query, select in selects:
            with in_expression(query.id):
                of_select[query.id] = self._selected(query, select, known)
        owned = [each.metrics for each in of_search.values()]
        owned += [each.metrics for each in of_select.values()]
        self._series = self._looked_at([
            *named.values(), *(metric for some in owned for metric, _ in some)
        ])  # fmt: skip
        owners = dict(known)
        found: dict[str, Value] = {
            each.id: self._named(each, owners) for each in asked if each.metric is not None
        }
        for id_, chosen in of_select.items():
            with in_expression(id_):
                found[id_] = self._of_select(chosen)
        values = evaluated(
            [each for _, each in expressions], found, list(named),
            lambda call, of: self._of_search(of_search[of.id, call]),
            lambda period: self._moments(self._start, period),
        )  # fmt: skip
        names = {id_: metric.name for id_, metric in named.items()}
        names |= {query.id: select.metric for query, select in selects}
        return Told(values, names, [(code, _MESSAGES[code]) for code in self._codes])

    def _known(self, asked: Sequence[Query]) -> Sequence[Owned]:
        """The region's metrics with their owners, where a query needs to know them."""
        needed = any(
            each.account or each.expression or "${" in (each.label or "") for each in asked
        )
        return self._measured.metrics(self._region) if needed else ()

    def _looked_at(self, asked: Iterable[Metric]) -> Mapping[Metric, Series]:
        days = (datetime.fromtimestamp(at, UTC).date() for at in (self._start, self._end))
        return self._measured.series(asked, self._region, *days)

    def _moments(self, start: int, period: int) -> range:
        return moments(start, self._measured.until(self._end), period, self._now)

    def _tallies(
        self, metric: Metric, period: int, start: int, *, values: bool = False
    ) -> Mapping[int, Tally]:
        if self._cancelled.is_set():
            raise Cancelled
        series = self._series.get(metric)
        if series is None:
            return {}
        # Periods before the first that is kept would be computed for nothing: all of 13 months.
        start = self._moments(start, period).start
        tallies = self._measured.tallies(series, start, self._end, period, values=values)
        return kept(tallies, period, self._now)

    def _points(self, metric: Metric, statistic: str, period: int) -> Points:
        def computed() -> Points:
            tallies = self._tallies(metric, period, self._start, values=needs_values(statistic))
            return {second: value(tally, statistic) for second, tally in tallies.items()}

        return LazyPoints(computed)

    def _named(self, query: Query, owners: Mapping[Metric, str]) -> TimeSeries:
        """The series of a metric that a query names; without points where it is not there."""
        metric = query.metric
        assert metric is not None
        owner, mine = owners.get(metric, ""), self._series.get(metric)
        points: Points = {}
        if mine is not None and query.unit in ("", mine.unit) and query.may_have(owner):
            points = self._points(metric, query.statistic, query.period)
        source = Source(metric, owner, query.statistic)
        return TimeSeries(points, query.period, query.label or metric.name, source)

    def _of_search(self, search: Searched) -> list[TimeSeries]:
        return told_apart([
            TimeSeries(
                self._points(metric, search.statistic, search.period), search.period,
                source=Source(metric, owner, search.statistic),
            )
            for metric, owner in search.metrics
        ])  # fmt: skip

    def _selected(self, query: Query, select: Select, known: Sequence[Owned]) -> Selected:
        chosen = selected(query, select, known)
        if chosen.is_cut:
            self._codes["MaxMatchingResultsExceeded"] = None
        if self._start < self._now - LONGEST:
            self._codes["MaxQueryTimeRangeExceeded"] = None
        return chosen

    def _of_select(self, chosen: Selected) -> Value:
        """The series of a query of Metrics Insights."""
        period = chosen.period
        start = max(self._start, rounded(self._now - LONGEST, self._now))
        found, is_cut = chosen.series(
            len(self._moments(start, period)),
            lambda metric: self._tallies(metric, period, start),
        )
        if is_cut:
            self._codes["MaxQueryResultsExceeded"] = None
        return found


def _read(
    asked: Sequence[Query],
) -> tuple[list[tuple[Query, Select]], list[tuple[Query, Expression]]]:
    """The queries of Metrics Insights, and all other expressions; raises `MathError`, `Invalid`."""
    selects: list[tuple[Query, Select]] = []
    expressions: list[tuple[Query, Expression]] = []
    for each in asked:
        with in_expression(each.id):
            if is_select(each.expression):
                selects.append((each, read_select(each.expression)))
            elif each.metric is None:
                tree, is_read = parse(each.expression), "${" in (each.label or "")
                expressions.append((each, Expression(each.id, tree, each.period, is_read)))
    if len(selects) > 1:
        raise Invalid(
            "Only one Metrics Insights query is allowed in a GetMetricData request",
            "ValidationError",
        )
    return selects, expressions
