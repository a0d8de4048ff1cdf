"""Functions of numbers. Source: Trino's `MathFunctions`."""

from __future__ import annotations

from decimal import Decimal

from finops_repl.trino.rewrite.arithmetic import decimal_arithmetic
from finops_repl.trino.rewrite.functions.registry import Builder, Call, Table, result
from finops_repl.trino.rewrite.typed import Typed, coerced, raised, unified
from finops_repl.trino.types import BIGINT, DOUBLE, Type, decimal, duckdb_type

__all__ = ["BUILDERS", "MAY_BE_NAN", "TABLE"]

MAY_BE_NAN = frozenset(
    {
        "power",
        "pow",
        "log",
        "ln",
        "log2",
        "log10",
        "sqrt",
        "asin",
        "acos",
        "sin",
        "cos",
        "tan",
        "nan",
    }
)
BUCKET = (
    "CASE WHEN {0} < least({1}, {2}) THEN CASE WHEN {1} > {2} THEN {3} + 1 ELSE 0 END "
    "WHEN {0} >= greatest({1}, {2}) THEN CASE WHEN {1} > {2} THEN 0 ELSE {3} + 1 END "
    "WHEN {1} > {2} THEN {3} - CAST(floor({3} * ({0} - {2}) / ({1} - {2}) + 1) AS BIGINT) + 1 "
    "ELSE CAST(floor({3} * ({0} - {1}) / ({2} - {1}) + 1) AS BIGINT) END"
)
BINS = (
    "CASE WHEN list_sort({1}) <> {1} THEN "
    + raised(
        "Bin values are not sorted in ascending order", of=BIGINT, code="INVALID_FUNCTION_ARGUMENT"
    )
    + " WHEN {0} IS NOT NULL THEN len(list_filter({1}, lambda e: e <= {0})) END"
)


def _doubles(name: str) -> tuple[tuple[str, str], ...]:
    return (("double -> double", f"{name}({{0}})"),)


TABLE: Table = {
    "sqrt": _doubles("sqrt"),
    "cbrt": (
        (
            "double -> double",
            "CASE WHEN power(round(cbrt({0})), 3) = {0} THEN round(cbrt({0})) ELSE cbrt({0}) END",
        ),
    ),
    **{name: _doubles(name) for name in ("sin", "cos", "tan", "asin", "acos", "atan")},
    **{name: _doubles(name) for name in ("sinh", "cosh", "tanh", "degrees", "radians")},
    "atan2": (("double, double -> double", "atan2({0}, {1})"),),
    "width_bucket": (
        ("double, double, double, bigint -> bigint", BUCKET),
        ("double, array(double) -> bigint", BINS),
    ),
    "infinity": ((" -> double", "CAST('Infinity' AS DOUBLE)"),),
    "exp": _doubles("exp"),
    "ln": _doubles("ln"),
    "log2": _doubles("log2"),
    "log10": _doubles("log10"),
    "log": (("double, double -> double", "(ln({1}) / ln({0}))"),),
    "power": (("double, double -> double", "power({0}, {1})"),),
    "pow": (("double, double -> double", "power({0}, {1})"),),
    "pi": ((" -> double", "pi()"),),
    "is_nan": (("double -> boolean", "isnan({0})"),),
    "is_finite": (("double -> boolean", "isfinite({0})"),),
    "is_infinite": (("double -> boolean", "isinf({0})"),),
    "nan": ((" -> double", "CAST('NaN' AS DOUBLE)"),),
}


def _number(call: Call) -> Typed:
    value = call.value(0)
    if not value.type.is_number:
        raise call.mismatch(("bigint", "double", "decimal(p,s)"))
    return value


def _plain(value: Typed) -> str:
    return coerced(value, value.type)


def absolute(call: Call) -> Typed:
    """abs(x): the type of its argument."""
    value = _number(call)
    sql = f"abs({value.sql})"
    return Typed(sql, value.type, exact=value.exact, nan=value.nan)


def sign(call: Call) -> Typed:
    """sign(x): the type of its argument, a decimal as decimal(1,0)."""
    value = _number(call)
    of = decimal(1, 0) if value.type.name == "decimal" else value.type
    return Typed(f"CAST(sign({_plain(value)}) AS {duckdb_type(of)})", of, nan=value.nan)


def whole(call: Call) -> Typed:
    """ceil, ceiling and floor: integers as they are, decimals without a fraction."""
    value = _number(call)
    if value.type.is_integer:
        return value
    of = value.type
    if of.name == "decimal":
        of = decimal(of.precision - of.scale + min(of.scale, 1), 0)
    name = "floor" if call.name == "floor" else "ceil"
    return Typed(f"CAST({name}({_plain(value)}) AS {duckdb_type(of)})", of, nan=value.nan)


def rounded(call: Call) -> Typed:
    """round(x[, n]), half away from zero."""
    value = _number(call)
    places = call.value(1) if len(call.args) == 2 else None
    if len(call.args) > 2 or (places and not places.type.is_integer):
        raise call.mismatch(("double", "double, integer", "decimal(p,s)"))
    of = value.type
    if of.name == "decimal":
        return _rounded_decimal(call, value, places)
    if of.name in ("double", "real"):
        # Java rounds the scaled double; DuckDB's round(x, n) gives 2.67 for 2.675.
        factor = f"power(10, {places.sql})" if places else "1"
        plain = _plain(value)
        scaled = f"abs({plain}) * {factor}"
        sql = f"(sign({plain}) * round({scaled}) / {factor})"
        sql = f"CASE WHEN isinf({scaled}) THEN {plain} ELSE {sql} END" if places else sql
        return result(call, sql if of == DOUBLE else f"CAST({sql} AS FLOAT)", of)
    digits = f", CAST({places.sql} AS INTEGER)" if places else ""
    return result(call, f"CAST(round({_plain(value)}{digits}) AS {duckdb_type(of)})", of)


def _rounded_decimal(call: Call, value: Typed, places: Typed | None) -> Typed:
    of = value.type
    if places is None:
        of = decimal(of.precision - of.scale + min(of.scale, 1), 0)
        return Typed(f"CAST(round({value.sql}) AS {duckdb_type(of)})", of)
    if not isinstance(places.constant, int):
        raise call.t.problem(
            "NOT_SUPPORTED", "round of a decimal takes a literal number of places here", call.node
        )
    of = decimal(of.precision + 1, of.scale)
    return Typed(f"CAST(round({value.sql}, {places.constant}) AS {duckdb_type(of)})", of)


def truncated(call: Call) -> Typed:
    """truncate(x), and truncate(x, n) of a decimal: digits are dropped, not rounded."""
    value = _number(call)
    if value.type.name != "decimal":
        if len(call.args) != 1:
            raise call.mismatch(("double", "decimal(p,s), bigint"))
        return result(call, f"trunc({coerced(value, DOUBLE)})", DOUBLE)
    of = value.type
    if len(call.args) == 1:
        to = decimal(of.precision - of.scale, 0)
        return Typed(f"CAST(trunc({value.sql}) AS {duckdb_type(to)})", to)
    places = call.value(1).constant
    if not isinstance(places, int):
        text = "truncate of a decimal takes a literal number of places here"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    if places >= of.scale:
        return Typed(value.sql, of)
    if -places >= of.precision - of.scale:
        return Typed(f"CAST({value.sql} * 0 AS {duckdb_type(of)})", of)
    unit = f"CAST({Decimal(1).scaleb(-places):f} AS {duckdb_type(of)})"
    return Typed(f"CAST({value.sql} - {value.sql} % {unit} AS {duckdb_type(of)})", of)


def modulus(call: Call) -> Typed:
    """mod(a, b): the remainder, with the sign of a."""
    if len(call.args) != 2:
        raise call.mismatch(("bigint, bigint", "double, double", "decimal(p,s), decimal(p,s)"))
    one, other = call.value(0), call.value(1)
    same = unified([one, other])
    if same is None or not same[0].is_number:
        raise call.mismatch(("bigint, bigint", "double, double", "decimal(p,s), decimal(p,s)"))
    if same[0].name == "decimal":
        return decimal_arithmetic(call.t, call.node, one, "%", other)
    texts = [coerced(each, same[0]) for each in (one, other)]
    return result(call, f"({texts[0]} % {texts[1]})", same[0], nan=True)


def extreme(call: Call) -> Typed:
    """greatest and least: NULL where any argument is."""
    values = [call.value(index) for index in range(len(call.args))]
    same = unified(values) if values else None
    if same is None or not same[0].is_orderable:
        raise call.mismatch(("T, ...",))
    if any(value.nan for value in values):
        raise call.t.problem("NOT_SUPPORTED", f"{call.name} of NaN is not run here", call.node)
    of, exact, texts = same
    present = " AND ".join(f"{text} IS NOT NULL" for text in texts)
    sql = f"CASE WHEN {present} THEN {call.name}({', '.join(texts)}) END"
    return Typed(sql, of, exact=exact, weight=max(value.weight for value in values))


def euler(call: Call) -> Typed:
    """e()."""
    if call.args:
        raise call.mismatch(("",))
    return Typed("exp(CAST(1 AS DOUBLE))", Type("double"))


BUILDERS: dict[str, Builder] = {
    "abs": absolute,
    "sign": sign,
    "ceil": whole,
    "ceiling": whole,
    "floor": whole,
    "round": rounded,
    "truncate": truncated,
    "mod": modulus,
    "greatest": extreme,
    "least": extreme,
    "e": euler,
}
