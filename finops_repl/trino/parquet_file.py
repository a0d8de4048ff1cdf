"""A result as a Parquet file, with the types that its columns have in Trino."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from finops_repl.base.table import Table
from finops_repl.trino.types import duckdb_type, parse_type, quoted, text_literal

__all__ = ["parquet_bytes"]

UNTOLD = {"map": "MAP(VARCHAR, VARCHAR)", "array": "VARCHAR[]"} | dict.fromkeys(
    ("row", "char", "time", "time with time zone"), "VARCHAR"
)
"""Types as Athena describes results: of what is nested it does not tell what is inside."""


def parquet_bytes(table: Table) -> bytes:
    """The file's bytes. A double stays a double, a decimal a decimal, a moment is in UTC."""
    import duckdb

    types = ", ".join(
        f"{quoted(name)}: {text_literal(_held(column.type))}"
        for name, column in zip(table.unique_names, table.columns, strict=True)
    )
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as store:
        rows, written = Path(folder, "rows.json"), Path(folder, "rows.parquet")
        rows.write_text("".join(_lines(table)))
        read = f"read_json({text_literal(str(rows))}, format = 'newline_delimited'"
        select = f"SELECT * FROM {read}, columns = {{{types}}})"  # noqa: S608  names are quoted
        store.execute(f"COPY ({select}) TO {text_literal(str(written))} (FORMAT parquet)")
        return written.read_bytes()


def _held(declared: str) -> str:
    if declared in UNTOLD:
        return UNTOLD[declared]
    of = parse_type(declared)
    as_text = of.is_interval or of.name in ("varbinary", "json", "unknown")
    return "VARCHAR" if as_text else duckdb_type(of)


def _lines(table: Table) -> Iterator[str]:
    names = table.unique_names
    for row in table.rows:
        yield json.dumps(dict(zip(names, map(_safe, row), strict=True)), ensure_ascii=False) + "\n"


def _safe(cell: Any) -> Any:
    match cell:
        case datetime() if cell.tzinfo is not None:
            return cell.replace(tzinfo=None).isoformat()
        case datetime() | date():
            return cell.isoformat()
        case Decimal():
            return str(cell) if cell.is_finite() else None
        case list():
            return [_safe(item) for item in cell]
        case dict():
            return {key: _safe(value) for key, value in cell.items()}
        case _:
            return cell
