"""Aggregate functions. Sums of money columns stay exact.

`approx_distinct` counts exactly and `approx_percentile` takes the exact percentile: both lie
within the error that Trino allows itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from finops_repl.trino.rewrite.arithmetic import divided
from finops_repl.trino.rewrite.functions import collected
from finops_repl.trino.rewrite.functions.registry import Around, Call, coerced_call, overload
from finops_repl.trino.rewrite.typed import Typed, coerced, raised
from finops_repl.trino.types import (
    BIGINT,
    DAYS,
    DOUBLE,
    INTEGER,
    array_of,
    decimal,
    duckdb_type,
)

__all__ = ["AGGREGATES", "Aggregate", "same", "simple"]

MOST_VALUES = 10_000
"""How many values max, max_by and their like give at most."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What an aggregate call computes: its text takes the clauses written around the call."""

    build: Callable[[Call, Around], Typed]
    ordered: bool = False


def simple(signatures: tuple[tuple[str, str], ...], *, nan: bool = False) -> Aggregate:
    """An aggregate that signatures and their templates say all of."""

    def build(call: Call, around: Around) -> Typed:
        found, texts, of = coerced_call(call, [overload(*each) for each in signatures])
        inner = found.template.format(*texts)
        sql = around(inner)
        if of in (BIGINT, INTEGER) or of.name == "real":
            sql = f"CAST({sql} AS {duckdb_type(of)})"
        return Typed(sql, of, nan=nan or any(arg.nan for arg in call.args if arg))

    return Aggregate(build)


def _count(call: Call, around: Around) -> Typed:
    if not call.args:
        return Typed(around("count(*)"), BIGINT)
    if len(call.args) > 1:
        raise call.mismatch(("", "T"))
    return Typed(around(f"count({call.value(0).sql})"), BIGINT)


def _number(call: Call) -> Typed:
    value = call.value(0)
    if len(call.args) != 1 or not (value.type.is_number or value.type.name == "unknown"):
        raise call.mismatch(("bigint", "double", "decimal(p,s)"))
    return value


def _sum(call: Call, around: Around) -> Typed:
    if len(call.args) == 1 and call.value(0).type == DAYS:
        return _of_spans(call, around, "sum")
    value = _number(call)
    if value.type.is_integer or value.type.name == "unknown":
        return Typed(f"CAST({around(f'sum({value.sql})')} AS BIGINT)", BIGINT)
    of = value.type
    if of.name == "decimal":
        of = decimal(38, of.scale)
    return Typed(around(f"sum({value.sql})"), of, exact=value.exact, nan=value.nan)


def _of_spans(call: Call, around: Around, name: str) -> Typed:
    """sum or avg of intervals, by their milliseconds."""
    total = around(f"{name}(epoch_ms({call.value(0).sql}))")
    return Typed(f"to_milliseconds(CAST(round({total}) AS BIGINT))", DAYS)


def _avg(call: Call, around: Around) -> Typed:
    if len(call.args) == 1 and call.value(0).type == DAYS:
        return _of_spans(call, around, "avg")
    value = _number(call)
    if value.type.name != "decimal":
        return Typed(around(f"avg({value.sql})"), DOUBLE, nan=value.nan)
    whole = Typed(around(f"sum({value.sql})"), decimal(38 - 1, value.type.scale))
    count = Typed(around(f"count({value.sql})"), BIGINT)
    rounded = divided(call.t, call.node, whole, count, value.type)
    return Typed(f"CASE WHEN {count.sql} > 0 THEN {rounded.sql} END", value.type)


def same(name: str) -> Aggregate:
    """An aggregate that gives one of its values."""

    def build(call: Call, around: Around) -> Typed:
        value = call.value(0)
        if len(call.args) != 1 or (name in ("min", "max") and not value.type.is_orderable):
            raise call.mismatch(("T",))
        return Typed(around(f"{name}({value.sql})"), value.type, value.exact, value.nan)

    return Aggregate(build)


def _by(name: str) -> Aggregate:
    def build(call: Call, around: Around) -> Typed:
        if len(call.args) not in (2, 3) or not call.value(1).type.is_orderable:
            raise call.mismatch(("V, K", "V, K, bigint"))
        value, key = call.value(0), call.value(1)
        if len(call.args) == 3:
            count = call.value(2).constant
            if not isinstance(count, int) or not 1 <= count <= MOST_VALUES:
                text = f"{call.name} takes a literal number of 1 to {MOST_VALUES} values here"
                raise call.t.problem("NOT_SUPPORTED", text, call.node)
            # In a struct, since DuckDB leaves out values that are NULL.
            held = f"{{'v': {coerced(value, value.type)}}}"
            best = around(f"{name.removesuffix('_null')}({held}, {key.sql}, {count})")
            return Typed(f"list_transform({best}, lambda e: e.v)", array_of(value.type))
        return Typed(around(f"{name}({value.sql}, {key.sql})"), value.type, value.exact, value.nan)

    return Aggregate(build)


def _extreme(name: str) -> Aggregate:
    """min(x) and max(x); with n, the n of them as an array."""
    plain = same(name)

    def build(call: Call, around: Around) -> Typed:
        if len(call.args) != 2:
            return plain.build(call, around)
        value, count = call.value(0), call.value(1).constant
        if not value.type.is_orderable or not isinstance(count, int):
            raise call.mismatch(("T", "T, bigint"))
        if not 1 <= count <= MOST_VALUES:
            text = f"{call.name} takes a number of 1 to {MOST_VALUES} values"
            raise call.t.problem("INVALID_FUNCTION_ARGUMENT", text, call.node)
        return Typed(around(f"{name}({coerced(value, value.type)}, {count})"), array_of(value.type))

    return Aggregate(build)


PERCENTILES = ("bigint, double", "double, double", "double, array(double)")


def _percentile(call: Call, around: Around) -> Typed:
    value = call.value(0)
    if value.type.name == "decimal":
        value = Typed(coerced(value, DOUBLE), DOUBLE)
    numeric = value.type.is_integer or value.type == DOUBLE
    if len(call.args) > 2:
        text = "approx_percentile with weights is not supported here"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    shares = call.value(1) if len(call.args) == 2 else None
    if not numeric or shares is None:
        raise call.mismatch(PERCENTILES)
    several = shares.type.name == "array"
    if not (shares.type.args[0] if several else shares.type).is_number:
        raise call.mismatch(PERCENTILES)
    # DuckDB would count a share below 0 from the other end.
    least, most = (
        (f"list_{name}({shares.sql})" for name in ("min", "max"))
        if several
        else (shares.sql, shares.sql)
    )
    wrong = raised("Percentile must be between 0 and 1", like=shares.sql,
                   code="INVALID_FUNCTION_ARGUMENT")  # fmt: skip
    share = f"CASE WHEN {least} < 0 OR {most} > 1 THEN {wrong} ELSE {shares.sql} END"
    plain = f"quantile_disc({coerced(value, value.type)}, {share})"
    of = array_of(value.type) if several else value.type
    return Typed(around(plain), of, nan=value.nan)


def _grouping(call: Call, around: Around) -> Typed:
    keys = ", ".join(call.value(index).sql for index in range(len(call.args)))
    return Typed(f"CAST({around(f'grouping({keys})')} AS INTEGER)", INTEGER)


def _doubles(name: str, *, pair: bool = False, nan: bool = False) -> Aggregate:
    params = "double, double" if pair else "double"
    args = "{0}, {1}" if pair else "{0}"
    return simple(((f"{params} -> double", f"{name}({args})"),), nan=nan)


def _finite(name: str) -> Aggregate:
    """A statistic of pairs that is NULL where it would be no finite number."""
    plain = _doubles(name, pair=True)

    def build(call: Call, around: Around) -> Typed:
        sql = plain.build(call, around).sql
        return Typed(f"CASE WHEN isfinite({sql}) THEN {sql} END", DOUBLE)

    return Aggregate(build)


def _skewness(call: Call, around: Around) -> Typed:
    """skewness(x) of the values themselves; DuckDB's is that of a sample."""
    value = _number(call)
    text = coerced(value, DOUBLE)
    count = f"CAST({around(f'count({text})')} AS DOUBLE)"
    factor = f"(({count} - 2) / sqrt({count} * ({count} - 1)))"
    sql = f"CASE WHEN {count} > 2 THEN {around(f'skewness({text})')} * {factor} END"
    return Typed(sql, DOUBLE, nan=True)


AGGREGATES: Mapping[str, Aggregate] = {
    "count": Aggregate(_count),
    "count_if": simple((("boolean -> bigint", "count(CASE WHEN {0} THEN 1 END)"),)),
    "sum": Aggregate(_sum),
    "avg": Aggregate(_avg),
    "min": _extreme("min"),
    "max": _extreme("max"),
    "arbitrary": same("any_value"),
    "any_value": same("any_value"),
    "min_by": _by("arg_min_null"),
    "max_by": _by("arg_max_null"),
    "array_agg": Aggregate(collected.array_agg, ordered=True),
    "map_agg": Aggregate(collected.map_agg),
    "map_union": Aggregate(collected.map_union),
    "multimap_agg": Aggregate(collected.multimap_agg),
    "histogram": Aggregate(collected.histogram),
    "geometric_mean": simple((("double -> double", "exp(avg(ln({0})))"),)),
    "bitwise_and_agg": simple((("bigint -> bigint", "bit_and({0})"),)),
    "bitwise_or_agg": simple((("bigint -> bigint", "bit_or({0})"),)),
    "bitwise_xor_agg": simple((("bigint -> bigint", "bit_xor({0})"),)),
    "skewness": Aggregate(_skewness),
    "kurtosis": _doubles("kurtosis"),
    "bool_and": simple((("boolean -> boolean", "bool_and({0})"),)),
    "every": simple((("boolean -> boolean", "bool_and({0})"),)),
    "bool_or": simple((("boolean -> boolean", "bool_or({0})"),)),
    "approx_distinct": simple(
        (
            ("T -> bigint", "count(DISTINCT {0})"),
            ("T, double -> bigint", "count(DISTINCT {0})"),
        )
    ),
    "grouping": Aggregate(_grouping),
    "approx_percentile": Aggregate(_percentile),
    "stddev": _doubles("stddev_samp"),
    "stddev_samp": _doubles("stddev_samp"),
    "stddev_pop": _doubles("stddev_pop"),
    "variance": _doubles("var_samp"),
    "var_samp": _doubles("var_samp"),
    "var_pop": _doubles("var_pop"),
    "corr": _finite("corr"),
    "covar_samp": _doubles("covar_samp", pair=True),
    "covar_pop": _doubles("covar_pop", pair=True),
    "regr_slope": _finite("regr_slope"),
    "regr_intercept": _finite("regr_intercept"),
    "listagg": Aggregate(collected.listagg),
}
