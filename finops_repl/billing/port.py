"""The bill as SQL, wherever it lies: Athena, the simulated account, or the user's files."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from finops_repl.base.table import Column, Table

__all__ = ["Bill", "BillKind", "BillTable"]

BillKind = Literal["cur2", "legacy", "raw", "focus", "other"]
"""CUR 2.0, CUR as Athena's crawler has it, CUR with slash names, FOCUS, or no known bill."""


@dataclass(frozen=True, slots=True)
class BillTable:
    """A table of the bill and how to ask it; `partition` is the month's column, or empty."""

    catalog: str
    database: str
    table: str
    kind: BillKind
    partition: str = ""
    workgroup: str = ""

    def as_mapping(self) -> dict[str, str]:
        """What a script receives as `bill`."""
        return {
            "catalog": self.catalog,
            "database": self.database,
            "table": self.table,
            "kind": self.kind,
            "partition": self.partition,
            "workgroup": self.workgroup,
        }


class Bill(Protocol):
    """Trino SQL on the bill.

    Cells: every `double`, `real` and `decimal` is a `Decimal` of the digits that a person would
    read, so that money never becomes a float; integers are int, timestamps datetime (UTC where
    they have a zone), arrays list, maps and rows dict.
    """

    @property
    def tables(self) -> Mapping[str, BillTable]: ...

    @property
    def primary(self) -> BillTable:
        """The table to ask when none is named."""
        ...

    def columns(self, table: str) -> tuple[Column, ...]:
        """The columns of a table; raises `UnknownName`."""
        ...

    def query(
        self,
        sql: str,
        *,
        timeout_s: float = 60,
        max_rows: int | None = None,
        cancelled: threading.Event | None = None,
    ) -> Table:
        """Run one SELECT in Trino's SQL.

        Raises `InputError` for a statement that cannot run, `LimitReached` at the timeout, at
        `cancelled` and at the limits of memory; more rows than `max_rows` are cut off and the
        table says so.
        """
        ...
