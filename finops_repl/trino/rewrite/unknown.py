"""What to say of a column or table that is not there: what is called so here, or much the same."""

from __future__ import annotations

from sqlglot import exp

from finops_repl.base.errors import nearest
from finops_repl.trino.bill_names import name_hint
from finops_repl.trino.problem import SqlProblem
from finops_repl.trino.rewrite.described import COLUMNS, SCHEMA
from finops_repl.trino.rewrite.scope import Field, Scope, Translator

__all__ = ["column_hint", "unknown_table"]

MOST_LISTED = 12


def column_hint(parts: tuple[str, ...], node: exp.Expr, scope: Scope) -> str:
    """What helps who named the column `parts`, which `scope` does not have."""
    name, where = parts[-1], parts[:-1]
    fields = [each for each in scope.visible() if not each.hidden]
    behind = [each for each in fields if _is_behind(each, where)]
    if where and not behind:
        aliases = dict.fromkeys(each.qualifier[-1] for each in fields if each.qualifier)
        there_are = f": there is {', '.join(aliases)}" if aliases else ""
        return f"nothing in FROM is called {'.'.join(where)}{there_are}"
    if not where and name.lower() in scope.aliases:
        return "an alias is known to ORDER BY alone: repeat the expression, in GROUP BY its place"
    known = [each.name for each in behind]
    hint = name_hint(name, known, _key(node))
    if hint:
        return hint
    if 0 < len(known) <= MOST_LISTED:
        return f"columns: {', '.join(known)}"
    table = next((each.origin[0] for each in behind if each.origin), "")
    return f"SHOW COLUMNS FROM {table} lists those there are" if table else ""


def _is_behind(field: Field, where: tuple[str, ...]) -> bool:
    suffix = tuple(part.lower() for part in where)
    return field.qualifier[len(field.qualifier) - len(suffix) :] == suffix


def _key(node: exp.Expr) -> str:
    """The key that is asked of a map: `map['key']` or element_at(map, 'key')."""
    around = node.parent
    asked = around.expressions if isinstance(around, exp.Bracket | exp.Anonymous) else ()
    return next((each.name for each in asked if isinstance(each, exp.Literal)), "")


def unknown_table(t: Translator, node: exp.Table, scope: Scope) -> SqlProblem:
    """The error for a table that is neither in the catalog nor a WITH query that is seen there."""
    parts = tuple(part.name for part in node.parts)
    full = (t.catalog.name, t.catalog.database)[: 3 - len(parts)] + parts
    name = ".".join(full).lower()
    in_with = [] if len(parts) > 1 else nearest(parts[0], scope.queries())
    tables = [*in_with, *t.catalog.nearest_tables(parts[-1])]
    if full[1].lower() == SCHEMA:
        tables = sorted(COLUMNS)
    elif full[1].lower() != t.catalog.database.lower():
        tables = [f"{t.catalog.database}.{each}" for each in tables]
    hint = f"tables: {', '.join(tables)}" if tables else ""
    return t.problem("TABLE_NOT_FOUND", f"Table '{name}' does not exist", node, hint=hint)
