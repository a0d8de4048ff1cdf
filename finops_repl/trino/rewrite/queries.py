# ruff: noqa: S608 -- translated SQL is what this module makes
"""Queries: WITH, SELECT, set operations, VALUES, ORDER BY and LIMIT.

Columns travel under positional names (c0, c1, ...) and are put back under the user's names at the
end, so that no name of a user's can shadow another in DuckDB. GROUP BY and WHERE never see the
aliases of SELECT, ORDER BY does: as in Trino.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from finops_repl.trino.rewrite.grouping import group_by, map_keys
from finops_repl.trino.rewrite.map_keys import ordered
from finops_repl.trino.rewrite.ordering import finished, order_keys, sorted_relation
from finops_repl.trino.rewrite.recursion import recursive_cte
from finops_repl.trino.rewrite.relations import FromClause, from_clause, values_relation
from finops_repl.trino.rewrite.scope import Field, Output, Relation, Scope, Translator
from finops_repl.trino.rewrite.typed import Typed, unified
from finops_repl.trino.rewrite.windows import Frame, framed
from finops_repl.trino.types import BOOLEAN

__all__ = ["query"]

NOTHING = FromClause("", ())


def query(t: Translator, node: exp.Expr, scope: Scope) -> Relation:
    """Any query; `scope` holds what an enclosing query offers to a correlated one."""
    with_ = node.args.get("with_")
    listed: list[str] = []
    if with_ is not None:
        t.only(with_, "expressions", "recursive")
        for cte in with_.expressions:
            made = recursive_cte(t, cte, scope) if with_.args.get("recursive") else None
            name, relation, text = made or _cte(t, cte, scope)
            scope = Scope(parent=scope, ctes={name.lower(): relation})
            listed.append(text)
    body = _body(t, node, scope)
    return Relation(f"WITH {', '.join(listed)} {body.sql}", body.outputs) if listed else body


def _cte(t: Translator, node: exp.Expr, scope: Scope) -> tuple[str, Relation, str]:
    t.only(node, "this", "alias")
    relation = t.query(node.this, scope)
    names = [each.name for each in node.args["alias"].args.get("columns") or []]
    if names and len(names) != len(relation.outputs):
        text = f"Column alias list has {len(names)} entries but query has {len(relation.outputs)}"
        raise t.problem("MISMATCHED_COLUMN_ALIASES", f"{text} columns", node)
    outputs = tuple(
        replace(each, name=names[index] if names else each.name)
        for index, each in enumerate(relation.outputs)
    )
    called = t.fresh("q")
    return node.alias, Relation(called, outputs), f"{called} AS ({relation.sql})"


def _body(t: Translator, node: exp.Expr, scope: Scope) -> Relation:
    if isinstance(node, exp.Select):
        return _select(t, node, scope)
    if isinstance(node, exp.SetOperation):
        return _set_operation(t, node, scope)
    if isinstance(node, exp.Values):
        relation = values_relation(t, node, scope, "with_", "order", "limit", "offset")
        return sorted_relation(t, node, relation, scope)
    if isinstance(node, exp.Subquery):
        t.only(node, "this", "with_", "order", "limit", "offset")
        relation = t.query(node.this, scope)
        if not any(node.args.get(part) is not None for part in ("order", "limit", "offset")):
            return relation
        return sorted_relation(t, node, relation, scope)
    raise t.problem("NOT_SUPPORTED", f"{type(node).__name__} is not supported here", node)


def _set_operation(t: Translator, node: exp.SetOperation, scope: Scope) -> Relation:
    t.only(node, "this", "expression", "distinct", "with_", "order", "limit", "offset")
    sides = [t.query(side, scope) for side in (node.this, node.expression)]
    one, other = sides
    if len(one.outputs) != len(other.outputs):
        raise t.problem("TYPE_MISMATCH", "query sides have different numbers of columns", node)
    outputs: list[Output] = []
    texts: tuple[list[str], list[str]] = ([], [])
    aliases = (t.fresh("r"), t.fresh("r"))
    for index, pair in enumerate(zip(one.outputs, other.outputs, strict=True)):
        values = [
            replace(each.value, sql=f"{alias}.{each.column}")
            for alias, each in zip(aliases, pair, strict=True)
        ]
        same = unified(values)
        if same is None:
            raise t.problem(
                "TYPE_MISMATCH",
                f"column {index + 1} has incompatible types: {pair[0].value.type}, "
                f"{pair[1].value.type}",
                node,
            )
        nan = any(value.nan for value in values)
        weight = max(value.weight for value in values)
        value = Typed("{}", same[0], exact=same[1], nan=nan, weight=weight)
        outputs.append(Output(pair[0].name, f"c{index}", value))
        keyed = not isinstance(node, exp.Union) or node.args.get("distinct")
        for text, listed in zip(same[2], texts, strict=True):
            listed.append(f"{ordered(text, same[0]) if keyed else text} AS c{index}")
    word = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}[type(node)]
    if not node.args.get("distinct"):
        word += " ALL"
    left, right = (
        f"SELECT {', '.join(listed)} FROM ({side.sql}) AS {alias}"
        for listed, side, alias in zip(texts, sides, aliases, strict=True)
    )
    relation = Relation(f"({left}) {word} ({right})", tuple(outputs))
    if any(node.args.get(part) is not None for part in ("order", "limit", "offset")):
        return sorted_relation(t, node, relation, scope)
    return relation


def _select(t: Translator, node: exp.Select, scope: Scope) -> Relation:
    t.only(
        node, "expressions", "from_", "joins", "where", "group", "having", "distinct", "order",
        "limit", "offset", "with_", "windows",
    )  # fmt: skip
    source = node.args.get("from_")
    joins = node.args.get("joins") or []
    made = from_clause(t, source.this, joins, scope) if source else NOTHING
    windows: dict[str, Frame] = {}
    for each in node.args.get("windows") or []:
        windows[each.name.lower()] = framed(t, each, windows)
    aliases = frozenset(each.alias.lower() for each in node.expressions)
    inner = Scope(fields=made.fields, parent=scope, windows=windows, aliases=aliases)
    names, values = _select_list(t, node, made, inner)
    group = node.args.get("group")
    keys_with_maps = map_keys(t, group, inner, values) if group is not None else {}
    if keys_with_maps:
        inner = replace(inner, keys=keys_with_maps)
        names, values = _select_list(t, node, made, inner)
    distinct = node.args.get("distinct")
    if distinct is not None:
        t.only(distinct)
        values = [replace(value, sql=ordered(value.sql, value.type)) for value in values]
    listed = ", ".join(f"{value.sql} AS c{index}" for index, value in enumerate(values))
    select = f"SELECT {'DISTINCT ' if distinct is not None else ''}{listed}"
    parts: list[str] = []
    if source is not None:
        parts.append(f"FROM {made.sql}")
    if node.args.get("where") is not None:
        parts.append(f"WHERE {_condition(t, node.args['where'].this, inner, 'WHERE')}")
        _prune(t, node.args["where"].this, inner)
    if group is not None:
        parts.append(f"GROUP BY {group_by(t, group, inner, values)}")
    if node.args.get("having") is not None:
        parts.append(f"HAVING {_condition(t, node.args['having'].this, inner, 'HAVING')}")
    keys = order_keys(t, node, inner, names, values)
    columns = [f"c{index}" for index in range(len(values))]
    sql = finished(t, node, select, " ".join(parts), columns, keys)
    outputs = tuple(
        Output(name, f"c{index}", replace(value, sql="{}", constant=None))
        for index, (name, value) in enumerate(zip(names, values, strict=True))
    )
    return Relation(sql, outputs)


def _condition(t: Translator, node: exp.Expr, scope: Scope, clause: str) -> str:
    value = t.expression(node, scope)
    if value.type != BOOLEAN:
        text = f"{clause} clause must evaluate to a boolean: actual type {value.type}"
        raise t.problem("TYPE_MISMATCH", text, node)
    return value.sql


def _prune(t: Translator, where: exp.Expr, scope: Scope) -> None:
    """Note the conditions of WHERE that only look at the partition columns of one table."""
    where = where.unnest()
    if isinstance(where, exp.And):
        _prune(t, where.this, scope)
        _prune(t, where.expression, scope)
        return
    if where.find(exp.Query) is not None:
        return
    scans = set()
    for column in where.find_all(exp.Column):
        found = scope.find(tuple(part.name for part in column.parts))
        origin = found[0].origin if len(found) == 1 else None
        if origin is None or origin[1] not in t.catalog.tables[origin[0]].partition_keys:
            return
        scans.add(found[0].scan)
    if len(scans) == 1:
        t.pruned(scans.pop(), t.expression(where, scope).sql)


def _select_list(
    t: Translator, node: exp.Select, made: FromClause, scope: Scope
) -> tuple[list[str], list[Typed]]:
    names: list[str] = []
    values: list[Typed] = []
    for item in node.expressions:
        starred = isinstance(item, exp.Column) and isinstance(item.this, exp.Star)
        if isinstance(item, exp.Star) or starred:
            for each in _star(t, item, made):
                t.read(each.origin)
                names.append(each.name)
                values.append(scope.keyed(each.value))
            continue
        expression, name = item, ""
        if isinstance(item, exp.Alias):
            t.only(item, "this", "alias")
            expression, name = item.this, item.alias
        elif isinstance(item, exp.Column):
            name = item.name
        names.append(name or f"_col{len(names)}")
        values.append(t.expression(expression, scope))
    return names, values


def _star(t: Translator, item: exp.Expr, made: FromClause) -> list[Field]:
    shown = [each for each in made.fields if not each.hidden]
    if isinstance(item, exp.Star):
        t.only(item)
        if not shown:
            raise t.problem("SYNTAX_ERROR", "SELECT * needs FROM", item)
        return shown
    parts = item.parts[:-1] if isinstance(item, exp.Column) else []
    suffix = tuple(part.name.lower() for part in parts)
    found = [
        each
        for each in shown
        if each.qualifier[len(each.qualifier) - len(suffix) :] == suffix
        and len(each.qualifier) >= len(suffix)
    ]
    if not found:
        raise t.problem("TABLE_NOT_FOUND", f"Unable to resolve reference {'.'.join(suffix)}", item)
    return found
