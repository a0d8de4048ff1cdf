"""What the tools need of the rooms below them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Protocol

from finops_repl.base.table import Table

__all__ = ["BillTable", "QueriesBill"]


class BillTable(Protocol):
    """The table that a question about the bill means by default."""

    def as_mapping(self) -> Mapping[str, str]:
        """catalog, database, table, kind, partition, workgroup."""
        ...


class QueriesBill(Protocol):
    """The bill as SQL, wherever it lies."""

    @property
    def primary(self) -> BillTable: ...

    def query(
        self, sql: str, *, timeout_s: float, max_rows: int, cancelled: threading.Event
    ) -> Table:
        """One SELECT; raises `InputError`, `LimitReached` or `ConnectionFailed`."""
        ...
