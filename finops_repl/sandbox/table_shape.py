"""Rows and columns of a file that a run left, where it is a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import BinaryIO

from finops_repl.sandbox.parquet_footer import parquet_shape

__all__ = ["table_shape"]

MAX_JSON_BYTES = 8 * 1024 * 1024
"""A larger JSON file is kept, but not described: reading it takes many times its size."""
MAX_LINE = 1024 * 1024
"""Characters of a line; a file with a longer one is not described, nor is the line held."""
SAMPLED_LINES = 1_000
MAX_COLUMNS = 300
MAX_COLUMN_NAME = 120

Shape = tuple[int | None, tuple[str, ...]]
UNKNOWN: Shape = (None, ())


def table_shape(name: str, content: BinaryIO, size: int) -> Shape:
    """Rows without the header, and the columns' names; (None, ()) for what is no table."""
    kind = name.rpartition(".")[2].lower()
    if kind in ("parquet", "pq"):
        shape = parquet_shape(content, size)
        return UNKNOWN if shape is None else (shape[0], _names(shape[1]))
    text = io.TextIOWrapper(content, encoding="utf-8-sig", newline="")
    try:
        if kind in ("csv", "tsv"):
            return _of_csv(text, "\t" if kind == "tsv" else ",")
        if kind in ("jsonl", "ndjson"):
            return _of_lines(text)
        if kind == "json" and size <= MAX_JSON_BYTES:
            return _of_records(json.load(text))
    except (ValueError, RecursionError, csv.Error):
        pass  # what is named .csv or .json need not be one
    finally:
        text.detach()
    return UNKNOWN


def _of_csv(text: io.TextIOWrapper, delimiter: str) -> Shape:
    rows = csv.reader(_lines(text), delimiter=delimiter)
    header = next(rows, None)
    if header is None:
        return 0, ()
    return sum(1 for row in rows if row), _names(header)


def _of_lines(text: io.TextIOWrapper) -> Shape:
    """Lines are counted without being read as JSON, but for the first ones, which name columns."""
    names: dict[str, None] = {}
    rows = 0
    for line in _lines(text):
        if line.strip():
            rows += 1
            if rows <= SAMPLED_LINES:
                record = json.loads(line)
                if not isinstance(record, dict):
                    return UNKNOWN
                if len(names) < MAX_COLUMNS:
                    names |= dict.fromkeys(record)
    return rows, _names(list(names))


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise ValueError("a line that is longer than a table's")
        yield line


def _of_records(records: object) -> Shape:
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        return UNKNOWN
    return len(records), _names(list(dict.fromkeys(name for record in records for name in record)))


def _names(columns: list[str]) -> tuple[str, ...]:
    return tuple(
        "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)[
            :MAX_COLUMN_NAME
        ]
        for name in columns[:MAX_COLUMNS]
    )
