"""What the tree of one expression yields, out of what the other queries of a request yield."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from finops_repl.simulator.handlers.cloudwatch.metric_math.functions import (
    CALENDAR,
    EACH,
    OVER,
    chosen,
    filled,
    over,
    ranked,
)
from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import (
    Called,
    Chain,
    Listing,
    MathError,
    Name,
    Node,
    Number,
    Text,
)
from finops_repl.simulator.handlers.cloudwatch.metric_math.values import (
    TimeSeries,
    Value,
    changed,
    combined,
    kind_of,
)

__all__ = ["FUNCTIONS", "Computation", "Expression"]

_OF_QUERIES = ("FILL", "FIRST", "IF", "LAST", "METRICS", "METRIC_COUNT", "PERIOD", "REMOVE_EMPTY",
               "SEARCH", "SLICE", "SORT", "TIME_SERIES")  # fmt: skip
FUNCTIONS = tuple(sorted((*OVER, *EACH, *CALENDAR, *_OF_QUERIES)))
NOT_OFFERED = ("ANOMALY_DETECTION_BAND", "DB_PERF_INSIGHTS", "INSIGHT_RULE_METRIC", "LAMBDA",
               "SERVICE_QUOTA")  # fmt: skip
"""What CloudWatch has besides: models, rules and quotas that the simulated account has none of."""
MOST_SERIES = 500
"""Time series of an array, as of a graph. Source: CloudWatch user guide, search expressions."""
MOST_COMPUTED = 5_000_000
"""Points that the expressions of a request read and compute at most: a limit of the simulated
account, where CloudWatch has one on the points that are asked of it in a second."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression of a query; `period` is the query's own, 0 where it has none.

    `is_read` says that all its points are needed, where it is a search that a page shows as it is.
    """

    id: str
    tree: Node
    period: int = 0
    is_read: bool = False


class Computation:
    """Computes expressions one after the other, up to `MOST_COMPUTED` points in all.

    `values` are those of the queries by id, and of the expressions that were computed before;
    `metrics` are the ids of those that are metrics. `searched` gives what a SEARCH of an expression
    found, `moments` the beginnings of all periods of a length.
    """

    def __init__(
        self, values: Mapping[str, Value], metrics: Sequence[str],
        searched: Callable[[Called, Expression], list[TimeSeries]],
        moments: Callable[[int], Sequence[int]],
    ) -> None:  # fmt: skip
        self._values = values
        self._metrics, self._searched, self._moments = metrics, searched, moments
        self._computed = 0

    def value(self, of: Expression) -> Value:
        """The value of an expression; raises `MathError`."""
        match of.tree:
            case Called("SEARCH") as search if not of.is_read:
                return self._searched(search, of)
        return self._value(of.tree, of)

    def _value(self, node: Node, of: Expression) -> Value:
        match node:
            case Number(value):
                return value
            case Name(id_):
                if id_ in self._values:
                    return self._counted(self._values[id_])
                raise MathError(f"No query has the id {id_!r}")
            case Listing(items):
                listed: list[TimeSeries] = []
                for item in items:
                    listed += self._series(item, of)
                    if len(listed) > MOST_SERIES:
                        raise MathError(f"An array has more than {MOST_SERIES} time series")
                return listed
            case Chain(first, rest):
                found = self._value(first, of)
                for sign, operand in rest:
                    found = self._counted(combined(sign, found, self._value(operand, of)))
                return found
            case Called():
                return self._counted(self._called(node, of))
            case Text(value):
                raise MathError(f"Unexpected {value!r}")

    def _counted(self, value: Value) -> Value:
        """A value whose points are, or are about to be, read or computed."""
        if not isinstance(value, float):
            several = value if isinstance(value, list) else [value]
            self._computed += len(several)
            self._computed += sum(len(self._moments(one.period)) for one in several if one.period)
        if self._computed > MOST_COMPUTED:
            raise MathError(
                f"More than {MOST_COMPUTED:,} data points are to be computed: ask for a longer"
                " period, a shorter time or fewer metrics"
            )
        return value

    def _series(self, node: Node, of: Expression) -> list[TimeSeries]:
        found = self._value(node, of)
        if isinstance(found, float):
            raise MathError("An array has time series, not numbers")
        return found if isinstance(found, list) else [found]

    def _called(self, call: Called, of: Expression) -> Value:
        name, arguments = call.name, call.arguments
        if name not in FUNCTIONS:
            offered = f"offered are {', '.join(FUNCTIONS)}"
            if name in NOT_OFFERED:
                raise MathError(f"{name} is not offered by the simulated account; {offered}")
            raise MathError(f"Unrecognized function {name!r}; {offered}")
        match name, arguments:
            case "SEARCH", _:
                return self._searched(call, of)
            case "METRICS", []:
                return self._of_metrics("")
            case "METRICS", [Text(part)]:
                return self._of_metrics(part)
            case "PERIOD", [Name(id_)] if id_ in self._metrics:
                return float(self._one(Name(id_), of).period)
            case "TIME_SERIES", [number]:
                return self._constant(self._value(number, of), of)
            case "FILL", [series, filling]:
                return self._filled(series, filling, of)
            case "IF", [condition, if_true, *rest] if len(rest) < 2:
                if_false = self._value(rest[0], of) if rest else None
                return chosen(self._value(condition, of), self._value(if_true, of), if_false)
            case "SORT", [array, Name(by), Name(order), *limit] if len(limit) < 2:
                found = ranked(self._array(array, of), by, order)
                return found[: self._index(limit[0], of)] if limit else found
            case "SLICE", [array, start, *end] if len(end) < 2:
                until = self._index(end[0], of) if end else None
                return self._array(array, of)[self._index(start, of) : until]
            case _, [argument]:
                return self._of_one(name, argument, of)
        raise MathError(f"{name} does not take these {len(arguments)} arguments")

    def _of_one(self, name: str, argument: Node, of: Expression) -> Value:
        if name in CALENDAR:
            series = self._one(argument, of)
            what = CALENDAR[name]
            moments = self._moments(series.period) if series.period else ()
            points = {at: float(what(datetime.fromtimestamp(at, UTC))) for at in moments}
            return TimeSeries(points, series.period)
        value = self._value(argument, of)
        found: Value | None = None
        if name in EACH:
            found = changed(value, lambda one: one.holding(EACH[name](one.points)))
        elif name in OVER:
            found = over(name, value)
        elif isinstance(value, list):
            match name:
                case "METRIC_COUNT":
                    found = float(len(value))
                case "REMOVE_EMPTY":
                    found = [one for one in value if one.points]
                case "FIRST" | "LAST":
                    none = TimeSeries({}, 0)
                    found = (value[0 if name == "FIRST" else -1]) if value else none
        if found is None:
            raise MathError(f"{name} does not take {kind_of(value)}")
        return found

    def _of_metrics(self, part: str) -> list[TimeSeries]:
        found = [self._values[id_] for id_ in self._metrics if part in id_]
        return [one for one in found if isinstance(one, TimeSeries)]

    def _one(self, node: Node, of: Expression) -> TimeSeries:
        found = self._value(node, of)
        if not isinstance(found, TimeSeries):
            raise MathError(f"A time series is expected, not {kind_of(found)}")
        return found

    def _array(self, node: Node, of: Expression) -> list[TimeSeries]:
        found = self._value(node, of)
        if not isinstance(found, list):
            raise MathError(f"An array of time series is expected, not {kind_of(found)}")
        return found

    def _index(self, node: Node, of: Expression) -> int:
        found = self._value(node, of)
        if not isinstance(found, float) or found < 0 or not found.is_integer():
            raise MathError("A whole number is expected, 0 or more")
        return int(found)

    def _constant(self, value: Value, of: Expression) -> TimeSeries:
        """A number at each period: of the query, or the shortest of the request's metrics."""
        if not isinstance(value, float):
            raise MathError(f"TIME_SERIES does not take {kind_of(value)}")
        period = of.period or min((one.period for one in self._of_metrics("")), default=0)
        if not period:
            raise MathError("Period must not be null")
        return TimeSeries({}, period).holding(dict.fromkeys(self._moments(period), value))

    def _filled(self, series: Node, filling: Node, of: Expression) -> Value:
        value = self._value(series, of)
        match filling:
            case Name("REPEAT" | "LINEAR" as word):
                with_: Value | str = word
            case _:
                with_ = self._value(filling, of)

        def fill(one: TimeSeries) -> TimeSeries:
            return filled(one, with_, self._moments(one.period) if one.period else ())

        found = changed(value, fill)
        if found is None:
            raise MathError(f"FILL does not take {kind_of(value)}")
        return found
