"""What SQL may read: one catalog, one database, its tables and the types they declare."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from finops_repl.base.errors import nearest
from finops_repl.base.table import Column
from finops_repl.trino.types import hive_type, parse_type

__all__ = ["PATH", "Catalog", "TableDef"]

PATH = "$path"
"""The hidden column of a table that says where each row lies."""


class Narrowed(Protocol):
    """The SELECT of some columns of a wide view, from the tables that lie behind it."""

    def __call__(self, columns: Collection[str], *, schema: str) -> str: ...


@dataclass(frozen=True, slots=True)
class TableDef:
    """A table as its users know it.

    `columns` declare types in Trino's or Hive's words (`double`, `map<string,string>`), partition
    keys included. `relation` is what the store calls it, where that is another name than the
    table's. The store may hold a declared double as a DECIMAL: sums of it are then exact. `path`
    says where a row lies, which SQL asks as `"$path"`: a text with columns of the store in braces,
    empty where nobody knows. `narrowed` spares DuckDB a wide view's other columns: it takes longer
    to plan 125 of them than to sum one.
    """

    columns: tuple[Column, ...]
    partition_keys: tuple[str, ...] = ()
    relation: str = ""
    path: str = ""
    narrowed: Narrowed | None = None

    @property
    def hive_columns(self) -> tuple[Column, ...]:
        """The columns in the words of a table's definition, as Athena's metadata lists them."""
        return tuple(
            Column(column.name, hive_type(parse_type(column.type))) for column in self.columns
        )

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Tables by name; names are found whatever their case, as Athena does."""

    name: str
    database: str
    tables: Mapping[str, TableDef] = field(default_factory=dict)

    def find(self, parts: tuple[str, ...]) -> tuple[str, TableDef] | None:
        """The table that `table`, `database.table` or `catalog.database.table` names."""
        *where, name = (part.lower() for part in parts)
        if where != [self.name.lower(), self.database.lower()][2 - len(where) :]:
            return None
        for known, table in self.tables.items():
            if known.lower() == name:
                return known, table
        return None

    def nearest_tables(self, name: str) -> list[str]:
        """The table names most like `name`, or some that exist."""
        return nearest(name, self.tables) or sorted(self.tables)[:5]
