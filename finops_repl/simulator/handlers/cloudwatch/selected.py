"""What a query of Metrics Insights matches, within the metrics of a region, and its series.

Source: CloudWatch user guide, "Metrics Insights quotas".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from finops_repl.simulator.handlers.cloudwatch.insights import MOST_RETURNED, Select
from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import MathError
from finops_repl.simulator.handlers.cloudwatch.metric_math.values import TimeSeries, Value
from finops_repl.simulator.handlers.cloudwatch.request import Query
from finops_repl.simulator.handlers.cloudwatch.search import Owned
from finops_repl.simulator.metrics.readings import MINUTE, Tally
from finops_repl.simulator.metrics.series import Metric

__all__ = ["LONGEST", "Selected", "selected"]

LONGEST = 14 * 86_400
"""Seconds before now that a query may look back on."""
MOST_MATCHED = 10_000
MOST_SCANNED = 4_300_000
"""Data points that a query reads at most. Source: CloudWatch quotas, GetMetricData: what those with
a query may scan in a second."""


@dataclass(frozen=True, slots=True)
class Selected:
    """The metrics that a query is over, as many as it may be, and the period that it reads."""

    select: Select
    period: int
    metrics: Sequence[Owned]
    is_cut: bool

    def series(
        self, moments: int, read: Callable[[Metric], Mapping[int, Tally]]
    ) -> tuple[Value, bool]:
        """One series for each group, or one of all metrics; and whether there are more groups.

        A metric has `moments` periods at most. Raises `MathError`.
        """
        if len(self.metrics) * moments > MOST_SCANNED:
            raise MathError(
                f"More than {MOST_SCANNED:,} data points are to be scanned: ask for a longer"
                " period, a shorter time or fewer metrics"
            )
        select = self.select
        groups = select.groups(self.metrics, read)
        if not select.group_by:
            return TimeSeries(groups[0].points if groups else {}, self.period), False
        shown: list[TimeSeries] = [
            TimeSeries(group.points, self.period, " ".join(group.labels), select.source(group))
            for group in groups[: select.limit]
        ]
        return shown, len(groups) > MOST_RETURNED and select.limit == MOST_RETURNED


def selected(query: Query, select: Select, known: Sequence[Owned]) -> Selected:
    """What a query finds of the known metrics; raises `MathError` for one without a period."""
    if not query.period:
        raise MathError("Period must not be null")
    every = [each for each in known if query.may_have(each[1]) and select.finds(each)]
    # Finer readings than by the minute are put together.
    period = max(query.period, MINUTE)
    return Selected(select, period, every[:MOST_MATCHED], len(every) > MOST_MATCHED)
