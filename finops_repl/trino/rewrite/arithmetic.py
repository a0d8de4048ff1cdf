"""Arithmetic with Trino's result types, dates and intervals included.

Integers divide to integers, decimals to decimals of Trino's scale, and a division of doubles by
zero is Infinity or NaN. Source: Trino's `DecimalOperators`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from sqlglot import exp

from finops_repl.trino.rewrite.intervals import difference, interval, multiple, shifted
from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.typed import Typed, coerced, unified
from finops_repl.trino.types import (
    BIGINT,
    DOUBLE,
    INTEGER,
    VARBINARY,
    VARCHAR,
    Type,
    as_decimal,
    common_type,
    decimal,
    duckdb_type,
)

__all__ = ["ARITHMETIC", "decimal_arithmetic", "divided", "mismatch"]

LEAST = {-(2**31): INTEGER}
"""The integer whose digits alone are a bigint's."""

SIGNS: Mapping[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
}


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
    moved = shifted(t, node, one, sign, other)
    moved = moved or multiple(one, sign, other)
    moved = moved or (difference(one, other) if sign == "-" else None)
    if moved:
        return moved
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
    return decimal_arithmetic(t, node, one, sign, other)


def decimal_arithmetic(t: Translator, node: exp.Expr, one: Typed, sign: str, other: Typed) -> Typed:
    """`+ - * / %` of two decimals or integers, with the precision and scale that Trino gives."""
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

    Both are decimals, or `other` a bigint (an average): the division is one of whole numbers,
    which fails where 38 digits are too few for its steps.
    """
    a, b = one.type, as_decimal(other.type)
    shift = result.scale - a.scale + b.scale
    units = f"(CAST({one.sql} * {10**a.scale} AS HUGEINT) * {10**shift}::HUGEINT)"
    parts = f"CAST({other.sql} * {10**b.scale} AS HUGEINT)"
    half = f"abs({units} % {parts}) * 2 >= abs({parts})"
    away = f"(CASE WHEN {half} THEN sign({units}) * sign({parts}) ELSE 0 END)"
    whole = f"({units} // {parts} + {away})"
    unit = f"CAST({Decimal(1).scaleb(-result.scale):f} AS DECIMAL(38,{result.scale}))"
    sql = f"CAST(CAST({whole} AS DECIMAL(38,0)) * {unit} AS {duckdb_type(result)})"
    return Typed(sql, result)


def negative(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """Unary minus."""
    t.only(node, "this")
    if isinstance(node.this, exp.Literal) and node.this.name == str(2**63):
        return Typed(f"CAST({-(2**63)} AS BIGINT)", BIGINT, constant=-(2**63))
    value = t.expression(node.this, scope)
    if not value.type.is_number and not value.type.is_interval:
        raise t.problem("TYPE_MISMATCH", f"Cannot negate {value.type}", node)
    constant = -value.constant if isinstance(value.constant, int) else None
    if constant is not None and constant in LEAST:
        return Typed(f"CAST({constant} AS {LEAST[constant]})", LEAST[constant], constant=constant)
    if value.type.is_interval:
        return Typed(f"(-{value.sql})", value.type, constant=value.constant)
    if value.type.is_integer and constant is None:  # DuckDB would widen it instead of failing
        return Typed(f"CAST(-{value.sql} AS {duckdb_type(value.type)})", value.type)
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
    appended = _appended(one, other)
    if appended:
        return appended
    if found not in (VARCHAR, VARBINARY):
        raise mismatch(t, node, one, "||", other)
    sql = f"({coerced(one, found)} || {coerced(other, found)})"
    return Typed(sql, found, weight=one.weight + other.weight)


def _appended(one: Typed, other: Typed) -> Typed | None:
    """`array || element` and `element || array`; None for other types."""
    listed, element = (one, other) if one.type.name == "array" else (other, one)
    if listed.type.name != "array":
        return None
    same = common_type((listed.type.args[0], element.type))
    if same is None:
        return None
    of = Type("array", (same,))
    items, item = coerced(listed, of), coerced(element, same)
    joined = f"list_append({items}, {item})" if listed is one else f"list_prepend({item}, {items})"
    sql = f"CASE WHEN {items} IS NOT NULL THEN {joined} END"
    return Typed(sql, of, weight=one.weight + other.weight)


ARITHMETIC: Mapping[type[exp.Expr], Callable[[Translator, exp.Expr, Scope], Typed]] = {
    **dict.fromkeys(SIGNS, arithmetic),
    exp.Neg: negative,
    exp.DPipe: concatenated,
    exp.Interval: interval,
}
