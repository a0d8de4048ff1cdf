# ruff: noqa: S608 -- translated SQL is what this module makes
"""Comparison, membership, patterns and logic. NaN equals nothing and is greater than nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlglot import exp

from finops_repl.trino.rewrite.arithmetic import mismatch
from finops_repl.trino.rewrite.map_keys import holds_map
from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.typed import (
    Typed,
    coerced,
    field_of,
    raised,
    text_literal,
    unified,
)
from finops_repl.trino.types import BOOLEAN, DOUBLE, VARCHAR, Type, common_type

__all__ = ["PREDICATES", "compare"]

COMPARISONS: Mapping[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
ESCAPES = "Escape character must be followed by '%', '_' or the escape character itself"


def compare(t: Translator, node: exp.Expr, one: Typed, sign: str, other: Typed) -> str:
    """The text of a comparison; raises where Trino knows no such operator."""
    if one.type.zone != other.type.zone:
        one, other = (replace(each, type=replace(each.type, zone="")) for each in (one, other))
    same = unified([one, other])
    if same is None or (same[0].name == "map" and sign not in ("=", "<>")):
        raise mismatch(t, node, one, sign, other)
    if same[0].args:
        return _compare_nested(t, node, same, sign)
    _, _, (left, right) = same
    text = f"({left} {sign} {right})"
    if not (one.nan or other.nan) or same[1]:
        return text
    either = f"(isnan({coerced(one, DOUBLE)}) OR isnan({coerced(other, DOUBLE)}))"
    return f"({text} OR {either})" if sign == "<>" else f"({text} AND NOT {either})"


def _compare_nested(
    t: Translator, node: exp.Expr, same: tuple[Type, bool, list[str]], sign: str
) -> str:
    """Rows and arrays element by element: a NULL within makes the result NULL, not false."""
    of, _, (left, right) = same
    if of.name == "map" and sign in ("=", "<>") and not any(arg.args for arg in of.args):
        return _compare_maps(t, of, left, right, sign)
    if sign not in ("=", "<>") or of.name == "map" or any(arg.args for arg in of.args):
        text = f"Comparing {of} {sign} {of} is not supported here"
        raise t.problem("NOT_SUPPORTED", text, node)
    if of.name == "row":
        pairs = (
            f"{field_of(left, of, index)} = {field_of(right, of, index)}"
            for index in range(len(of.args))
        )
        word = "" if sign == "=" else "NOT "
        return f"({word}({' AND '.join(pairs)}))"
    return _compare_arrays(t, left, right, sign)


def _compare_maps(t: Translator, of: Type, left: str, right: str, sign: str) -> str:
    """Two maps whatever the order of their entries; a NULL among the values makes it NULL."""
    each = t.fresh("p")
    sides = [f"list_sort(map_entries({side}))" for side in (left, right)]
    keys, values = (
        [f'list_transform({side}, lambda {each}: {each}."{part}")' for side in sides]
        for part in ("key", "value")
    )
    other = "false" if sign == "=" else "true"
    equal = _compare_arrays(t, values[0], values[1], sign)
    return f"(CASE WHEN {keys[0]} <> {keys[1]} THEN {other} ELSE {equal} END)"


def _compare_arrays(t: Translator, left: str, right: str, sign: str) -> str:
    word, each = "" if sign == "=" else "NOT ", t.fresh("p")
    equal = f"list_transform(list_zip({left}, {right}), lambda {each}: {each}[1] = {each}[2])"
    return (
        f"({word}CASE WHEN {left} IS NULL OR {right} IS NULL THEN NULL "
        f"WHEN len({left}) <> len({right}) OR list_contains({equal}, false) THEN false "
        f"WHEN len(list_filter({equal}, lambda {each}: {each} IS NULL)) > 0 THEN NULL "
        "ELSE true END)"
    )


def comparison(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """`= <> < <= > >=`, also against ANY or ALL of a subquery."""
    t.only(node, "this", "expression")
    sign = COMPARISONS[type(node)]
    one = t.expression(node.this, scope)
    quantified = _quantified(node.expression)
    if quantified:
        word, subquery = quantified
        left, listed = _listed(t, node, one, f"{sign} {word}", subquery, scope)
        return Typed(f"({left} {sign} {word} ({listed}))", BOOLEAN)
    return Typed(compare(t, node, one, sign, t.expression(node.expression, scope)), BOOLEAN)


def _quantified(node: exp.Expr) -> tuple[str, exp.Expr] | None:
    """ANY or ALL, and the subquery behind it; SOME is ANY, and VALUES is read as a call."""
    if isinstance(node, exp.Any | exp.All):
        return ("ANY" if isinstance(node, exp.Any) else "ALL"), node.this
    word = str(node.this).upper() if isinstance(node, exp.Anonymous) else ""
    if word in ("ANY", "SOME", "ALL") and isinstance(node.expressions[0], exp.Query | exp.Values):
        return ("ALL" if word == "ALL" else "ANY"), node.expressions[0]
    return None


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
        raise mismatch(t, node, one, sign, other)
    if one.nan or other.nan:
        raise t.problem("NOT_SUPPORTED", "NaN could meet a subquery's values here", node)
    if same[0].args:
        text = f"Comparing {same[0]} with a subquery is not supported here"
        raise t.problem("NOT_SUPPORTED", text, node)
    left, right = same[2]
    return left, f"SELECT {right} FROM ({relation.sql}) AS {alias}"


def distinct_from(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """IS [NOT] DISTINCT FROM."""
    t.only(node, "this", "expression")
    sign = "IS DISTINCT FROM" if isinstance(node, exp.NullSafeNEQ) else "IS NOT DISTINCT FROM"
    one, other = t.expression(node.this, scope), t.expression(node.expression, scope)
    same = unified([one, other])
    if same is None:
        raise mismatch(t, node, one, sign, other)
    left, right = same[2]
    if same[0].name == "map":
        left, right = (f"list_sort(map_entries({side}))" for side in same[2])
    if any(map(holds_map, same[0].args)):
        text = f"Comparing {same[0]} {sign} {same[0]} is not supported here"
        raise t.problem("NOT_SUPPORTED", text, node)
    return Typed(f"({left} {sign} {right})", BOOLEAN)


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
    if not node.expressions:
        raise t.problem("SYNTAX_ERROR", "mismatched input ')'", node)
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
    if same[0].args:
        equal = [compare(t, node, value, "=", item) for item in items]
        return Typed(f"({' OR '.join(equal)})", BOOLEAN)
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
        escape, node = mark.constant, node.this
    if not isinstance(node, exp.Like):
        raise t.problem("SYNTAX_ERROR", "ESCAPE follows LIKE", node)
    t.only(node, "this", "expression", "negate")
    one, other = t.expression(node.this, scope), t.expression(node.expression, scope)
    if common_type((one.type, other.type, VARCHAR)) != VARCHAR:
        raise mismatch(t, node, one, "LIKE", other)
    word = "NOT LIKE" if node.args.get("negate") else "LIKE"
    pattern = coerced(other, VARCHAR)
    if not escape:
        return Typed(f"({coerced(one, VARCHAR)} {word} {pattern})", BOOLEAN)
    mark_of = re.escape(escape)
    well_escaped = text_literal(f"([^{mark_of}]|{mark_of}[%_{mark_of}])*")
    wrong = raised(ESCAPES, of=BOOLEAN, code="INVALID_FUNCTION_ARGUMENT")
    known = f"regexp_full_match({pattern}, {well_escaped}, 's')"
    sql = f"{coerced(one, VARCHAR)} {word} {pattern} ESCAPE {text_literal(escape)}"
    return Typed(f"(CASE WHEN {known} IS NULL OR {known} THEN {sql} ELSE {wrong} END)", BOOLEAN)


def exists(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """EXISTS (subquery)."""
    t.only(node, "this")
    return Typed(f"EXISTS ({t.query(node.this, scope).sql})", BOOLEAN)


PREDICATES: Mapping[type[exp.Expr], Callable[[Translator, exp.Expr, Scope], Typed]] = {
    **dict.fromkeys(COMPARISONS, comparison),
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
}
