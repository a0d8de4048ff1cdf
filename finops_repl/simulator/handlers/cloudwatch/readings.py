"""CloudWatch: readings of metrics, out of the ledger; nothing of them is stored.

One identity sees the whole organisation, so a question finds the metrics of every account in the
region; `AccountId` narrows it to one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.cloudwatch.metric_math import MathError, evaluated
from finops_repl.simulator.handlers.cloudwatch.request import (
    Invalid,
    Query,
    checked_period,
    metric,
    queries,
    span,
)
from finops_repl.simulator.handlers.pages import read_token, token
from finops_repl.simulator.metrics.measurements import Measurements
from finops_repl.simulator.metrics.series import Metric, Series
from finops_repl.simulator.metrics.statistics import (
    STATISTICS,
    is_statistic,
    kept,
    needs_values,
    rounded,
    value,
)
from finops_repl.simulator.view import invalid

__all__ = ["CloudWatchService"]

MOST_POINTS = 100_800
MOST_OF_STATISTICS = 1_440
Points = dict[int, float]
"""Values by the second at which their period begins."""


class CloudWatchService:
    """Answers questions for readings; a call sees its own region."""

    operations = frozenset({"GetMetricData", "GetMetricStatistics"})

    def __init__(self, measured: Measurements) -> None:
        self._measured = measured
        self._now = int(measured.view.calendar.now.timestamp())

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        try:
            if call.operation == "GetMetricData":
                return self._data(call.params, call.region)
            return self._statistics(call.params, call.region)
        except Invalid as refused:
            return invalid(str(refused), refused.code)

    def _data(self, params: Mapping[str, Any], region: str) -> Answer:
        asked = queries(params)
        start, end = span(params)
        most = int(params.get("MaxDatapoints") or MOST_POINTS)
        if not 1 <= most <= MOST_POINTS:
            raise Invalid(f"MaxDatapoints must be between 1 and {MOST_POINTS}", "ValidationError")
        given = params.get("NextToken")
        since = read_token(given, params) if given else 0
        if since is None:
            raise Invalid("The service returned an invalid token.", "InvalidNextToken")
        points = self._points(asked, region, start, end)
        ascending = params.get("ScanBy") == "TimestampAscending"
        shown = [each for each in asked if each.returned]
        results, place = [], 0
        for query in shown:
            ordered = sorted(points[query.id].items(), reverse=not ascending)
            begin = max(0, since - place)
            page = ordered[begin : max(begin, since + most - place)]
            place += len(ordered)
            results.append({
                "Id": query.id,
                "Label": query.label,
                "Timestamps": [_moment(second) for second, _ in page],
                "Values": [each for _, each in page],
                "StatusCode": "PartialData" if place > since + most else "Complete",
            })  # fmt: skip
        found: dict[str, Any] = {"MetricDataResults": results, "Messages": []}
        if place > since + most:
            found["NextToken"] = token(since + most, params)
        return Result(found)

    def _points(
        self, asked: Sequence[Query], region: str, start: int, end: int
    ) -> dict[str, Points]:
        start = rounded(start, self._now)
        owners = dict(self._measured.metrics(region)) if any(q.account for q in asked) else {}
        series = self._series((q.metric for q in asked if q.metric is not None), region, start, end)
        found: dict[str, Points] = {}
        for query in asked:
            if query.metric is None:
                continue
            mine = series.get(query.metric)
            if mine is None or (query.account and owners.get(query.metric) != query.account):
                found[query.id] = {}
                continue
            if query.unit and query.unit != mine.unit:
                found[query.id] = {}
                continue
            tallies = self._measured.tallies(
                mine, start, end, query.period, values=needs_values(query.statistic)
            )
            found[query.id] = {
                second: value(tally, query.statistic)
                for second, tally in kept(tallies, query.period, self._now).items()
            }
        try:
            return evaluated(asked, found)
        except MathError as wrong:
            raise Invalid(str(wrong), "ValidationError") from wrong

    def _series(
        self, asked: Iterable[Metric], region: str, start: int, end: int
    ) -> Mapping[Metric, Series]:
        days = (_moment(start).date(), _moment(end).date())
        return self._measured.series(asked, region, *days)

    def _statistics(self, params: Mapping[str, Any], region: str) -> Answer:
        start, end = span(params)
        start = rounded(start, self._now)
        period = checked_period(params.get("Period"), "InvalidParameterValue")
        simple = [str(each) for each in params.get("Statistics") or ()]
        extended = [str(each) for each in params.get("ExtendedStatistics") or ()]
        if not simple and not extended:
            raise Invalid(
                "Must specify either Statistics or ExtendedStatistics",
                "InvalidParameterCombination",
            )
        for each in simple:
            if each not in STATISTICS:
                raise Invalid(
                    f"The value {each} for parameter Statistics is not supported."
                    f" Valid values: {', '.join(STATISTICS)}",
                    "InvalidParameterValue",
                )
        for each in extended:
            if not is_statistic(each) or each in STATISTICS:
                raise Invalid(
                    f"The value {each} for parameter ExtendedStatistics is not supported;"
                    " percentiles are, as in p99.5",
                    "InvalidParameterValue",
                )
        points = -(-(end - start) // period)
        if points > MOST_OF_STATISTICS:
            raise Invalid(
                f"You have requested up to {points:,} datapoints, which exceeds the limit of"
                f" {MOST_OF_STATISTICS:,}. You may reduce the datapoints requested by increasing"
                " Period, or decreasing the time range.",
                "InvalidParameterCombination",
            )
        asked = metric(params)
        mine = self._series([asked], region, start, end).get(asked)
        shown: list[dict[str, Any]] = []
        if mine is not None and params.get("Unit") in (None, mine.unit):
            tallies = self._measured.tallies(mine, start, end, period, values=bool(extended))
            for second, tally in kept(tallies, period, self._now).items():
                point = {"Timestamp": _moment(second), "Unit": mine.unit}
                point |= {name: value(tally, name) for name in simple}
                if extended:
                    point["ExtendedStatistics"] = {name: value(tally, name) for name in extended}
                shown.append(point)
        return Result({"Label": asked.name, "Datapoints": shown})


def _moment(second: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
