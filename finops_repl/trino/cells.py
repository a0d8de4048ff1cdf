"""DuckDB's values as the cells of a table: money and other fractions as Decimal, never float."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from finops_repl.base.table import Cell
from finops_repl.trino.types import Type

__all__ = ["as_decimal", "cell_reader", "row_fields", "shortest_real", "zoned_moment"]

LARGEST_REAL = 3.4028235677e38
"""What still rounds to a real; beyond it, no real holds the number."""


def as_decimal(value: float | Decimal | str) -> Decimal:
    """A double as a person reads it: the shortest digits that mean it, no zeros after them."""
    number = Decimal(repr(value) if isinstance(value, float) else value)
    return Decimal(f"{number.normalize():f}") if number.is_finite() else number


def shortest_real(value: float) -> float:
    """The double of the fewest digits that mean this real: 1.1, where DuckDB gives 1.10000002."""
    for digits in range(1, 9):
        near = float(f"{value:.{digits}g}")
        if abs(near) < LARGEST_REAL and struct.unpack("f", struct.pack("f", near))[0] == value:
            return near
    return value


def zoned_moment(text: str) -> datetime:
    """`2026-01-31 10:00:00.000 Europe/Berlin`, or with an offset, as a moment in UTC."""
    from zoneinfo import ZoneInfo

    local, _, zone = text.rpartition(" ")
    if zone[0] in "+-":
        return datetime.fromisoformat(f"{local}{zone}").astimezone(UTC)
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _in_utc(moment: datetime | str) -> datetime:
    return zoned_moment(moment) if isinstance(moment, str) else moment.replace(tzinfo=UTC)


def cell_reader(of: Type) -> Callable[[Any], Cell]:
    """What turns a value of a Trino type, as DuckDB gives it, into a cell."""
    read = _reader(of)
    return lambda value: None if value is None else read(value)


def row_fields(of: Type, row: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a row's value with their names; one without is called by its place, `field0`.

    DuckDB gives a row as a dictionary, and as a tuple where no field has a name.
    """
    values = row.values() if isinstance(row, dict) else row
    for place, (name, value) in enumerate(zip(of.fields, values, strict=True)):
        yield name or f"field{place}", value


def _reader(of: Type) -> Callable[[Any], Cell]:
    match of.name:
        case "double":
            return as_decimal
        case "real":
            return lambda value: as_decimal(shortest_real(value))
        case "timestamp with time zone":
            return _in_utc
        case "varbinary":
            return lambda data: data.hex(" ")
        case "array":
            inner = cell_reader(of.args[0])
            return lambda items: [inner(item) for item in items]
        case "map":
            inner = cell_reader(of.args[1])
            return lambda entries: {str(key): inner(each) for key, each in entries.items()}
        case "row":
            readers = [cell_reader(arg) for arg in of.args]
            return lambda row: {
                name: read(each)
                for read, (name, each) in zip(readers, row_fields(of, row), strict=True)
            }
        case _:
            return lambda value: value
