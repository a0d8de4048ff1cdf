"""Metric math: arithmetic on the series of a GetMetricData, and a few of its functions.

Source: CloudWatch user guide, "Using math expressions". Series meet at the periods that both have;
a function of several series takes what there is of them at each period.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence

from finops_repl.simulator.handlers.cloudwatch.request import Query

__all__ = ["FUNCTIONS", "MathError", "evaluated"]

Points = dict[int, float]
Value = float | Points | list[Points]

_OPERATORS: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.BitXor: operator.pow,  # CloudWatch writes a power as ^
}


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values)


_OVER: Mapping[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum, "AVG": _average, "MIN": min, "MAX": max,
}  # fmt: skip
FUNCTIONS = (*_OVER, "ABS", "CEIL", "FLOOR", "FILL", "METRICS", "PERIOD")


class MathError(ValueError):
    """An expression that cannot be evaluated."""


def evaluated(asked: Sequence[Query], found: Mapping[str, Points]) -> dict[str, Points]:
    """The series of all queries, `found` being those of metrics; raises `MathError`."""
    math = _Math(asked, found)
    return {query.id: math.series(query) for query in asked}


class _Math:
    def __init__(self, asked: Sequence[Query], found: Mapping[str, Points]) -> None:
        self._queries = {query.id: query for query in asked}
        self._known: dict[str, Points] = dict(found)
        self._open: list[str] = []

    def series(self, query: Query) -> Points:
        """A query's points."""
        if query.id in self._known:
            return self._known[query.id]
        if query.id in self._open:
            raise MathError(f"Error in expression '{query.id}': it refers to itself")
        self._open.append(query.id)
        try:
            tree = ast.parse(query.expression, mode="eval")
            found = self._value(tree.body)
        except (SyntaxError, ValueError, ZeroDivisionError, OverflowError) as wrong:
            if isinstance(wrong, MathError):
                raise
            raise MathError(f"Error in expression '{query.id}': {query.expression!r}") from wrong
        self._open.pop()
        if not isinstance(found, dict):
            raise MathError(
                f"Error in expression '{query.id}': it must yield one time series, not a number"
                " or several"
            )
        self._known[query.id] = found
        return found

    def _value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name) if name in self._queries:
                return self.series(self._queries[name])
            case ast.List(elts=items):
                found = [self._value(item) for item in items]
                return [each for each in found if isinstance(each, dict)]
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return _each(operator.neg, self._value(inner))
            case ast.BinOp(left=left, op=how, right=right) if type(how) in _OPERATORS:
                return _both(_OPERATORS[type(how)], self._value(left), self._value(right))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(name, arguments)
        raise MathError(
            f"{ast.unparse(node)!r} is not offered by the simulated account: an expression may have"
            f" numbers, ids of queries, + - * / ^ and {', '.join(FUNCTIONS)}"
        )

    def _call(self, name: str, arguments: Sequence[ast.expr]) -> Value:
        match name, arguments:
            case "METRICS", []:
                return [self.series(query) for query in self._queries.values() if query.metric]
            case "PERIOD", [ast.Name(id=id_)] if id_ in self._queries:
                return float(self._queries[id_].period)
            case "FILL", [inner, filling]:
                return self._filled(self._value(inner), self._value(filling))
            case (("ABS" | "CEIL" | "FLOOR"), [inner]):
                return _each(_SINGLE[name], self._value(inner))
            case _, [inner] if name in _OVER:
                return _over(_OVER[name], self._value(inner))
        raise MathError(
            f"{name}() with {len(arguments)} arguments is not offered by the simulated account;"
            f" it offers {', '.join(FUNCTIONS)}"
        )

    def _filled(self, series: Value, filling: Value) -> Points:
        """A series with a number wherever any other series has a point and it has none."""
        if not isinstance(series, dict) or not isinstance(filling, float):
            raise MathError("FILL takes a time series and a number")
        times = {time for points in self._known.values() for time in points}
        return {time: series.get(time, filling) for time in times | series.keys()}


_SINGLE: Mapping[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": lambda value: float(-(-value // 1)),
    "FLOOR": lambda value: float(value // 1),
}


def _each(what: Callable[[float], float], value: Value) -> Value:
    if isinstance(value, list):
        return [{time: what(each) for time, each in points.items()} for points in value]
    if isinstance(value, dict):
        return {time: what(each) for time, each in value.items()}
    return what(value)


def _both(what: Callable[[float, float], float], left: Value, right: Value) -> Value:
    if isinstance(left, list) or isinstance(right, list):
        raise MathError("an operator takes time series and numbers, not several series at once")
    if isinstance(left, dict) and isinstance(right, dict):
        return {
            time: what(left[time], right[time])
            for time in left
            # A point that cannot be divided is left out, as CloudWatch does.
            if time in right and not (what is operator.truediv and right[time] == 0)
        }
    if isinstance(left, dict):
        number = right
        assert isinstance(number, float)
        return {time: what(each, number) for time, each in left.items()}
    if isinstance(right, dict):
        return {
            time: what(left, each)
            for time, each in right.items()
            if not (what is operator.truediv and each == 0)
        }
    return what(left, right)


def _over(what: Callable[[Sequence[float]], float], value: Value) -> Value:
    """One number of a series; of several, one of each period."""
    if isinstance(value, float):
        return value
    if isinstance(value, dict):
        return float(what(list(value.values()))) if value else 0.0
    times = sorted({time for points in value for time in points})
    return {time: what([points[time] for points in value if time in points]) for time in times}
