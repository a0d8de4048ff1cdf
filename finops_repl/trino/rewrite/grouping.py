"""GROUP BY: columns, expressions and positions, and sets of them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from finops_repl.trino.rewrite.map_keys import holds_map, ordered
from finops_repl.trino.rewrite.ordering import key_text, nth
from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.typed import Typed

__all__ = ["group_by", "map_keys"]


def group_by(t: Translator, group: exp.Expr, scope: Scope, values: list[Typed]) -> str:
    """What stands behind GROUP BY; `values` are those of the select list."""
    t.only(group, "expressions")
    if group.args.get("all") is False:  # how the parser notes DISTINCT
        raise t.problem("NOT_SUPPORTED", "GROUP BY DISTINCT is not supported here", group)
    parts = []
    for each in group.expressions:
        if isinstance(each, exp.GroupingSets | exp.Rollup | exp.Cube):
            t.only(each, "expressions")
            word = {exp.GroupingSets: "GROUPING SETS", exp.Rollup: "ROLLUP", exp.Cube: "CUBE"}
            sets = ", ".join(_grouping(t, one, scope, values) for one in each.expressions)
            parts.append(f"{word[type(each)]} ({sets})")
        else:
            parts.append(_grouping(t, each, scope, values))
    return ", ".join(parts)


def map_keys(t: Translator, group: exp.Expr, scope: Scope, values: list[Typed]) -> dict[str, str]:
    """The keys that hold maps: the text of each, and the one that equal maps have in common."""
    found = [_key(t, each, scope, values) for each in _keys(group)]
    return {value.sql: ordered(value.sql, value.type) for value in found if holds_map(value.type)}


def _keys(node: exp.Expr) -> Iterator[exp.Expr]:
    for each in node.expressions:
        nested = isinstance(each, exp.GroupingSets | exp.Rollup | exp.Cube | exp.Tuple)
        yield from _keys(each) if nested else (each,)


def _grouping(t: Translator, node: exp.Expr, scope: Scope, values: list[Typed]) -> str:
    if isinstance(node, exp.Tuple):
        return f"({', '.join(_grouping(t, each, scope, values) for each in node.expressions)})"
    value = _key(t, node, scope, values)
    if holds_map(value.type) and value.sql not in scope.keys.values():
        # Made of another key or with a lambda: its text is not the same each time.
        text = f"Grouping by that {value.type} is not supported here"
        hint = "make it in a subquery, and group that by its column"
        raise t.problem("NOT_SUPPORTED", text, node, hint=hint)
    return f"({key_text(value)})" if isinstance(node, exp.Paren) else key_text(value)


def _key(t: Translator, node: exp.Expr, scope: Scope, values: list[Typed]) -> Typed:
    if isinstance(node, exp.Literal) and not node.is_string:
        return nth(t, node, values, "GROUP BY")
    return t.expression(node, scope)
