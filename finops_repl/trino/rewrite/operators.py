# ruff: noqa: S608 -- translated SQL is what this module makes
"""Arithmetic, comparison and logic, with Trino's result types.

Integers divide to integers, decimals to decimals of Trino's scale, a division of doubles by zero
is Infinity or NaN, and NaN equals nothing. Source: Trino's `DecimalOperators` and `TypeCoercion`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from sqlglot import exp

from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.typed import Typed, coerced, unified
from finops_repl.trino.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    VARCHAR,
    Type,
    as_decimal,
    common_type,
    decimal,
    duckdb_type,
)

__all__ = ["OPERATORS", "compare", "divided"]

INTERVALS = ("interval day to second", "interval year to month")
ARITHMETIC: Mapping[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
}
COMPARISONS: Mapping[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}


def _mismatch(t: Translator, node: exp.Expr, one: Typed, sign: str, other: Typed) -> Exception:
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
    sign = ARITHMETIC[type(node)]
    one, other = t.expression(node.this, scope), t.expression(node.expression, scope)
    if one.type.name in INTERVALS or other.type.name in INTERVALS:
        return _shifted(t, node, one, sign, other)
    found = common_type((one.type, other.type))
    if found is None or not found.is_number:
        raise _mismatch(t, node, one, sign, other)
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
    moments = ("date", "timestamp", "timestamp with time zone")
    if one.type.name in INTERVALS and sign == "+" and other.type.name in moments:
        one, other = other, one
    if one.type.name not in moments or other.type.name not in INTERVALS or sign not in "+-":
        raise _mismatch(t, node, one, sign, other)
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
        raise _mismatch(t, node, one, "||", other)
    sql = f"({coerced(one, VARCHAR)} || {coerced(other, VARCHAR)})"
    return Typed(sql, VARCHAR, weight=one.weight + other.weight)


def compare(t: Translator, node: exp.Expr, one: Typed, sign: str, other: Typed) -> str:
    """The text of a comparison; raises where Trino knows no such operator."""
    same = unified([one, other])
    if same is None or (same[0].name == "map" and sign not in ("=", "<>")):
        raise _mismatch(t, node, one, sign, other)
    _, _, (left, right) = same
    text = f"({left} {sign} {right})"
    if not (one.nan or other.nan) or same[1]:
        return text
    either = f"(isnan({coerced(one, DOUBLE)}) OR isnan({coerced(other, DOUBLE)}))"
    return f"({text} OR {either})" if sign == "<>" else f"({text} AND NOT {either})"


def comparison(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """`= <> < <= > >=`, also against ANY or ALL of a subquery."""
    t.only(node, "this", "expression")
    sign = COMPARISONS[type(node)]
    one = t.expression(node.this, scope)
    if isinstance(node.expression, exp.Any | exp.All):
        word = "ANY" if isinstance(node.expression, exp.Any) else "ALL"
        left, listed = _listed(t, node, one, f"{sign} {word}", node.expression.this, scope)
        return Typed(f"({left} {sign} {word} ({listed}))", BOOLEAN)
    return Typed(compare(t, node, one, sign, t.expression(node.expression, scope)), BOOLEAN)


def _listed(
    t: Translator, node: exp.Expr, one: Typed, sign: str, subquery: exp.Expr, scope: Scope
) -> tuple[str, str]:
    """A value and the subquery that it is compared with, both brought to one type."""
    relation = t.query(subquery, scope)
    if len(relation.outputs) != 1:
        raise t.problem("NOT_SUPPORTED", "Subquery must return one column", node)
    alias, column = t.fresh("r"), relation.outputs[0]
    other = replace(column.value, sql=f"{alias}.{column.column}")
    same = unified([one, other])
    if same is None:
        raise _mismatch(t, node, one, sign, other)
    if one.nan or other.nan:
        raise t.problem("NOT_SUPPORTED", "NaN could meet a subquery's values here", node)
    left, right = same[2]
    return left, f"SELECT {right} FROM ({relation.sql}) AS {alias}"


def distinct_from(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """IS [NOT] DISTINCT FROM."""
    t.only(node, "this", "expression")
    sign = "IS DISTINCT FROM" if isinstance(node, exp.NullSafeNEQ) else "IS NOT DISTINCT FROM"
    one, other = t.expression(node.this, scope), t.expression(node.expression, scope)
    same = unified([one, other])
    if same is None:
        raise _mismatch(t, node, one, sign, other)
    return Typed(f"({same[2][0]} {sign} {same[2][1]})", BOOLEAN)


def _truth(t: Translator, node: exp.Expr, scope: Scope, word: str) -> Typed:
    value = t.expression(node, scope)
    if value.type.name not in ("boolean", "unknown"):
        raise t.problem(
            "TYPE_MISMATCH", f"{word} term must evaluate to a boolean: actual {value.type}", node
        )
    return value


def logic(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """AND, OR."""
    t.only(node, "this", "expression")
    word = "AND" if isinstance(node, exp.And) else "OR"
    sides = [_truth(t, side, scope, f"Logical {word}") for side in (node.this, node.expression)]
    return Typed(f"({f' {word} '.join(coerced(side, BOOLEAN) for side in sides)})", BOOLEAN)


def negation(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """NOT."""
    t.only(node, "this")
    value = _truth(t, node.this, scope, "Logical NOT")
    return Typed(f"(NOT {coerced(value, BOOLEAN)})", BOOLEAN)


def is_test(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """IS NULL (IS NOT NULL is a negation of it); Trino knows no IS TRUE."""
    t.only(node, "this", "expression")
    if not isinstance(node.expression, exp.Null):
        raise t.problem("SYNTAX_ERROR", "IS takes NULL or DISTINCT FROM", node)
    return Typed(f"({t.expression(node.this, scope).sql} IS NULL)", BOOLEAN)


def between(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """BETWEEN, both ends included."""
    t.only(node, "this", "low", "high")
    value = t.expression(node.this, scope)
    low, high = t.expression(node.args["low"], scope), t.expression(node.args["high"], scope)
    if common_type((value.type, low.type, high.type)) is None:
        text = f"Cannot check if {value.type} is BETWEEN {low.type} and {high.type}"
        raise t.problem("TYPE_MISMATCH", text, node, hint="CAST so that all three agree")
    lower, upper = compare(t, node, value, ">=", low), compare(t, node, value, "<=", high)
    return Typed(f"({lower} AND {upper})", BOOLEAN)


def membership(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """IN a list or a subquery."""
    t.only(node, "this", "expressions", "query")
    value = t.expression(node.this, scope)
    if node.args.get("query") is not None:
        left, listed = _listed(t, node, value, "IN", node.args["query"], scope)
        return Typed(f"({left} IN ({listed}))", BOOLEAN)
    items = [t.expression(item, scope) for item in node.expressions]
    same = unified([value, *items])
    if same is None:
        wrong = next(item for item in items if common_type((value.type, item.type)) is None)
        raise t.problem(
            "TYPE_MISMATCH",
            f"IN value and list items must be the same type: {value.type}, {wrong.type}",
            node,
        )
    if any(item.nan for item in (value, *items)):
        raise t.problem("NOT_SUPPORTED", "IN of values that may be NaN is not run here", node)
    head, *rest = same[2]
    return Typed(f"({head} IN ({', '.join(rest)}))", BOOLEAN)


def like(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """[NOT] LIKE pattern [ESCAPE character]."""
    escape = ""
    if isinstance(node, exp.Escape):
        t.only(node, "this", "expression")
        mark = t.expression(node.expression, scope)
        if not isinstance(mark.constant, str) or len(mark.constant) != 1:
            raise t.problem("INVALID_FUNCTION_ARGUMENT", "Escape must be one character", node)
        escape, node = f" ESCAPE {mark.sql}", node.this
    if not isinstance(node, exp.Like):
        raise t.problem("SYNTAX_ERROR", "ESCAPE follows LIKE", node)
    t.only(node, "this", "expression", "negate")
    one, other = t.expression(node.this, scope), t.expression(node.expression, scope)
    if common_type((one.type, other.type, VARCHAR)) != VARCHAR:
        raise _mismatch(t, node, one, "LIKE", other)
    word = "NOT LIKE" if node.args.get("negate") else "LIKE"
    sql = f"({coerced(one, VARCHAR)} {word} {coerced(other, VARCHAR)}{escape})"
    return Typed(sql, BOOLEAN)


def exists(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """EXISTS (subquery)."""
    t.only(node, "this")
    return Typed(f"EXISTS ({t.query(node.this, scope).sql})", BOOLEAN)


def interval(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """INTERVAL 'n' YEAR | MONTH | DAY | HOUR | MINUTE | SECOND."""
    t.only(node, "this", "unit")
    unit = str(node.args["unit"].name).lower() if node.args.get("unit") else ""
    amount = node.this
    makers = {
        "year": ("to_years", INTERVALS[1], "date"),
        "month": ("to_months", INTERVALS[1], "date"),
        "day": ("to_days", INTERVALS[0], "date"),
        "hour": ("to_hours", INTERVALS[0], "time"),
        "minute": ("to_minutes", INTERVALS[0], "time"),
        "second": ("to_seconds", INTERVALS[0], "time"),
    }
    text = amount.name if isinstance(amount, exp.Literal) and amount.is_string else ""
    if unit not in makers or not text.lstrip("+-").isdigit() or "start" not in amount.meta:
        raise t.problem(
            "SYNTAX_ERROR",
            "an interval is written INTERVAL '7' DAY",
            node,
            hint="units: " + ", ".join(makers),
        )
    maker, name, reach = makers[unit]
    return Typed(f"{maker}({int(text)})", Type(name), constant=reach)


Operator = Callable[[Translator, exp.Expr, Scope], Typed]
OPERATORS: Mapping[type[exp.Expr], Operator] = {
    **dict.fromkeys(ARITHMETIC, arithmetic),
    **dict.fromkeys(COMPARISONS, comparison),
    exp.Neg: negative,
    exp.DPipe: concatenated,
    exp.NullSafeEQ: distinct_from,
    exp.NullSafeNEQ: distinct_from,
    exp.And: logic,
    exp.Or: logic,
    exp.Not: negation,
    exp.Is: is_test,
    exp.Between: between,
    exp.In: membership,
    exp.Like: like,
    exp.Escape: like,
    exp.Exists: exists,
    exp.Interval: interval,
}
