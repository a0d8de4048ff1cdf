"""One statement from Trino to DuckDB: `translate` is the door of this package."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from string import Formatter

from sqlglot import exp

from finops_repl.base.table import Column
from finops_repl.trino.catalog import Catalog
from finops_repl.trino.check import parse_query, position
from finops_repl.trino.problem import ProblemCode, SqlProblem
from finops_repl.trino.rewrite import expressions, queries
from finops_repl.trino.rewrite.casts import timestamp_text
from finops_repl.trino.rewrite.intervals import interval_text
from finops_repl.trino.rewrite.scope import Output, Relation, Scan, Scope
from finops_repl.trino.rewrite.typed import Typed
from finops_repl.trino.strict import check_names, check_words
from finops_repl.trino.types import DOUBLE, Type, duckdb_type, parse_type

__all__ = ["Held", "Translation", "translate"]


WITH = "WITH "

FOREIGN = {
    ("STAR", "except_"): "EXCEPT",
    ("STAR", "replace"): "REPLACE",
    ("STAR", "rename"): "RENAME",
    ("DISTINCT", "on"): "ON",
    ("GROUP", "all"): "ALL",
    ("SELECT", "qualify"): "QUALIFY",
    ("SELECT", "laterals"): "VIEW",
    ("SELECT", "kind"): "AS",
    ("LIMIT", "offset"): ",",
}
"""Parts of a statement that other dialects have and Trino does not know."""


@dataclass(frozen=True, slots=True)
class Held:
    """Where the store keeps a table and how: its name in FROM and each column's DuckDB type.

    `narrowed` is the SELECT of some of its columns, where that is less work than its name.
    """

    relation: str
    types: Mapping[str, str]
    narrowed: Callable[[Collection[str]], str] | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """A statement for DuckDB, the columns that it answers with, and those that it reads.

    `reads` has the columns by table; a table of which only rows are counted has none. `scans` has
    each reading of a table, with what restricts its partitions.
    """

    sql: str
    columns: tuple[Column, ...]
    reads: Mapping[str, frozenset[str]]
    scans: tuple[Scan, ...] = ()


def translate(
    sql: str, catalog: Catalog, held: Mapping[str, Held], *, now: datetime
) -> Translation:
    """Check and translate one SELECT; raises `SqlProblem` in Athena's words.

    `held` says how each of the catalog's tables is stored; `now` is what the statement takes for
    the present (UTC).
    """
    tree = parse_query(sql)
    check_words(sql)
    check_names(tree, sql)
    try:
        statement = _Statement(sql, catalog, held, now)
        relation = statement.query(tree, Scope())
    except RecursionError:
        raise SqlProblem("SYNTAX_ERROR", "the statement is nested too deeply") from None
    relation = _shown(relation)
    columns = tuple(Column(each.name, str(each.value.type)) for each in relation.outputs)
    reads = {name: frozenset(read) for name, read in statement.reads.items()}
    return Translation(
        statement.with_narrowed(relation.sql), columns, reads, tuple(statement.scans.values())
    )


def _shown(relation: Relation) -> Relation:
    """The relation with its intervals and its moments of other zones than UTC as text.

    Raises for a column that has them within, and for a map by arrays, rows or maps.
    """
    values = [replace(each.value, sql=each.column) for each in relation.outputs]
    for value in values:
        if any(inner.is_interval or inner.zone for inner in _inside(value.type)):
            text = f"A result column of {value.type} with intervals or time zones is not shown here"
            raise SqlProblem("NOT_SUPPORTED", text, hint="CAST what is within to varchar")
        if any(of.name == "map" and of.args[0].args for of in (value.type, *_inside(value.type))):
            text = f"A result column of {value.type}, whose keys are no scalars, is not shown here"
            raise SqlProblem("NOT_SUPPORTED", text, hint="show its map_entries")
    if not any(value.type.is_interval or value.type.zone for value in values):
        return relation
    listed = ", ".join(f"{_as_text(value)} AS {value.sql}" for value in values)
    return replace(relation, sql=f"SELECT {listed} FROM ({relation.sql}) AS shown")  # noqa: S608


def _as_text(value: Typed) -> str:
    if value.type.is_interval:
        return interval_text(value).sql
    return timestamp_text(value) if value.type.zone else value.sql


def _inside(of: Type) -> Iterator[Type]:
    for arg in of.args:
        yield arg
        yield from _inside(arg)


class _Statement:
    """The translator of one statement; see `scope.Translator`."""

    def __init__(
        self, source: str, catalog: Catalog, held: Mapping[str, Held], now: datetime
    ) -> None:
        self.source, self.catalog, self.now = source, catalog, now
        self.reads: dict[str, set[str]] = {}
        self.scans: dict[str, Scan] = {}
        self._held = held
        self._narrowed: dict[str, str] = {}
        self._count = 0

    def expression(self, node: exp.Expr, scope: Scope) -> Typed:
        return expressions.expression(self, node, scope)

    def query(self, node: exp.Expr, scope: Scope) -> Relation:
        return queries.query(self, node, scope)

    def fresh(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def table(self, name: str) -> tuple[Output, ...]:
        types = self._held[name].types
        self.reads.setdefault(name, set())
        return tuple(
            Output(
                column.name,
                column.name,
                held_as(column, types[column.name.lower()]),
                (name, column.name),
            )
            for column in self.catalog.tables[name].columns
        )

    def source_of(self, name: str) -> str:
        held = self._held[name]
        if held.narrowed is None:
            return held.relation
        if name not in self._narrowed:
            self._narrowed[name] = self.fresh("t")
        return self._narrowed[name]

    def with_narrowed(self, sql: str) -> str:
        """A translated statement behind those of its tables that are held as wide views."""
        listed = [
            f"{alias} AS NOT MATERIALIZED ({narrowed(self._columns(name))})"
            for name, alias in self._narrowed.items()
            if (narrowed := self._held[name].narrowed)
        ]
        if not listed:
            return sql
        # DuckDB loses a WITH that stands in brackets behind another.
        rest = f", {sql.removeprefix(WITH)}" if sql.startswith(WITH) else f" {sql}"
        return f"{WITH}{', '.join(listed)}{rest}"

    def _columns(self, table: str) -> frozenset[str]:
        """What is read of a table, with the columns that say where its rows lie."""
        parts = Formatter().parse(self.catalog.tables[table].path)
        return frozenset(self.reads[table]).union(column for _, column, _, _ in parts if column)

    def read(self, origin: tuple[str, str] | None) -> None:
        if origin is not None:
            self.reads.setdefault(origin[0], set()).add(origin[1])

    def scanned(self, table: str, alias: str) -> None:
        self.scans[alias] = Scan(table, alias)

    def pruned(self, alias: str, condition: str) -> None:
        known = self.scans[alias]
        self.scans[alias] = replace(known, conditions=(*known.conditions, condition))

    def problem(
        self, code: ProblemCode, text: str, node: exp.Expr, *, hint: str = ""
    ) -> SqlProblem:
        return SqlProblem(code, text, at=position(node, self.source), hint=hint)

    def only(self, node: exp.Expr, *allowed: str) -> None:
        extra = [name for name, value in node.args.items() if value and name not in allowed]
        if extra:
            what = extra[0].rstrip("_").replace("_", " ").upper()
            kind = type(node).__name__.upper()
            if (kind, extra[0]) in FOREIGN:
                text = f"mismatched input '{FOREIGN[kind, extra[0]]}'"
                raise self.problem("SYNTAX_ERROR", text, node)
            raise self.problem("NOT_SUPPORTED", f"{what} in {kind} is not supported here", node)


def held_as(column: Column, held: str) -> Typed:
    """A column of the store as an expression of its declared type; `{}` stands for its name."""
    declared = parse_type(column.type)
    wanted = duckdb_type(declared)
    if held == wanted:
        return Typed("{}", declared, nan=declared == DOUBLE)
    if declared == DOUBLE and held.startswith("DECIMAL"):
        return Typed("{}", declared, exact=True)
    return Typed(f"CAST({{}} AS {wanted})", declared)
