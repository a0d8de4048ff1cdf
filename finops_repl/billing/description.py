"""A bill's table as it is: its kind, the map over its columns, and the days and rows it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from finops_repl.base.errors import InputError
from finops_repl.base.table import Cell, Column, Table
from finops_repl.billing.columns import BillColumns, bill_columns
from finops_repl.billing.port import Bill, BillTable

__all__ = ["BillDescription", "describe_bill"]

Ask = Callable[[str, int], Table]
"""Runs one SELECT and returns at most so many rows."""


@dataclass(frozen=True, slots=True)
class BillDescription:
    """What can be said of a table without knowing the question.

    `first` and `last` are the days covered, where the table shows them; `row_types` and
    `currencies` (`EUR`) are those of the last month. `looked_at` is the condition that days and
    rows hold under, where the whole table was not looked at.
    """

    table: BillTable
    tables: tuple[str, ...]
    columns: tuple[Column, ...]
    map: BillColumns
    first: str = ""
    last: str = ""
    rows: int = 0
    row_types: tuple[Cell, ...] = ()
    currencies: tuple[Cell, ...] = ()
    looked_at: str = ""

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
        if self.looked_at:
            fields["days_looked_at"] = f"those of {self.looked_at}"
        if self.row_types:
            fields["row_types"] = {"column": self.map.row_type, "values": list(self.row_types)}
        if self.currencies:
            fields["currencies"] = {"column": self.map.currency, "values": list(self.currencies)}
        return fields


def describe_bill(bill: Bill, ask: Ask, *, today: date) -> BillDescription:
    """Describe the bill's first table; `ask` carries the caller's time limit and cancellation.

    Where the table has partitions, days and row types are read from its last month alone; where
    the account does not let all months be looked at, from those since the month before `today`.
    """
    table = bill.primary
    columns = bill.columns(table.table)
    known = bill_columns(columns)
    plain = BillDescription(table, tuple(sorted(bill.tables)), columns, known)
    if not known.day or not known.row_type:
        return plain
    name = f'"{table.table}"'
    months: tuple[Cell, ...] = ()
    where = ""
    if known.partition:
        month = _month_of(known.partition)
        sql = f"SELECT min({month}), max({month}), count(*) FROM {name}"  # noqa: S608
        try:
            months = ask(sql, 1).rows[0]
            where = _in_month(known.partition, str(months[1])) if months[1] else ""
        except InputError:  # an account whose scans cost money
            where = _since_last_month(known.partition, today)
            plain = replace(plain, looked_at=where)
    rest = f"FROM {name} WHERE {where}" if where else f"FROM {name}"
    sql = f"SELECT min({known.day}), max({known.day}), count(*) {rest}"
    first, last, rows = ask(sql, 1).rows[0]
    row_types = ask(f"SELECT DISTINCT {known.row_type} {rest} ORDER BY 1", 50).rows
    currencies: tuple[tuple[Cell, ...], ...] = ()
    if known.currency:
        currencies = ask(f"SELECT DISTINCT {known.currency} {rest} ORDER BY 1", 50).rows
    return replace(
        plain,
        first=f"{months[0]}-01" if months else _day(first),
        last=_day(last),
        rows=int(str(months[2] if months else rows)),
        row_types=tuple(row[0] for row in row_types),
        currencies=tuple(row[0] for row in currencies if row[0]),
    )


def _since_last_month(partition: tuple[str, ...], today: date) -> str:
    last = today.replace(day=1) - timedelta(days=1)
    return f"year >= '{last:%Y}'" if len(partition) == 2 else f"billing_period >= '{last:%Y-%m}'"


def _month_of(partition: tuple[str, ...]) -> str:
    return partition[0] if len(partition) == 1 else "year || '-' || lpad(month, 2, '0')"


def _in_month(partition: tuple[str, ...], last: str) -> str:
    if len(partition) == 1:
        return f"{partition[0]} = '{last}'"
    year, month = last.split("-")
    return f"year = '{year}' AND month IN ('{int(month)}', '{month}')"


def _day(cell: Cell) -> str:
    return str(cell or "")[:10]
