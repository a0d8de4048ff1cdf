# ruff: noqa: S608 -- translated SQL is what this module makes
"""ORDER BY, LIMIT and OFFSET, and what a position in the select list means."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from finops_repl.trino.rewrite.scope import Field, Relation, Scope, Translator
from finops_repl.trino.rewrite.typed import Typed
from finops_repl.trino.rewrite.windows import direction
from finops_repl.trino.types import duckdb_type

__all__ = ["finished", "key_text", "nth", "order_keys", "sorted_relation"]


@dataclass(frozen=True, slots=True)
class _Key:
    """A sorting key: an expression or, by its place, a column of the select list."""

    sql: str
    direction: str
    place: int | None

    @property
    def text(self) -> str:
        what = self.sql if self.place is None else str(self.place + 1)
        return f"{what} {self.direction}"


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
    keys = order_keys(t, node, inner, names, values)
    columns = [each.column for each in relation.outputs]
    sql = finished(t, node, f"SELECT {listed}", f"FROM ({relation.sql}) AS {alias}", columns, keys)
    return Relation(sql, relation.outputs)


def finished(
    t: Translator, node: exp.Expr, select: str, rest: str, columns: list[str], keys: list[_Key]
) -> str:
    """A query of `columns` with its ORDER BY, OFFSET and LIMIT, those that are tied included."""
    if not _with_ties(node):
        order = f" ORDER BY {', '.join(key.text for key in keys)}" if keys else ""
        return f"{select} {rest}".rstrip() + order + _limits(t, node)
    limit = node.args["limit"]
    if not keys:
        text = "FETCH FIRST WITH TIES clause requires ORDER BY"
        raise t.problem("MISSING_ORDER_BY", text, limit)
    count = _limit(t, limit) or "1"
    added = "".join(f", {key.sql} AS k{at}" for at, key in enumerate(keys) if key.place is None)
    names = [f"k{at}" if key.place is None else columns[key.place] for at, key in enumerate(keys)]
    order = ", ".join(f"{name} {key.direction}" for name, key in zip(names, keys, strict=True))
    rows = f"SELECT * FROM ({select}{added} {rest}) ORDER BY {order}{_offset(t, node)}"
    ranked = f"SELECT *, rank() OVER (ORDER BY {order}) AS tied FROM ({rows})"
    return f"SELECT {', '.join(columns)} FROM ({ranked}) WHERE tied <= {count} ORDER BY {order}"


def _with_ties(node: exp.Expr) -> bool:
    limit = node.args.get("limit")
    options = limit.args.get("limit_options") if limit is not None else None
    return options is not None and bool(options.args.get("with_ties"))


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


def order_keys(
    t: Translator, node: exp.Expr, scope: Scope, names: list[str], values: list[Typed]
) -> list[_Key]:
    """ORDER BY, which sees the select list by name, by position and by expression."""
    order = node.args.get("order")
    if order is None:
        return []
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
        place = texts.index(value.sql) if value.sql in texts else None
        keys.append(_Key(key_text(value), direction(t, each), place))
    return keys


def _limits(t: Translator, node: exp.Expr) -> str:
    """LIMIT, FETCH FIRST and OFFSET, with whole numbers only."""
    limit = node.args.get("limit")
    count = _limit(t, limit) if limit is not None else ""
    return (f" LIMIT {count}" if count else "") + _offset(t, node)


def _limit(t: Translator, limit: exp.Expr) -> str:
    """How many rows at most; empty for all."""
    t.only(limit, "expression", "count", "direction", "limit_options")
    options = limit.args.get("limit_options")
    if options is not None:
        t.only(options, "rows", "with_ties")
    count = limit.args.get("expression") or limit.args.get("count")
    if count is None:
        return "1"
    if isinstance(count, exp.Literal) and count.name.isdigit():
        if isinstance(limit, exp.Fetch) and not int(count.name):
            text = "FETCH FIRST row count must be positive (actual value: 0)"
            raise t.problem("NUMERIC_VALUE_OUT_OF_RANGE", text, limit)
        return str(count.name)
    if count.name.upper() != "ALL":
        raise t.problem("SYNTAX_ERROR", "LIMIT takes a whole number", limit)
    return ""


def _offset(t: Translator, node: exp.Expr) -> str:
    limit, offset = node.args.get("limit"), node.args.get("offset")
    if offset is None:
        return ""
    t.only(offset, "expression")
    count = offset.args["expression"]
    if not isinstance(count, exp.Literal) or not count.name.isdigit():
        raise t.problem("SYNTAX_ERROR", "OFFSET takes a whole number", offset)
    first = (limit.args.get("expression") if limit is not None else None) or count
    if first.meta.get("start", 0) < count.meta.get("start", 0):
        raise t.problem("SYNTAX_ERROR", "OFFSET comes before LIMIT", offset)
    return f" OFFSET {count.name}"
