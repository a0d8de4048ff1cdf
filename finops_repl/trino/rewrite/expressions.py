"""Expressions: literals, names, CASE, CAST and subqueries here, the rest by its own module."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from finops_repl.trino.catalog import PATH
from finops_repl.trino.json_grammar import JsonCall
from finops_repl.trino.rewrite.arithmetic import ARITHMETIC
from finops_repl.trino.rewrite.calls import CALLS
from finops_repl.trino.rewrite.casts import cast
from finops_repl.trino.rewrite.functions.clocks import now_as
from finops_repl.trino.rewrite.functions.sql_json import sql_json
from finops_repl.trino.rewrite.keywords import KEYWORDS
from finops_repl.trino.rewrite.predicates import PREDICATES, compare
from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.type_names import type_of
from finops_repl.trino.rewrite.typed import Typed, coerced, field_of, raised, text_literal, unified
from finops_repl.trino.rewrite.unknown import column_hint
from finops_repl.trino.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    TIMESTAMP,
    TIMESTAMP_TZ,
    UNKNOWN,
    VARCHAR,
    decimal,
    duckdb_type,
)

__all__ = ["expression"]

FOREIGN: Mapping[type[exp.Expr], str] = {
    exp.ILike: "ILIKE",
    exp.RegexpLike: "RLIKE",
    exp.RegexpILike: "~*",
    exp.SimilarTo: "SIMILAR",
    exp.Glob: "GLOB",
    exp.IntDiv: "DIV",
    exp.Concat: "'",
}
"""Operators that other dialects have and Trino does not know."""

LARGEST_INTEGER, LARGEST_BIGINT = 2**31 - 1, 2**63 - 1


def expression(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """Any expression; raises `SqlProblem` for a construct that is not in the tables."""
    translate = EXPRESSIONS.get(type(node))
    if type(node) in FOREIGN:
        raise t.problem("SYNTAX_ERROR", f"mismatched input '{FOREIGN[type(node)]}'", node)
    if translate is None:
        name = type(node).__name__.upper()
        raise t.problem("NOT_SUPPORTED", f"{name} is not supported here", node)
    return scope.keyed(translate(t, node, scope))


def literal(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """A string, an integer, a decimal (1.5) or a double (1.5E0)."""
    text = node.name
    if node.args.get("is_string"):
        return Typed(text_literal(text), VARCHAR, constant=text)
    if text.isdigit():
        number = int(text)
        if number > LARGEST_BIGINT:
            raise t.problem("SYNTAX_ERROR", f"Invalid numeric literal: {text}", node)
        of = INTEGER if number <= LARGEST_INTEGER else BIGINT
        return Typed(str(number), of, constant=number)
    if "e" in text.lower():
        return Typed(f"CAST('{float(text)!r}' AS DOUBLE)", DOUBLE)
    head, _, fraction = text.partition(".")
    head = head.lstrip("0")
    precision = max(1, len(head) + len(fraction))
    if (not (head + fraction).isdigit() and precision > 1) or precision > 38:
        raise t.problem("SYNTAX_ERROR", f"Invalid numeric literal: {text}", node)
    of = decimal(precision, len(fraction))
    return Typed(f"CAST('{head or 0}.{fraction or 0}' AS {duckdb_type(of)})", of)


def column(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """A column, a lambda's variable, or a field of a row."""
    parts = tuple(part.name for part in node.parts) if isinstance(node, exp.Column) else ()
    parts = parts or (node.name,)
    if len(parts) == 1:
        inner: Scope | None = scope
        while inner is not None:
            if parts[0].lower() in inner.variables:
                return inner.variables[parts[0].lower()]
            inner = inner.parent
        if parts[0].lower() in scope.outputs:
            return scope.outputs[parts[0].lower()]
    found = scope.find(parts)
    if len(found) == 1:
        t.read(found[0].origin)
        return found[0].value
    if len(found) > 1:
        raise t.problem("AMBIGUOUS_NAME", f"Column '{'.'.join(parts)}' is ambiguous", node)
    if len(parts) > 1:
        row = scope.find(parts[:-1])
        if len(row) == 1 and row[0].value.type.name == "row":
            t.read(row[0].origin)
            return _row_field(t, node, row[0].value, parts[-1])
    if parts[-1].startswith("$") and parts[-1].lower() != PATH:
        raise t.problem("NOT_SUPPORTED", f'"{parts[-1]}" is not kept here', node)
    text = f"Column '{'.'.join(parts)}' cannot be resolved"
    raise t.problem("COLUMN_NOT_FOUND", text, node, hint=column_hint(parts, node, scope))


def _row_field(t: Translator, node: exp.Expr, row: Typed, name: str) -> Typed:
    for index, (known, of) in enumerate(zip(row.type.fields, row.type.args, strict=True)):
        if known.lower() == name.lower():
            return Typed(field_of(row.sql, row.type, index), of)
    raise t.problem("COLUMN_NOT_FOUND", f"Field '{name}' cannot be resolved", node)


def dotted(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """expression.field of a row."""
    t.only(node, "this", "expression")
    row = t.expression(node.this, scope)
    if row.type.name != "row":
        raise t.problem("TYPE_MISMATCH", f"Expression of type {row.type} has no fields", node)
    return _row_field(t, node, row, node.expression.name)


def _condition(t: Translator, node: exp.Expr, scope: Scope, what: str) -> str:
    value = t.expression(node, scope)
    if value.type.name not in ("boolean", "unknown"):
        raise t.problem(
            "TYPE_MISMATCH", f"{what} must evaluate to a boolean: actual {value.type}", node
        )
    return coerced(value, BOOLEAN)


def case(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """CASE, with or without an operand, and if(condition, a[, b])."""
    tests: list[str] = []
    values: list[Typed] = []
    if isinstance(node, exp.If):
        t.only(node, "this", "true", "false")
        branches, operand, default = [node], None, node.args.get("false")
    else:
        t.only(node, "this", "ifs", "default")
        operand = t.expression(node.this, scope) if node.this is not None else None
        branches, default = node.args["ifs"], node.args.get("default")
    for branch in branches:
        if operand is None:
            tests.append(_condition(t, branch.this, scope, "CASE WHEN clause"))
        else:
            tests.append(compare(t, branch, operand, "=", t.expression(branch.this, scope)))
        values.append(t.expression(branch.args["true"], scope))
    if default is not None:
        values.append(t.expression(default, scope))
    same = unified(values)
    if same is None:
        types = ", ".join(dict.fromkeys(str(value.type) for value in values))
        raise t.problem("TYPE_MISMATCH", f"All CASE results must be the same type: {types}", node)
    of, exact, texts = same
    whens = " ".join(f"WHEN {test} THEN {text}" for test, text in zip(tests, texts, strict=False))
    otherwise = f" ELSE {texts[-1]}" if default is not None else ""
    return Typed(
        f"CASE {whens}{otherwise} END",
        of,
        exact=exact,
        nan=any(value.nan for value in values),
        weight=max(value.weight for value in values),
    )


def casting(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """CAST, TRY_CAST and typed literals (DATE '2024-01-31')."""
    t.only(node, "this", "to", "safe")
    value = t.expression(node.this, scope)
    to, length = type_of(t, node.args["to"])
    safe = isinstance(node, exp.TryCast)
    made = cast(t, value, to, node, safe=safe)
    if length is None or to != VARCHAR:
        return made
    if value.type == VARCHAR:
        return Typed(f"left({made.sql}, {length})", VARCHAR, weight=made.weight)
    long = f"length({made.sql}) > {length}"
    refused = (
        "NULL"
        if safe
        else raised(
            f"Value does not fit varchar({length})", of=VARCHAR, code="INVALID_CAST_ARGUMENT"
        )
    )
    return Typed(f"CASE WHEN {long} THEN {refused} ELSE {made.sql} END", VARCHAR)


def scalar_subquery(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """A subquery of one column as a value; more than one row is an error."""
    relation = t.query(node, scope)
    if len(relation.outputs) != 1:
        raise t.problem("NOT_SUPPORTED", "Scalar subquery must return one column", node)
    value = relation.outputs[0].value
    return Typed(f"({relation.sql})", value.type, value.exact, value.nan, weight=value.weight)


def grouped(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """An expression in parentheses."""
    t.only(node, "this")
    return t.expression(node.this, scope)


def _today(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    t.only(node)
    return now_as(f"{t.now:%Y-%m-%d}", DATE)


def _now(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    t.only(node)
    return now_as(f"{t.now:%Y-%m-%d %H:%M:%S}", TIMESTAMP_TZ)


def _local(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    t.only(node)
    return now_as(f"{t.now:%Y-%m-%d %H:%M:%S}", TIMESTAMP)


def _truth(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    return Typed("true" if node.this else "false", BOOLEAN)


def _nothing(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    return Typed("NULL", UNKNOWN)


def _parameter(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    text = "Incorrect number of parameters: no value is given for ?"
    raise t.problem("SYNTAX_ERROR", text, node, hint="write the value in its place")


EXPRESSIONS: Mapping[type[exp.Expr], Callable[[Translator, exp.Expr, Scope], Typed]] = {
    **ARITHMETIC,
    **PREDICATES,
    **CALLS,
    **KEYWORDS,
    exp.Literal: literal,
    exp.Column: column,
    exp.Identifier: column,
    exp.Dot: dotted,
    exp.Case: case,
    exp.If: case,
    exp.Cast: casting,
    exp.TryCast: casting,
    JsonCall: sql_json,
    exp.Paren: grouped,
    exp.Subquery: scalar_subquery,
    exp.Boolean: _truth,
    exp.Null: _nothing,
    exp.Placeholder: _parameter,
    exp.CurrentDate: _today,
    exp.CurrentTimestamp: _now,
    exp.Localtimestamp: _local,
}
