"""GetMetricData: metrics, metric math, searches and Metrics Insights, out of the ledger.

One identity sees the whole organisation, so a question finds the metrics of every account in the
region; `AccountId` narrows it to one.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from finops_repl.aws.call import CANCELLED, Answer, Call, Result
from finops_repl.simulator.handlers.cloudwatch.found import Finder, Told
from finops_repl.simulator.handlers.cloudwatch.labels import Labels
from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import MathError
from finops_repl.simulator.handlers.cloudwatch.metric_math.values import TimeSeries, Value
from finops_repl.simulator.handlers.cloudwatch.request import (
    Cancelled,
    Invalid,
    Query,
    queries,
    span,
    zone,
)
from finops_repl.simulator.handlers.pages import read_token, token
from finops_repl.simulator.metrics.measurements import Measurements
from finops_repl.simulator.view import invalid

__all__ = ["CloudWatchData"]

MOST_POINTS = 100_800
MOST_OF_A_SERIES = 1 << 20
"""More than the points of any series: a page begins at a series and a point of it, as a number."""
_DROPPED = {
    "Code": "ArithmeticError",
    "Value": "One or more data-points have been dropped due to non-numeric values"
    " (NaN, -Infinite, +Infinite)",
}


class CloudWatchData:
    """Answers GetMetricData; a call sees its own region."""

    operations = frozenset({"GetMetricData"})

    def __init__(self, measured: Measurements) -> None:
        self._measured = measured
        self._now = int(measured.view.calendar.now.timestamp())
        self._accounts = {each.id: each.name for each in measured.view.world.accounts}

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        try:
            return self._data(call.params, call.region, cancelled)
        except Invalid as refused:
            return invalid(str(refused), refused.code)
        except MathError as wrong:
            return invalid(str(wrong), "ValidationError")
        except Cancelled:
            return CANCELLED

    def _data(self, params: Mapping[str, Any], region: str, cancelled: threading.Event) -> Answer:
        asked = queries(params)
        start, end = span(params)
        most = int(params.get("MaxDatapoints") or MOST_POINTS)
        if not 1 <= most <= MOST_POINTS:
            raise Invalid(f"MaxDatapoints must be between 1 and {MOST_POINTS}", "ValidationError")
        given = params.get("NextToken")
        since = read_token(given, params) if given else 0
        if since is None:
            raise Invalid("The service returned an invalid token.", "InvalidNextToken")
        labels = Labels(region, self._accounts, self._now, zone(params))
        told = Finder(self._measured, region, start, end, cancelled).told(asked)
        ascending = params.get("ScanBy") == "TimestampAscending"
        first, offset = divmod(since, MOST_OF_A_SERIES)
        results, room, following = [], most, 0
        for place, (query, label, series) in enumerate(_labelled(asked, told, labels)):
            page: Sequence[tuple[int, float]] = ()
            # A series that is on no page yet is not looked at before its page.
            if place >= first and not following:
                ordered = sorted(series.points.items(), reverse=not ascending)
                begin = offset if place == first else 0
                page = ordered[begin : begin + room]
                room -= len(page)
                if begin + len(page) < len(ordered):
                    following = place * MOST_OF_A_SERIES + begin + len(page)
            results.append({
                "Id": query.id,
                "Label": label,
                "Timestamps": [_moment(second) for second, _ in page],
                "Values": [each for _, each in page],
                "StatusCode": "PartialData" if following else "Complete",
                **({"Messages": [_DROPPED]} if series.dropped else {}),
            })  # fmt: skip
        found: dict[str, Any] = {
            "MetricDataResults": results,
            "Messages": [{"Code": code, "Value": text} for code, text in told.messages],
        }
        if following:
            found["NextToken"] = token(following, params)
        return Result(found)


def _labelled(
    asked: Sequence[Query], told: Told, labels: Labels
) -> list[tuple[Query, str, TimeSeries]]:
    """Each series that is to be returned, with its label."""
    found = []
    for query in asked:
        value: Value = told.values[query.id]
        if not query.returned or isinstance(value, float):
            continue
        several = isinstance(value, list)
        usual = told.names.get(query.id, query.id)
        for series in value if isinstance(value, list) else [value]:
            label = labels.written(query.label, series, several=several, usual=usual)
            found.append((query, label, series))
    return found


def _moment(second: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
