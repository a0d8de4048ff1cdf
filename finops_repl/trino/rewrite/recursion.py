# ruff: noqa: S608 -- translated SQL is what this module makes
"""WITH RECURSIVE, unrolled as Trino unrolls it: so many steps, and an error if they do not end.

Source: Trino's documentation, SELECT, "WITH RECURSIVE clause"; `max_recursion_depth` is 10.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from finops_repl.trino.partitions import RECURSIONS
from finops_repl.trino.rewrite.scope import Output, Relation, Scope, Translator
from finops_repl.trino.rewrite.typed import Typed, coerced, raised
from finops_repl.trino.types import VARCHAR, common_type, duckdb_type

__all__ = ["recursive_cte"]

TOO_DEEP = (
    f"Recursion depth limit exceeded ({RECURSIONS}). Use 'max_recursion_depth' session property"
    " to modify the limit."
)


def recursive_cte(t: Translator, node: exp.Expr, scope: Scope) -> tuple[str, Relation, str] | None:
    """The name, the relation and the text of a query that reads itself; None for another one."""
    names = [each.name for each in node.args["alias"].args.get("columns") or []]
    if not names:
        text = "missing column aliases in recursive WITH query"
        raise t.problem("MISSING_COLUMN_ALIASES", text, node)
    body = node.this
    if not _references(body, node.alias):
        return None
    step = _step(t, body, node.alias)
    start = t.query(body.this, scope)
    if len(names) != len(start.outputs):
        text = f"Column alias list has {len(names)} entries but query has {len(start.outputs)}"
        raise t.problem("MISMATCHED_COLUMN_ALIASES", f"{text} columns", node)
    outputs = tuple(
        Output(name, f"c{index}", Typed("{}", each.value.type, weight=each.value.weight))
        for index, (name, each) in enumerate(zip(names, start.outputs, strict=True))
    )
    called = t.fresh("q")
    levels = [_level(t, start, outputs, node)]
    for depth in range(RECURSIONS + 1):
        before = Relation(f"{called}_{depth}", outputs)
        found = t.query(step, Scope(parent=scope, ctes={node.alias.lower(): before}))
        levels.append(_level(t, found, outputs, node))
        outputs = _grown(outputs, found)
    listed = [f"{called}_{depth} AS MATERIALIZED ({sql})" for depth, sql in enumerate(levels)]
    union = [f"SELECT * FROM {called}_{depth}" for depth in range(RECURSIONS + 1)]
    union.append(_end(f"{called}_{RECURSIONS + 1}", outputs))
    text = f"{', '.join(listed)}, {called} AS ({' UNION ALL '.join(union)})"
    return node.alias, Relation(called, outputs), text


def _references(node: exp.Expr, name: str) -> list[exp.Table]:
    found = node.find_all(exp.Table)
    return [each for each in found if not each.db and each.name.lower() == name.lower()]


def _step(t: Translator, body: exp.Expr, name: str) -> exp.Select:
    """The part that is repeated: a SELECT that reads the query once, in its own FROM."""
    if not isinstance(body, exp.Union) or _references(body.this, name):
        text = "recursive reference not allowed in this context"
        raise t.problem("INVALID_RECURSIVE_REFERENCE", text, body)
    step = body.expression
    if body.args.get("distinct") or not isinstance(step, exp.Select):
        text = "WITH RECURSIVE is one query UNION ALL one SELECT here"
        raise t.problem("NOT_SUPPORTED", text, body)
    t.only(body, "this", "expression", "distinct")
    references = _references(step, name)
    if len(references) > 1:
        text = "multiple recursive references in the step relation of recursion"
        raise t.problem("INVALID_RECURSIVE_REFERENCE", text, references[1])
    if references[0].find_ancestor(exp.Select) is not step:
        text = "A recursive reference within a subquery is not supported here"
        raise t.problem("NOT_SUPPORTED", text, references[0])
    plain = ("from_", "joins", "expressions", "where")
    if any(step.args.get(part) for part in step.args if part not in plain):
        text = "The step of a recursion takes WHERE and joins alone here"
        raise t.problem("NOT_SUPPORTED", text, step)
    for join in step.args.get("joins") or []:
        if join.args.get("side"):
            text = "Outer joins in the step of a recursion are not supported here"
            raise t.problem("NOT_SUPPORTED", text, join)
    return step


def _level(t: Translator, found: Relation, outputs: tuple[Output, ...], node: exp.Expr) -> str:
    """What one step finds, in the types of the query that the recursion starts with."""
    if len(found.outputs) != len(outputs):
        raise t.problem("TYPE_MISMATCH", "query sides have different numbers of columns", node)
    alias = t.fresh("r")
    listed = []
    for index, (each, wanted) in enumerate(zip(found.outputs, outputs, strict=True)):
        value = replace(each.value, sql=f"{alias}.{each.column}")
        if common_type((value.type, wanted.value.type)) != wanted.value.type:
            text = (
                f"recursion step relation output type ({value.type}) is not coercible to recursion"
                f" base relation output type ({wanted.value.type}) at column {index + 1}"
            )
            raise t.problem("TYPE_MISMATCH", text, node)
        listed.append(f"{coerced(value, wanted.value.type)} AS {wanted.column}")
    return f"SELECT {', '.join(listed)} FROM ({found.sql}) AS {alias}"


def _grown(outputs: tuple[Output, ...], found: Relation) -> tuple[Output, ...]:
    """The columns as long as the last step made them: its texts are those of the next one."""
    return tuple(
        replace(each, value=replace(each.value, weight=max(each.value.weight, one.value.weight)))
        for each, one in zip(outputs, found.outputs, strict=True)
    )


def _end(last: str, outputs: tuple[Output, ...]) -> str:
    """Nothing where the step after the last one finds nothing; else the query fails."""
    failing = raised(TOO_DEEP, of=VARCHAR, code="NOT_SUPPORTED")
    # Every column fails too: what an outer query asks of one would else skip the rows unseen.
    columns = ", ".join(
        f"CASE WHEN n > 0 THEN CAST({failing} AS {duckdb_type(each.value.type)}) END"
        f" AS {each.column}"
        for each in outputs
    )
    return (
        f"SELECT {columns} FROM (SELECT count(*) AS n FROM {last})"
        f" WHERE CASE WHEN n > 0 THEN {failing} IS NULL END"
    )
