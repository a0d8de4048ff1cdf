# ruff: noqa: S608 -- translated SQL is what this module makes
"""ORDER BY, LIMIT and OFFSET, and what a position in the select list means."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from finops_repl.trino.rewrite.scope import Field, Relation, Scope, Translator
from finops_repl.trino.rewrite.typed import Typed
from finops_repl.trino.rewrite.windows import direction
from finops_repl.trino.types import duckdb_type

__all__ = ["groupable", "key_text", "limits", "nth", "order_by", "sorted_relation"]


def sorted_relation(t: Translator, node: exp.Expr, relation: Relation, scope: Scope) -> Relation:
    """ORDER BY and LIMIT on the columns of a finished relation."""
    alias = t.fresh("r")
    values = [
        replace(each.value, sql=each.value.sql.format(f"{alias}.{each.column}"))
        for each in relation.outputs
    ]
    names = [each.name for each in relation.outputs]
    fields = tuple(Field((), name, value) for name, value in zip(names, values, strict=True))
    inner = Scope(fields=fields, parent=scope)
    listed = ", ".join(
        f"{value.sql} AS {each.column}"
        for each, value in zip(relation.outputs, values, strict=True)
    )
    order = order_by(t, node, inner, names, values)
    sql = f"SELECT {listed} FROM ({relation.sql}) AS {alias}{order}{limits(t, node)}"
    return Relation(sql, relation.outputs)


def groupable(t: Translator, value: Typed, node: exp.Expr) -> None:
    """Refuse to group by maps: DuckDB takes the order of their entries into account."""
    if value.type.name == "map":
        text = f"Grouping by {value.type} is not supported here"
        hint = "group by element_at(map, 'key')"
        raise t.problem("NOT_SUPPORTED", text, node, hint=hint)


def key_text(value: Typed) -> str:
    """A grouping or sorting key; a bare number would mean a position to DuckDB."""
    if value.constant is not None:
        return f"CAST({value.sql} AS {duckdb_type(value.type)})"
    return value.sql


def nth(t: Translator, node: exp.Literal, values: list[Typed], clause: str) -> Typed:
    """The value of the select list that a position names."""
    if not node.name.isdigit() or not 1 <= int(node.name) <= len(values):
        raise t.problem(
            "INVALID_COLUMN_REFERENCE", f"{clause} position {node.name} is not in select list", node
        )
    return values[int(node.name) - 1]


def order_by(
    t: Translator, node: exp.Expr, scope: Scope, names: list[str], values: list[Typed]
) -> str:
    """ORDER BY, which sees the select list by name, by position and by expression."""
    order = node.args.get("order")
    if order is None:
        return ""
    t.only(order, "expressions")
    named: dict[str, Typed] = {}
    for name, value in zip(names, values, strict=True):
        if name.lower() not in named:
            named[name.lower()] = value
    inner = replace(scope, outputs=named)
    texts = [value.sql for value in values]
    keys = []
    for each in order.expressions:
        key = each.this
        if isinstance(key, exp.Literal) and not key.is_string:
            value = nth(t, key, values, "ORDER BY")
        else:
            value = t.expression(key, inner)
        if not value.type.is_orderable:
            text = f"Type {value.type} is not orderable, and therefore cannot be used in ORDER BY"
            raise t.problem("TYPE_MISMATCH", text, each)
        if node.args.get("distinct") is not None and value.sql not in texts:
            text = "For SELECT DISTINCT, ORDER BY expressions must appear in select list"
            raise t.problem("EXPRESSION_NOT_IN_DISTINCT", text, each)
        place = str(texts.index(value.sql) + 1) if value.sql in texts else key_text(value)
        keys.append(f"{place} {direction(t, each)}")
    return f" ORDER BY {', '.join(keys)}"


def limits(t: Translator, node: exp.Expr) -> str:
    """LIMIT, FETCH FIRST and OFFSET, with whole numbers only."""
    limit, offset = node.args.get("limit"), node.args.get("offset")
    text = ""
    if limit is not None:
        t.only(limit, "expression", "count", "direction", "limit_options")
        options = limit.args.get("limit_options")
        if options is not None:
            t.only(options, "rows")
        count = limit.args.get("expression") or limit.args.get("count")
        if isinstance(count, exp.Literal) and count.name.isdigit():
            text += f" LIMIT {count.name}"
        elif count is None:
            text += " LIMIT 1"
        elif count.name.upper() != "ALL":
            raise t.problem("SYNTAX_ERROR", "LIMIT takes a whole number", limit)
    if offset is not None:
        t.only(offset, "expression")
        count = offset.args["expression"]
        if not isinstance(count, exp.Literal) or not count.name.isdigit():
            raise t.problem("SYNTAX_ERROR", "OFFSET takes a whole number", offset)
        first = (limit.args.get("expression") if limit is not None else None) or count
        if first.meta.get("start", 0) < count.meta.get("start", 0):
            raise t.problem("SYNTAX_ERROR", "OFFSET comes before LIMIT", offset)
        text += f" OFFSET {count.name}"
    return text
