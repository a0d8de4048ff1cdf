"""GetMetricStatistics: readings of one metric, out of the ledger; nothing of them is stored."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.cloudwatch.request import (
    Invalid,
    checked_period,
    metric,
    span,
)
from finops_repl.simulator.metrics.measurements import Measurements
from finops_repl.simulator.metrics.statistics import (
    STATISTICS,
    is_statistic,
    kept,
    rounded,
    value,
)
from finops_repl.simulator.view import invalid

__all__ = ["CloudWatchStatistics"]

MOST_OF_STATISTICS = 1_440


class CloudWatchStatistics:
    """Answers GetMetricStatistics; a call sees its own region."""

    operations = frozenset({"GetMetricStatistics"})

    def __init__(self, measured: Measurements) -> None:
        self._measured = measured
        self._now = int(measured.view.calendar.now.timestamp())

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        try:
            return self._statistics(call.params, call.region)
        except Invalid as refused:
            return invalid(str(refused), refused.code)

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
        days = (_moment(start).date(), _moment(end).date())
        mine = self._measured.series([asked], region, *days).get(asked)
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
