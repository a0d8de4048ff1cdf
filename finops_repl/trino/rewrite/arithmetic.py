"""Arithmetic with Trino's result types, dates and intervals included.

Integers divide to integers, decimals to decimals of Trino's scale, and a division of doubles by
zero is Infinity or NaN. Source: Trino's `DecimalOperators`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from sqlglot import exp

from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.typed import Typed, coerced, unified
from finops_repl.trino.types import (
    DATE,
    DOUBLE,
    VARCHAR,
    Type,
    as_decimal,
    common_type,
    decimal,
    duckdb_type,
)

__all__ = ["ARITHMETIC", "divided", "mismatch"]

INTERVALS = ("interval day to second", "interval year to month")
MOMENTS = ("date", "timestamp", "timestamp with time zone")
SIGNS: Mapping[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
}
SHIFTS = {
    "year": ("to_years", INTERVALS[1], "date"),
    "month": ("to_months", INTERVALS[1], "date"),
    "day": ("to_days", INTERVALS[0], "date"),
    "hour": ("to_hours", INTERVALS[0], "time"),
    "minute": ("to_minutes", INTERVALS[0], "time"),
    "second": ("to_seconds", INTERVALS[0], "time"),
}
"""What makes an interval of a unit, the interval's type, and whether a date can take it."""


def mismatch(t: Translator, node: exp.Expr, one: Typed, sign: str, other: Typed) -> Exception:
    """The error for an operator that Trino does not know for these types."""
    hint = ""
    types = {one.type.name, other.type.name}
    if "varchar" in types and len(types) == 2:
        target = (types - {"varchar"}).pop()
        hint = f"CAST one side, or write the literal as {target}" + (
            " '...'" if target in ("date", "timestamp") else ""
        )
    text = f"Cannot apply operator: {one.type} {sign} {other.type}"
    return t.problem("TYPE_MISMATCH", text, node, hint=hint)


def arithmetic(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """`+ - * / %` of numbers, and dates or timestamps plus or minus an interval."""
    t.only(node, "this", "expression", "typed", "safe")
    sign = SIGNS[type(node)]
    one, other = t.expression(node.this, scope), t.expression(node.expression, scope)
    if one.type.name in INTERVALS or other.type.name in INTERVALS:
        return _shifted(t, node, one, sign, other)
    found = common_type((one.type, other.type))
    if found is None or not found.is_number:
        raise mismatch(t, node, one, sign, other)
    nan = one.nan or other.nan
    if found.name in ("double", "real"):
        if sign in "+-":
            same = unified([one, other])
            if same and same[1]:
                return Typed(f"({one.sql} {sign} {other.sql})", DOUBLE, exact=True)
        nan = nan or sign in "/%"
        return Typed(f"({coerced(one, found)} {sign} {coerced(other, found)})", found, nan=nan)
    if found.is_integer:
        sign = "//" if sign == "/" else sign
        return Typed(f"({coerced(one, found)} {sign} {coerced(other, found)})", found)
    return _decimal_arithmetic(t, node, one, sign, other)


def _decimal_arithmetic(
    t: Translator, node: exp.Expr, one: Typed, sign: str, other: Typed
) -> Typed:
    a, b = as_decimal(one.type), as_decimal(other.type)
    scale = max(a.scale, b.scale)
    left, right = coerced(one, a), coerced(other, b)
    if sign == "/":
        result = decimal(a.precision + b.scale + max(b.scale - a.scale, 0), scale)
        return divided(t, node, Typed(left, a), Typed(right, b), result)
    if sign == "*":
        result = decimal(a.precision + b.precision, a.scale + b.scale)
    elif sign == "%":
        result = decimal(min(a.precision - a.scale, b.precision - b.scale) + scale, scale)
    else:
        result = decimal(max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale)
    if result.scale > result.precision:
        raise t.problem("NOT_SUPPORTED", f"A result of {result} is not supported here", node)
    return Typed(f"CAST(({left} {sign} {right}) AS {duckdb_type(result)})", result)


def divided(t: Translator, node: exp.Expr, one: Typed, other: Typed, result: Type) -> Typed:
    """`one / other` rounded half away from zero to the decimal `result`, exactly.

    Both are decimals, or `other` a bigint (an average): the division is one of whole numbers.
    """
    a, b = one.type, as_decimal(other.type)
    shift = result.scale - a.scale + b.scale
    if a.precision + shift > 38 or b.precision > 37:
        raise t.problem(
            "NOT_SUPPORTED",
            f"Division of {a} by {b} is not supported here",
            node,
            hint="CAST one side to DOUBLE",
        )
    units = f"(CAST({one.sql} * {10**a.scale} AS HUGEINT) * {10**shift}::HUGEINT)"
    parts = f"CAST({other.sql} * {10**b.scale} AS HUGEINT)"
    half = f"abs({units} % {parts}) * 2 >= abs({parts})"
    away = f"(CASE WHEN {half} THEN sign({units}) * sign({parts}) ELSE 0 END)"
    whole = f"({units} // {parts} + {away})"
    unit = f"CAST({Decimal(1).scaleb(-result.scale):f} AS DECIMAL(38,{result.scale}))"
    sql = f"CAST(CAST({whole} AS DECIMAL(38,0)) * {unit} AS {duckdb_type(result)})"
    return Typed(sql, result)


def _shifted(t: Translator, node: exp.Expr, one: Typed, sign: str, other: Typed) -> Typed:
    if one.type.name in INTERVALS and sign == "+" and other.type.name in MOMENTS:
        one, other = other, one
    if one.type.name not in MOMENTS or other.type.name not in INTERVALS or sign not in "+-":
        raise mismatch(t, node, one, sign, other)
    moved = f"({one.sql} {sign} {other.sql})"
    if one.type != DATE:
        return Typed(moved, one.type)
    if other.constant == "time":
        raise t.problem(
            "INVALID_FUNCTION_ARGUMENT",
            "Cannot add hour, minutes or seconds to a date",
            node,
            hint="CAST the date to timestamp",
        )
    return Typed(f"CAST({moved} AS DATE)", DATE)


def negative(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """Unary minus."""
    t.only(node, "this")
    value = t.expression(node.this, scope)
    if not value.type.is_number:
        raise t.problem("TYPE_MISMATCH", f"Cannot negate {value.type}", node)
    constant = -value.constant if isinstance(value.constant, int) else None
    return Typed(f"(-{value.sql})", value.type, value.exact, value.nan, constant)


def concatenated(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """`||` of strings, or of arrays; NULL where either side is."""
    t.only(node, "this", "expression", "safe")
    one, other = t.expression(node.this, scope), t.expression(node.expression, scope)
    found = common_type((one.type, other.type))
    if found is not None and found.name == "array":
        left, right = coerced(one, found), coerced(other, found)
        sql = f"CASE WHEN {left} IS NOT NULL AND {right} IS NOT NULL THEN {left} || {right} END"
        return Typed(sql, found, weight=one.weight + other.weight)
    if found != VARCHAR:
        raise mismatch(t, node, one, "||", other)
    sql = f"({coerced(one, VARCHAR)} || {coerced(other, VARCHAR)})"
    return Typed(sql, VARCHAR, weight=one.weight + other.weight)


def interval(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """INTERVAL 'n' YEAR | MONTH | DAY | HOUR | MINUTE | SECOND."""
    t.only(node, "this", "unit")
    unit = str(node.args["unit"].name).lower() if node.args.get("unit") else ""
    amount = node.this
    text = amount.name if isinstance(amount, exp.Literal) and amount.is_string else ""
    if unit not in SHIFTS or not text.lstrip("+-").isdigit() or "start" not in amount.meta:
        raise t.problem(
            "SYNTAX_ERROR",
            "an interval is written INTERVAL '7' DAY",
            node,
            hint="units: " + ", ".join(SHIFTS),
        )
    maker, name, reach = SHIFTS[unit]
    return Typed(f"{maker}({int(text)})", Type(name), constant=reach)


ARITHMETIC: Mapping[type[exp.Expr], Callable[[Translator, exp.Expr, Scope], Typed]] = {
    **dict.fromkeys(SIGNS, arithmetic),
    exp.Neg: negative,
    exp.DPipe: concatenated,
    exp.Interval: interval,
}
