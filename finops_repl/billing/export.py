"""A result as CSV, JSON or Parquet: numbers with every digit, NULL empty, times in ISO 8601."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Literal, cast, get_args

from finops_repl.base.errors import InputError
from finops_repl.base.table import Cell, Table

__all__ = ["FileKind", "cell_text", "csv_text", "file_content", "file_kind", "json_fields"]

FileKind = Literal["csv", "json", "parquet"]


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


def file_kind(name: str) -> FileKind:
    """What a file of this name holds; raises `InputError` for endings that are not written."""
    kind = PurePath(name).suffix.lower().removeprefix(".")
    for known in get_args(FileKind):
        if kind == known:
            return cast("FileKind", known)
    raise InputError(
        f"{name} is no name of a file that can be written",
        hint="let it end in .csv, .json or .parquet",
    )


def file_content(table: Table, name: str) -> bytes:
    """The table as the kind of file that a name ends in; raises `InputError` for other endings."""
    match file_kind(name):
        case "csv":
            return csv_text(table).encode()
        case "json":
            return json.dumps(json_fields(table), indent=2, ensure_ascii=False).encode() + b"\n"
        case "parquet":
            from finops_repl.trino.parquet_file import parquet_bytes  # DuckDB: only here

            return parquet_bytes(table)


def _records(table: Table) -> Iterable[dict[str, Cell]]:
    return [dict(zip(table.unique_names, row, strict=True)) for row in table.rows]


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
