"""SHOW DATABASES, SHOW TABLES, SHOW COLUMNS and DESCRIBE, answered from the catalog."""

from __future__ import annotations

import re

from finops_repl.base.table import Column, Table
from finops_repl.trino.catalog import Catalog
from finops_repl.trino.problem import SqlProblem

__all__ = ["answer_metadata"]


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
        rows = tuple((name,) for name in sorted(catalog.tables))
        return Table((Column("tab_name", "varchar"),), rows)
    found = catalog.find(tuple(_parts(asked.group("table"))))
    if found is None:
        name = asked.group("table")
        raise SqlProblem(
            "TABLE_NOT_FOUND",
            f"Table '{name}' does not exist",
            hint=f"tables: {', '.join(catalog.nearest_tables(name))}",
        )
    names = ("col_name", "data_type", "comment")
    return Table(
        tuple(Column(name, "varchar") for name in names),
        tuple((column.name, column.type, "") for column in found[1].columns),
    )


def _parts(name: str) -> list[str]:
    return [part.strip('"').lower() for part in name.split(".")]
