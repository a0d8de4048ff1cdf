"""What the SEARCH calls of a request find, within the metrics that a request may have."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from finops_repl.simulator.handlers.cloudwatch.metric_math.computation import Expression
from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import (
    Called,
    MathError,
    Number,
    Text,
    in_expression,
    walk,
)
from finops_repl.simulator.handlers.cloudwatch.request import (
    Cancelled,
    Invalid,
    Query,
    checked_period,
)
from finops_repl.simulator.handlers.cloudwatch.search import Owned, Search
from finops_repl.simulator.metrics.statistics import STATISTICS, is_statistic

__all__ = ["MOST_METRICS", "Searched", "searched"]

MOST_METRICS = 500
"""Metrics of a request without a query, named or searched. Source: API reference, GetMetricData."""
MOST_SEARCHES = 100
"""Source: CloudWatch user guide, "Search expression syntax", limits."""


@dataclass(frozen=True, slots=True)
class Searched:
    """The metrics that one SEARCH finds, as many as there is room for, and how they are read."""

    metrics: Sequence[Owned]
    statistic: str
    period: int
    is_cut: bool


def searched(
    expressions: Sequence[tuple[Query, Expression]], known: Sequence[Owned], *,
    room: int, local: str, cancelled: threading.Event,
) -> Mapping[tuple[str, Called], Searched]:  # fmt: skip
    """What each SEARCH of each expression finds of the known metrics, `room` of them in all.

    `local` is the account that asks. Raises `MathError`, `Invalid`, and `Cancelled` once
    `cancelled` is set.
    """
    calls = [
        (query, node)
        for query, expression in expressions
        for node in walk(expression.tree)
        if isinstance(node, Called) and node.name == "SEARCH"
    ]
    if len(calls) > MOST_SEARCHES:
        raise Invalid(
            f"A request must not have more than {MOST_SEARCHES} SEARCH expressions",
            "ValidationError",
        )
    found: dict[tuple[str, Called], Searched] = {}
    for query, call in calls:
        if (query.id, call) in found:
            continue
        if cancelled.is_set():
            raise Cancelled
        with in_expression(query.id):
            text, statistic, period = _arguments(call, query.period)
            search = Search.parse(text, local=local)
        every = [each for each in known if query.may_have(each[1]) and search.finds(each)]
        found[query.id, call] = Searched(every[:room], statistic, period, len(every) > room)
        room -= min(room, len(every))
    return found


def _arguments(call: Called, period: int) -> tuple[str, str, int]:
    """Text, statistic and period of a SEARCH; the period of its query goes before its own."""
    match call.arguments:
        case [Text(text), Text(statistic)]:
            own = 0
        case [Text(text), Text(statistic), Number(seconds)] if seconds.is_integer():
            own = int(seconds)
        case _:
            raise MathError("SEARCH takes a search, a statistic and a period")
    if not is_statistic(statistic):
        raise MathError(
            f"SEARCH does not know the statistic {statistic!r}; it knows"
            f" {', '.join(STATISTICS)} and percentiles, as in p90"
        )
    if not period and not own:
        raise MathError("Period must not be null")
    return text, statistic, checked_period(period or own, "ValidationError")
