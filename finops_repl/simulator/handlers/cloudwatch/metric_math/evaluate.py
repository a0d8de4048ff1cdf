"""Metric math over the queries of a GetMetricData: each expression in the order it is needed.

What searches and Metrics Insights found stands for them, so that one look at the ledger can find
what all expressions ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from finops_repl.simulator.handlers.cloudwatch.metric_math.computation import (
    Computation,
    Expression,
)
from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import (
    Called,
    MathError,
    Name,
    in_expression,
    walk,
)
from finops_repl.simulator.handlers.cloudwatch.metric_math.values import TimeSeries, Value

__all__ = ["evaluated"]


def evaluated(
    expressions: Sequence[Expression], found: Mapping[str, Value], metrics: Sequence[str],
    searched: Callable[[Called, Expression], list[TimeSeries]],
    moments: Callable[[int], Sequence[int]],
) -> Mapping[str, Value]:  # fmt: skip
    """The values of all queries; raises `MathError`, which names the expression.

    `found` are the values of the other queries by id; for the rest see `Computation`.
    """
    values = dict(found)
    computation = Computation(values, metrics, searched, moments)
    known = {each.id: each for each in expressions}
    order = _order(known)
    for id_ in order:
        with in_expression(id_):
            values[id_] = computation.value(known[id_])
    for id_ in order:
        if isinstance(values[id_], float):
            with in_expression(id_):
                raise MathError("it must yield a time series or several, not a number")
    return values


def _order(known: Mapping[str, Expression]) -> list[str]:
    """The ids of expressions, each behind those that it refers to."""
    needs = {
        id_: dict.fromkeys(
            node.id for node in walk(each.tree) if isinstance(node, Name) and node.id in known
        )
        for id_, each in known.items()
    }
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        with in_expression(error.args[1][0]):
            raise MathError("it refers to itself") from error
