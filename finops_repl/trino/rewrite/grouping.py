"""GROUP BY: columns, expressions and positions, and sets of them."""

from __future__ import annotations

from sqlglot import exp

from finops_repl.trino.rewrite.ordering import key_text, nth
from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.typed import Typed
from finops_repl.trino.rewrite.windows import groupable

__all__ = ["group_by"]


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


def _grouping(t: Translator, node: exp.Expr, scope: Scope, values: list[Typed]) -> str:
    if isinstance(node, exp.Tuple):
        return f"({', '.join(_grouping(t, each, scope, values) for each in node.expressions)})"
    if isinstance(node, exp.Literal) and not node.is_string:
        value = nth(t, node, values, "GROUP BY")
        groupable(t, value.type, node)
        return key_text(value)
    value = t.expression(node, scope)
    groupable(t, value.type, node)
    return f"({key_text(value)})" if isinstance(node, exp.Paren) else key_text(value)
