"""The bill as files of the user's own: CUR and FOCUS as CSV, CSV.gz or Parquet."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from finops_repl.base.errors import UnknownName
from finops_repl.base.table import Column, Table
from finops_repl.billing.kind import kind_of, partition_of
from finops_repl.billing.port import BillKind, BillTable

__all__ = ["FilesBill"]


class FilesBill:
    """Trino SQL over files; each is a table by its stem (`costs.csv.gz` is `costs`)."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Read the files; raises `InputError` for one that is missing or damaged."""
        from finops_repl.trino.files import files_room  # DuckDB: only a bill pays for it

        self._room = files_room(paths)
        catalog = self._room.catalog
        self._tables = {
            name: BillTable(
                catalog.name,
                catalog.database,
                name,
                kind_of(table.names),
                partition_of(table.names),
            )
            for name, table in catalog.tables.items()
        }

    @property
    def tables(self) -> Mapping[str, BillTable]:
        return self._tables

    @property
    def primary(self) -> BillTable:
        order = get_args(BillKind)
        return min(self._tables.values(), key=lambda each: (order.index(each.kind), each.table))

    def columns(self, table: str) -> tuple[Column, ...]:
        """The columns of a table; raises `UnknownName`."""
        found = self._room.catalog.find((table,))
        if found is None:
            raise UnknownName("table", table, self._tables)
        return found[1].columns

    def query(
        self,
        sql: str,
        *,
        timeout_s: float = 60,
        max_rows: int | None = None,
        cancelled: threading.Event | None = None,
    ) -> Table:
        """Run one SELECT; see `Bill.query`."""
        return self._room.query(sql, timeout_s=timeout_s, max_rows=max_rows, cancelled=cancelled)

    def close(self) -> None:
        """Free the tables."""
        self._room.close()
