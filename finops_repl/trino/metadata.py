"""SHOW DATABASES, TABLES, COLUMNS and PARTITIONS and DESCRIBE, answered from the catalog."""

from __future__ import annotations

import re

from finops_repl.base.table import Column, Table
from finops_repl.trino.catalog import Catalog, TableDef
from finops_repl.trino.problem import SqlProblem
from finops_repl.trino.types import quoted, text_literal

__all__ = ["answer_metadata", "partitions_query"]


def answer_metadata(asked: re.Match[str], catalog: Catalog) -> Table:
    """The answer to a statement that `check.metadata_statement` recognised."""
    if asked.group("databases"):
        return Table((Column("database_name", "varchar"),), ((catalog.database,),))
    if asked.group("tables"):
        database = _parts(asked.group("database") or catalog.database)
        if database not in ([catalog.database.lower()], [catalog.name.lower(), catalog.database]):
            raise SqlProblem(
                "SCHEMA_NOT_FOUND",
                f"Schema '{'.'.join(database)}' does not exist",
                hint=f"there is {catalog.database}",
            )
        like = (asked.group("like") or "*").lower().split("|")
        found = (name for name in catalog.tables if any(_is_like(name, each) for each in like))
        rows = tuple((name,) for name in sorted(found))
        return Table((Column("tab_name", "varchar"),), rows)
    names = ("col_name", "data_type", "comment")
    return Table(
        tuple(Column(name, "varchar") for name in names),
        tuple((column.name, column.type, "") for column in _asked_table(asked, catalog)[1].columns),
    )


def partitions_query(asked: re.Match[str], catalog: Catalog) -> str:
    """SHOW PARTITIONS as a SELECT: `year=2026/month=9`, in the order of the keys' values."""
    name, table = _asked_table(asked, catalog)
    if not table.partition_keys:
        raise SqlProblem("NOT_SUPPORTED", f"Table {name} is not a partitioned table")
    keys = [quoted(key) for key in table.partition_keys]
    named = [f"{text_literal(f'{key}=')}, {quoted(key)}" for key in table.partition_keys]
    shown = ", '/', ".join(named)
    parted, order = quoted(f"{name}$partitions"), ", ".join(keys)
    return f'SELECT concat({shown}) AS "partition" FROM {parted} ORDER BY {order}'  # noqa: S608


def _asked_table(asked: re.Match[str], catalog: Catalog) -> tuple[str, TableDef]:
    name = asked.group("table")
    found = catalog.find(tuple(_parts(name)))
    if found is None:
        raise SqlProblem(
            "TABLE_NOT_FOUND",
            f"Table '{name}' does not exist",
            hint=f"tables: {', '.join(catalog.nearest_tables(name))}",
        )
    return found


def _is_like(name: str, pattern: str) -> bool:
    """Whether a name fits a lower-case pattern, whose `*` is any text.

    Each piece is sought where it comes first: a regular expression would try all its places, more
    than can be counted.
    """
    first, *pieces = pattern.split("*")
    rest = name.lower()
    if not pieces or not rest.startswith(first):
        return rest == first
    *pieces, last = pieces
    rest = rest.removeprefix(first)
    for piece in pieces:
        found = rest.find(piece)
        if found < 0:
            return False
        rest = rest[found + len(piece) :]
    return rest.endswith(last)


def _parts(name: str) -> list[str]:
    return [part.strip('"').lower() for part in name.split(".")]
