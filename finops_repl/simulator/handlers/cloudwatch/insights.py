"""Metrics Insights: what a query asks for, and which series a GROUP BY makes of it.

Source: CloudWatch user guide, "Metrics Insights query components and syntax" and "quotas".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from finops_repl.simulator.handlers.cloudwatch.metric_math.values import Source
from finops_repl.simulator.handlers.cloudwatch.search import Owned
from finops_repl.simulator.metrics.readings import Tally
from finops_repl.simulator.metrics.series import Metric
from finops_repl.simulator.metrics.statistics import value

__all__ = [
    "ACCOUNT",
    "FUNCTIONS",
    "MOST_RETURNED",
    "Condition",
    "Group",
    "Select",
]

MOST_RETURNED = 500
ACCOUNT = "AWS.AccountId"
OTHER = "Other"
"""What a metric without the label of a GROUP BY is grouped under."""
FUNCTIONS: Mapping[str, str] = {
    "AVG": "Average", "COUNT": "SampleCount", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum",
}  # fmt: skip
_OF_SERIES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "AVG": lambda values: sum(values) / len(values), "COUNT": len, "MAX": max, "MIN": min,
    "SUM": sum,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """A label with this value, or with another."""

    key: str
    value: str
    is_equal: bool


@dataclass(frozen=True, slots=True)
class Group:
    """One series of a query: the labels that it is grouped by, and its values by second."""

    labels: tuple[str, ...]
    points: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Select:
    """A query. `dimensions` are exactly those that a metric must have, None where any will do."""

    function: str
    metric: str
    namespace: str
    dimensions: frozenset[str] | None = None
    where: tuple[Condition, ...] = ()
    group_by: tuple[str, ...] = ()
    order_by: str = ""
    descending: bool = False
    limit: int = MOST_RETURNED

    def finds(self, owned: Owned) -> bool:
        """True for a metric that it asks for."""
        metric, _ = owned
        if metric.name != self.metric or metric.namespace != self.namespace:
            return False
        names = {name for name, _ in metric.dimensions}
        if self.dimensions is not None and names != self.dimensions:
            return False
        return all(
            (has := _label(owned, each.key)) is not None and (has == each.value) == each.is_equal
            for each in self.where
        )

    def groups(
        self, matched: Iterable[Owned], read: Callable[[Metric], Mapping[int, Tally]]
    ) -> list[Group]:
        """The series of metrics, in order; none without a point.

        More than `limit` are told too: the caller says that there are.
        """
        members: dict[tuple[str, ...], list[Metric]] = {}
        for owned in matched:
            labels = tuple(_label(owned, key) or OTHER for key in self.group_by)
            members.setdefault(labels, []).append(owned[0])
        groups = [
            Group(labels, points)
            for labels, metrics in sorted(members.items())
            if (points := self._points(read(metric) for metric in metrics))
        ]
        if self.order_by:
            of_series = _OF_SERIES[self.order_by]
            groups.sort(
                key=lambda each: of_series(list(each.points.values())), reverse=self.descending
            )
        return groups

    def _points(self, of_metrics: Iterable[Mapping[int, Tally]]) -> Mapping[int, float]:
        """What the readings of several metrics make together."""
        merged: dict[int, Tally] = {}
        for tallies in of_metrics:
            for second, tally in tallies.items():
                merged[second] = merged[second].joined(tally) if second in merged else tally
        statistic = FUNCTIONS[self.function]
        return {at: value(tally, statistic) for at, tally in sorted(merged.items())}

    def source(self, group: Group) -> Source:
        """What a group is of: a metric whose dimensions are its labels."""
        labels = dict(zip(self.group_by, group.labels, strict=True))
        account = labels.pop(ACCOUNT, "")
        metric = Metric(self.namespace, self.metric, tuple(labels.items()))
        return Source(metric, account, FUNCTIONS[self.function])


def _label(owned: Owned, key: str) -> str | None:
    return owned[1] if key == ACCOUNT else dict(owned[0].dimensions).get(key)
