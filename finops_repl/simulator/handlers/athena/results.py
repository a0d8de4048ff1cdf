"""A query's result as Athena keeps it: a CSV file of texts, read back in pages.

Every value is quoted and NULL is nothing at all, as in the files that Athena writes; doubles are
written as Java writes them, so that reading the text gives the same double again.
"""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from finops_repl.base.errors import LimitReached
from finops_repl.base.places import cache_dir
from finops_repl.base.table import Column
from finops_repl.trino.cells import row_fields, shortest_real
from finops_repl.trino.types import Type, parse_type

__all__ = ["ResultFile", "column_info", "java_double", "text_writer"]

MAX_BYTES = 1_000_000_000
IN_MEMORY_BYTES = 8_000_000
INDEX_EVERY = 1000
CELL = re.compile(r'(?:"((?:[^"]|"")*)")?([,\n])', re.DOTALL)

PRECISIONS = {
    "boolean": 0,
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "real": 17,
    "double": 17,
    "varchar": 2147483647,
    "timestamp": 3,
    "timestamp with time zone": 3,
}


def java_double(value: float) -> str:
    """A double as Java's Double.toString writes it: 0.5, 1.0E-4, 1.2345678E7."""
    if value != value or value in (float("inf"), float("-inf")):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    figures = "".join(map(str, digits)).rstrip("0")
    minus = "-" if sign else ""
    if not figures:
        return f"{minus}0.0"
    power = len(digits) + int(exponent) - 1
    if not -3 <= power < 7:
        return f"{minus}{figures[0]}.{figures[1:] or '0'}E{power}"
    if power < 0:
        return f"{minus}0.{'0' * (-power - 1)}{figures}"
    padded = figures.ljust(power + 1, "0")
    return f"{minus}{padded[: power + 1]}.{padded[power + 1 :] or '0'}"


def text_writer(of: Type) -> Callable[[Any], str | None]:
    """What writes a value of DuckDB's as Athena shows a `of`; NULL stays None."""
    write = _writer(of)
    return lambda value: None if value is None else write(value)


def _writer(of: Type) -> Callable[[Any], str]:
    match of.name:
        case "boolean":
            return lambda value: "true" if value else "false"
        case "double":
            return lambda value: java_double(float(value))
        case "real":
            return lambda value: java_double(shortest_real(value))
        case "decimal":
            return lambda value: f"{value:f}"
        case "timestamp":
            return lambda value: _moment(value, of.precision)
        case "timestamp with time zone":
            return lambda value: (
                value if isinstance(value, str) else f"{_moment(value, of.precision)} UTC"
            )
        case "varbinary":
            return lambda value: value.hex(" ")
        case "array":
            inner = text_writer(of.args[0])
            return lambda items: f"[{', '.join(_or_null(inner(item)) for item in items)}]"
        case "map":
            keys, values = text_writer(of.args[0]), text_writer(of.args[1])
            return lambda entries: _braced((keys(k), values(v)) for k, v in entries.items())
        case "row":
            writers = [text_writer(arg) for arg in of.args]
            return lambda row: _braced(
                (name, write(each))
                for write, (name, each) in zip(writers, row_fields(of, row), strict=True)
            )
        case _:
            return str


def _moment(value: datetime, digits: int) -> str:
    fraction = f".{value.microsecond:06d}"[: digits + 1] if digits else ""
    return f"{value:%Y-%m-%d %H:%M:%S}{fraction}"


def _or_null(text: str | None) -> str:
    return "null" if text is None else text


def _braced(pairs: Iterable[tuple[str | None, str | None]]) -> str:
    shown = (f"{key}={_or_null(value)}" for key, value in pairs)
    return "{" + ", ".join(shown) + "}"


def column_info(column: Column) -> dict[str, Any]:
    """A column as GetQueryResults describes it."""
    of = parse_type(column.type)
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": column.name,
        "Label": column.name,
        "Type": of.name,
        "Precision": of.precision if of.name == "decimal" else PRECISIONS.get(of.name, 0),
        "Scale": of.scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": of.name == "varchar",
    }


@dataclass(frozen=True, slots=True)
class Page:
    """Rows from one place of a result; `following` is the number of the next row, if any."""

    rows: list[list[str | None]]
    following: int | None


class ResultFile:
    """The CSV of one query; it vanishes with the process that made it."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self.count = 0
        self.size = 0
        self._offsets: list[int] = []
        self._reading = threading.Lock()
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(  # noqa: SIM115 -- lives as long as the result
            max_size=IN_MEMORY_BYTES, dir=str(cache_dir("athena"))
        )
        self._put([_line(column.name for column in columns)])
        self._body = self.size

    def write(self, batches: Iterable[Sequence[tuple[Any, ...]]]) -> None:
        """Append rows of DuckDB's values; raises `LimitReached` where the file grows too large."""
        writers = [text_writer(parse_type(column.type)) for column in self.columns]
        for batch in batches:
            lines = []
            for row in batch:
                lines.append(_line(write(cell) for write, cell in zip(writers, row, strict=True)))
            self._put(lines, indexed=True)

    def read(self, start: int, stop: int) -> bytes:
        """The bytes of the file from `start` up to `stop`."""
        with self._reading:
            self._file.seek(start)
            return self._file.read(max(0, stop - start))

    def page(self, first: int, most: int) -> Page:
        """Up to `most` rows from row `first` on (from 0, the header not counted)."""
        last = min(self.count, first + most)
        if first >= last:
            return Page([], first if first < self.count else None)
        block = first // INDEX_EVERY
        after = -(-last // INDEX_EVERY)
        end = self._offsets[after] if after < len(self._offsets) else self.size
        text = self.read(self._offsets[block], end).decode()
        rows = list(_rows(text))
        skipped = first - block * INDEX_EVERY
        return Page(rows[skipped : skipped + last - first], last if last < self.count else None)

    def close(self) -> None:
        self._file.close()

    def _put(self, lines: list[str], *, indexed: bool = False) -> None:
        pieces = []
        for line in lines:
            if indexed and self.count % INDEX_EVERY == 0:
                self._offsets.append(self.size)
            data = line.encode()
            pieces.append(data)
            self.size += len(data)
            self.count += indexed
        if self.size > MAX_BYTES:
            raise LimitReached("the result is larger than 1 GB", hint="aggregate, or add a LIMIT")
        with self._reading:
            self._file.seek(0, 2)
            self._file.write(b"".join(pieces))


def _line(cells: Iterable[str | None]) -> str:
    quoted = ("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in cells)
    return ",".join(quoted) + "\n"


def _rows(text: str) -> Iterator[list[str | None]]:
    row: list[str | None] = []
    for found in CELL.finditer(text):
        value, end = found.groups()
        row.append(None if value is None else value.replace('""', '"'))
        if end == "\n":
            yield row
            row = []
