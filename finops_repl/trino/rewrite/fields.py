"""What a source in FROM brings into scope: its columns under a fresh alias."""

from __future__ import annotations

from dataclasses import dataclass, replace
from string import Formatter

from sqlglot import exp

from finops_repl.trino.catalog import PATH
from finops_repl.trino.rewrite.scope import Field, Output, Translator
from finops_repl.trino.rewrite.typed import Typed, quoted, text_literal
from finops_repl.trino.types import VARCHAR

__all__ = ["FromClause", "alias_of", "fields_of", "with_path"]


@dataclass(frozen=True, slots=True)
class FromClause:
    """A translated FROM: its text and the fields it brings into scope, in order of `*`."""

    sql: str
    fields: tuple[Field, ...]


def alias_of(t: Translator, node: exp.Expr) -> tuple[str, list[str]]:
    """The name that a source is given, and those of its columns."""
    alias = node.args.get("alias")
    if alias is None:
        return "", []
    t.only(alias, "this", "columns")
    return alias.name, [each.name for each in alias.args.get("columns") or []]


def fields_of(
    t: Translator,
    sql: str,
    outputs: tuple[Output, ...],
    qualifier: tuple[str, ...],
    names: list[str],
    node: exp.Expr,
    *,
    lateral: bool = False,
) -> FromClause:
    """`sql` under a fresh name; its columns behind `qualifier`, renamed where `names` says so."""
    if names and len(names) != len(outputs):
        raise t.problem(
            "MISMATCHED_COLUMN_ALIASES",
            f"Column alias list has {len(names)} entries but relation has {len(outputs)} columns",
            node,
        )
    alias = t.fresh("r")
    table = outputs[0].origin if outputs else None
    if table is not None:
        t.scanned(table[0], alias)
    fields = tuple(
        Field(
            tuple(part.lower() for part in qualifier),
            names[index] if names else each.name,
            replace(each.value, sql=each.value.sql.format(f"{alias}.{quoted(each.column)}")),
            each.origin,
            alias if each.origin else "",
        )
        for index, each in enumerate(outputs)
    )
    return FromClause(f"{'LATERAL ' if lateral else ''}{sql} AS {alias}", fields)


def with_path(made: FromClause, path: str) -> FromClause:
    """The table with its hidden column of where each row lies."""
    one = made.fields[0]
    parts: list[str] = []
    for text, column, _, _ in Formatter().parse(path):
        parts += [text_literal(text)] if text else []
        parts += [f"CAST({one.scan}.{quoted(column)} AS VARCHAR)"] if column else []
    value = Typed(f"({' || '.join(parts)})", VARCHAR)
    hidden = Field(one.qualifier, PATH, value, hidden=True)
    return replace(made, fields=(*made.fields, hidden))
