"""A result set: named, typed columns and rows of plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

__all__ = ["Cell", "Column", "Table"]

Scalar = str | int | float | bool | Decimal | date | datetime | None
Cell = Scalar | list["Cell"] | dict[str, "Cell"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name and its Trino type: `varchar`, `double`, `map(varchar, varchar)`, ..."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; `truncated` when a row cap cut the result."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    truncated: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def unique_names(self) -> tuple[str, ...]:
        """The names with a number behind each one that comes again: cost, cost_2."""
        named: list[str] = []
        for name in self.names:
            unique, count = name, 1
            while unique in named:
                count += 1
                unique = f"{name}_{count}"
            named.append(unique)
        return tuple(named)

    def records(self) -> list[dict[str, Cell]]:
        """The rows as dictionaries by column name."""
        return [dict(zip(self.names, row, strict=True)) for row in self.rows]
