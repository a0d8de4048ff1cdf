"""A bill's table as it is: its kind, the map over its columns, and the days and rows it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from finops_repl.base.table import Cell, Column, Table
from finops_repl.billing.columns import BillColumns, bill_columns
from finops_repl.billing.port import Bill, BillTable

__all__ = ["BillDescription", "describe_bill"]

Ask = Callable[[str, int], Table]
"""Runs one SELECT and returns at most so many rows."""


@dataclass(frozen=True, slots=True)
class BillDescription:
    """What can be said of a table without knowing the question.

    `months` are the first and last partition, `first` and `last` the days covered, where the
    table shows them; `row_types` are those of the last month.
    """

    table: BillTable
    tables: tuple[str, ...]
    columns: tuple[Column, ...]
    map: BillColumns
    first: str = ""
    last: str = ""
    rows: int = 0
    row_types: tuple[Cell, ...] = ()

    def as_fields(self) -> dict[str, Any]:
        """The description for a model: names and columns are the user's own, so they are data."""
        fields: dict[str, Any] = {
            "bill": self.table.as_mapping(),
            "tables": list(self.tables),
            "map": self.map.as_mapping(),
            "columns": " ".join(f"{c.name}:{c.type.replace(' ', '')}" for c in self.columns),
        }
        if self.first:
            fields |= {"first": self.first, "last": self.last, "rows": self.rows}
        if self.row_types:
            fields["row_types"] = {"column": self.map.row_type, "values": list(self.row_types)}
        return fields


def describe_bill(bill: Bill, ask: Ask) -> BillDescription:
    """Describe the bill's first table; `ask` carries the caller's time limit and cancellation.

    Where the table has partitions, days and row types are read from its last month alone.
    """
    table = bill.primary
    columns = bill.columns(table.table)
    known = bill_columns(columns)
    plain = BillDescription(table, tuple(sorted(bill.tables)), columns, known)
    if not known.day or not known.row_type:
        return plain
    name = f'"{table.table}"'
    where = ""
    first: Cell = ""
    rows: Cell = None
    if known.partition:
        month = _month_of(known.partition)
        sql = f"SELECT min({month}), max({month}), count(*) FROM {name}"  # noqa: S608
        first, last, rows = ask(sql, 1).rows[0]
        where = f" WHERE {_in_month(known.partition, str(last))}" if last else ""
    sql = f"SELECT min({known.day}), max({known.day}), count(*) FROM {name}{where}"  # noqa: S608
    from_day, until, counted = ask(sql, 1).rows[0]
    sql = f"SELECT DISTINCT {known.row_type} FROM {name}{where} ORDER BY 1"  # noqa: S608
    row_types = tuple(row[0] for row in ask(sql, 50).rows)
    return replace(
        plain,
        first=f"{first}-01" if first else _day(from_day),
        last=_day(until),
        rows=int(str(counted if rows is None else rows)),
        row_types=row_types,
    )


def _month_of(partition: tuple[str, ...]) -> str:
    return partition[0] if len(partition) == 1 else "year || '-' || lpad(month, 2, '0')"


def _in_month(partition: tuple[str, ...], last: str) -> str:
    if len(partition) == 1:
        return f"{partition[0]} = '{last}'"
    year, month = last.split("-")
    return f"year = '{year}' AND month IN ('{int(month)}', '{month}')"


def _day(cell: Cell) -> str:
    return str(cell or "")[:10]
