"""A result as CSV or JSON text: numbers with every digit, NULL empty, times in ISO 8601."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from finops_repl.base.table import Cell, Table

__all__ = ["cell_text", "csv_text", "json_fields"]


def csv_text(table: Table) -> str:
    """The table as CSV with a header; arrays and maps are JSON in their cell."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.names)
    writer.writerows([cell_text(cell) for cell in row] for row in table.rows)
    return out.getvalue()


def json_fields(table: Table) -> dict[str, Any]:
    """The table as JSON-safe fields: columns with their types, rows, and whether it was cut."""
    return {
        "columns": [{"name": column.name, "type": column.type} for column in table.columns],
        "rows": [{name: _safe(cell) for name, cell in row.items()} for row in _records(table)],
        "truncated": table.truncated,
    }


def _records(table: Table) -> Iterable[dict[str, Cell]]:
    names: list[str] = []
    for name in table.names:
        count = names.count(name)
        names.append(name)
        if count:
            names[-1] = f"{name}_{count + 1}"
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def cell_text(cell: Cell) -> str:
    """A cell with every digit; NULL is empty, arrays and maps are JSON."""
    if cell is None:
        return ""
    if isinstance(cell, list | dict):
        return json.dumps(_safe(cell), ensure_ascii=False)
    safe = _safe(cell)
    return "true" if safe is True else "false" if safe is False else str(safe)


def _safe(cell: Cell) -> Any:
    match cell:
        case datetime() | date():
            return cell.isoformat()
        case Decimal():
            return f"{cell:f}"
        case list():
            return [_safe(item) for item in cell]
        case dict():
            return {key: _safe(value) for key, value in cell.items()}
        case _:
            return cell
