# ruff: noqa: S608 -- translated SQL is what this module makes
"""FROM: tables of the catalog, WITH queries, subqueries, VALUES, UNNEST, and their joins."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from finops_repl.trino.rewrite.described import described
from finops_repl.trino.rewrite.fields import FromClause, alias_of, fields_of, with_path
from finops_repl.trino.rewrite.sampling import sampled
from finops_repl.trino.rewrite.scope import Field, Output, Relation, Scope, Translator
from finops_repl.trino.rewrite.typed import Typed, field_of, unified
from finops_repl.trino.rewrite.unknown import unknown_table
from finops_repl.trino.types import BIGINT, BOOLEAN, Type, common_type

__all__ = ["FromClause", "from_clause", "values_relation"]


def from_clause(t: Translator, source: exp.Expr, joins: list[exp.Expr], scope: Scope) -> FromClause:
    """A source and the joins that follow it, from left to right."""
    made = _source(t, source, scope)
    for join in joins:
        made = _joined(t, made, join, scope)
    return made


def _source(t: Translator, node: exp.Expr, scope: Scope) -> FromClause:
    sample = node.args.get("sample")
    if sample is None:
        return _relation(t, node, scope)
    whole = node.copy()
    whole.set("sample", None)
    made = _relation(t, whole, scope)
    return replace(made, sql=f"{made.sql} TABLESAMPLE {sampled(t, sample)}")


def _relation(t: Translator, node: exp.Expr, scope: Scope) -> FromClause:
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Values):
        t.only(node, "this", "alias", "joins")
        return _named(t, values_relation(t, node.this, scope), node)
    if isinstance(node, exp.Table):
        return _table(t, node, scope)
    if isinstance(node, exp.Subquery) and _holds_relation(node):
        return _in_parentheses(t, node, scope)
    if isinstance(node, exp.Subquery):
        t.only(node, "this", "alias", "joins")
        return _named(t, t.query(node.this, scope), node)
    if isinstance(node, exp.Lateral):
        t.only(node, "this", "alias", "view", "outer")
        return _named(t, t.query(node.this, scope), node, lateral=True)
    if isinstance(node, exp.Values):
        return _named(t, values_relation(t, node, scope), node)
    if isinstance(node, exp.Unnest):
        return _unnested(t, node, scope)
    raise t.problem("NOT_SUPPORTED", f"FROM {type(node).__name__} is not supported here", node)


def _holds_relation(node: exp.Subquery) -> bool:
    """Whether parentheses hold a table or join and no query: `((SELECT ...) a JOIN b ON ...)`."""
    inner = node.this
    if isinstance(inner, exp.Subquery):
        named = inner.args.get("alias") is not None or inner.args.get("joins")
        return bool(named) or _holds_relation(inner)
    return isinstance(inner, exp.Table | exp.Unnest)


def _in_parentheses(t: Translator, node: exp.Subquery, scope: Scope) -> FromClause:
    t.only(node, "this", "alias", "joins")
    joins = node.this.args.get("joins") or []
    made = from_clause(t, node.this, joins, scope)
    sql = f"({made.sql})" if joins else made.sql
    alias, names = alias_of(t, node)
    shown = [each for each in made.fields if not each.hidden]
    if names and len(names) != len(shown):
        text = f"Column alias list has {len(names)} entries but relation has {len(shown)} columns"
        raise t.problem("MISMATCHED_COLUMN_ALIASES", text, node)
    if not alias:
        return FromClause(sql, made.fields)
    fields = tuple(
        replace(each, qualifier=(alias.lower(),), name=names[index] if names else each.name)
        for index, each in enumerate(shown)
    )
    return FromClause(sql, fields)


def _table(t: Translator, node: exp.Table, scope: Scope) -> FromClause:
    t.only(node, "this", "db", "catalog", "alias", "joins")
    parts = tuple(part.name for part in node.parts)
    alias, names = alias_of(t, node)
    relation = scope.cte(parts[0]) if len(parts) == 1 else None
    if relation is not None:
        return fields_of(t, relation.sql, relation.outputs, (alias or parts[0],), names, node)
    found = t.catalog.find(parts)
    about = described(t, parts) if found is None else None
    if about is not None:
        qualifier = (alias,) if alias else parts
        return fields_of(t, f"({about.sql})", about.outputs, qualifier, names, node)
    if found is None:
        raise unknown_table(t, node, scope)
    qualifier = (alias,) if alias else (t.catalog.name, t.catalog.database, found[0])
    made = fields_of(t, t.source_of(found[0]), t.table(found[0]), qualifier, names, node)
    # A list of column names leaves what is hidden behind, as in Trino.
    return made if names or not found[1].path else with_path(made, found[1].path)


def _named(
    t: Translator, relation: Relation, node: exp.Expr, *, lateral: bool = False
) -> FromClause:
    alias, names = alias_of(t, node)
    qualifier = (alias,) if alias else ()
    sql = f"({relation.sql})"
    return fields_of(t, sql, relation.outputs, qualifier, names, node, lateral=lateral)


def values_relation(t: Translator, node: exp.Expr, scope: Scope, *besides: str) -> Relation:
    """VALUES rows, their columns of common types and without names.

    `besides` are the parts of the node that the caller sees to.
    """
    t.only(node, "expressions", "alias", *besides)
    rows: list[list[Typed]] = []
    for row in node.expressions:
        cells = row.expressions if isinstance(row, exp.Tuple) else [row]
        written = cells[0] if len(cells) == 1 else None
        if isinstance(written, exp.Anonymous) and written.name.lower() == "row":
            cells = written.expressions
        rows.append([t.expression(cell, scope) for cell in cells])
    if any(len(row) != len(rows[0]) for row in rows):
        raise t.problem("TYPE_MISMATCH", "Values rows have mismatched lengths", node)
    columns = [unified(list(column)) for column in zip(*rows, strict=True)]
    if not all(columns):
        raise t.problem("TYPE_MISMATCH", "Values rows have mismatched types", node)
    known = [column for column in columns if column]
    names = [f"c{index}" for index in range(len(known))]
    lines = ", ".join(f"({', '.join(texts)})" for texts in zip(*(c[2] for c in known), strict=True))
    outputs = tuple(
        Output(f"_col{index}", name, Typed("{}", column[0], exact=column[1]))
        for index, (name, column) in enumerate(zip(names, known, strict=True))
    )
    return Relation(f"SELECT * FROM (VALUES {lines}) AS v({', '.join(names)})", outputs)


def _unnested_array(t: Translator, value: Typed) -> list[tuple[str, Type]]:
    """The columns that an array makes: one, or one for each field of its rows."""
    element = value.type.args[0]
    if element.name != "row":
        return [(value.sql, element)]
    each = t.fresh("p")
    return [
        (f"list_transform({value.sql}, lambda {each}: {field_of(each, element, index)})", of)
        for index, of in enumerate(element.args)
    ]


def _unnested(t: Translator, node: exp.Unnest, scope: Scope) -> FromClause:
    """UNNEST of arrays and maps side by side, the shorter ones padded with NULL."""
    t.only(node, "expressions", "alias", "offset")
    alias, names = alias_of(t, node)
    offset = node.args.get("offset")
    columns: list[tuple[str, Typed]] = []
    lengths: list[str] = []
    for each in node.expressions:
        value = t.expression(each, scope)
        if value.type.name == "array":
            lists = _unnested_array(t, value)
        elif value.type.name == "map":
            keys, values = f"map_keys({value.sql})", f"map_values({value.sql})"
            lists = [(keys, value.type.args[0]), (values, value.type.args[1])]
        else:
            raise t.problem("TYPE_MISMATCH", f"Cannot unnest type: {value.type}", node)
        lengths.append(f"coalesce(len({lists[0][0]}), 0)")
        columns += [(f"unnest({sql})", Typed("{}", of, weight=value.weight)) for sql, of in lists]
    if offset:
        longest = f"greatest({', '.join(lengths)})" if len(lengths) > 1 else lengths[0]
        columns.append((f"unnest(generate_series(1, {longest}))", Typed("{}", BIGINT)))
        if isinstance(offset, exp.Identifier) and names:
            names.append(offset.name)
    outputs = tuple(
        Output(f"_col{index}", f"c{index}", value) for index, (_, value) in enumerate(columns)
    )
    listed = ", ".join(f"{sql} AS c{index}" for index, (sql, _) in enumerate(columns))
    qualifier = (alias,) if alias else ()
    return fields_of(t, f"(SELECT {listed})", outputs, qualifier, names, node, lateral=True)


def _joined(t: Translator, left: FromClause, join: exp.Expr, scope: Scope) -> FromClause:
    if join.args.get("method") == "NATURAL":
        raise t.problem("NOT_SUPPORTED", "Natural join not supported", join)
    t.only(join, "this", "on", "using", "kind", "side")
    side, kind = str(join.args.get("side") or ""), str(join.args.get("kind") or "")
    dependent = isinstance(join.this.unnest(), exp.Unnest | exp.Lateral)
    inner = Scope(fields=left.fields, parent=scope) if dependent else scope
    right = from_clause(t, join.this, join.this.args.get("joins") or [], inner)
    on, using = join.args.get("on"), join.args.get("using")
    word = f"{side} JOIN".strip() if side else "JOIN"
    if kind not in ("", "CROSS", "INNER", "OUTER") or side not in ("", "LEFT", "RIGHT", "FULL"):
        raise t.problem("NOT_SUPPORTED", f"{side} {kind} JOIN is not supported here", join)
    if using:
        return _using(t, left, right, [each.name for each in using], word, join)
    fields = left.fields + right.fields
    if on is None:
        if side or kind not in ("", "CROSS"):
            raise t.problem("SYNTAX_ERROR", "JOIN needs ON or USING", join)
        return FromClause(f"{left.sql} CROSS JOIN {right.sql}", fields)
    test = t.expression(on, Scope(fields=fields, parent=scope))
    if test.type != BOOLEAN:
        raise t.problem(
            "TYPE_MISMATCH", f"JOIN ON clause must evaluate to a boolean: actual {test.type}", join
        )
    if dependent and test.sql != "true":
        raise t.problem(
            "NOT_SUPPORTED", "JOIN involving UNNEST is only supported with condition ON TRUE", join
        )
    return FromClause(f"{left.sql} {word} {right.sql} ON {test.sql}", fields)


def _using(
    t: Translator, left: FromClause, right: FromClause, names: list[str], word: str, join: exp.Expr
) -> FromClause:
    tests, merged = [], []
    for name in names:
        sides = []
        for side in (left, right):
            found = [each for each in side.fields if each.name.lower() == name.lower()]
            if len(found) != 1:
                raise t.problem(
                    "COLUMN_NOT_FOUND",
                    f"Column '{name}' is missing from one side of the join",
                    join,
                )
            t.read(found[0].origin)
            sides.append(found[0])
        one, other = (each.value for each in sides)
        same = unified([one, other])
        if same is None or common_type((one.type, other.type)) is None:
            raise t.problem("TYPE_MISMATCH", f"Column '{name}' has two types in the join", join)
        tests.append(f"{same[2][0]} = {same[2][1]}")
        value = Typed(f"coalesce({same[2][0]}, {same[2][1]})", same[0], exact=same[1])
        merged.append(Field((), sides[0].name, value))
    kept = [
        each
        for each in left.fields + right.fields
        if each.name.lower() not in {name.lower() for name in names}
    ]
    sql = f"{left.sql} {word} {right.sql} ON {' AND '.join(tests)}"
    return FromClause(sql, (*merged, *kept))
