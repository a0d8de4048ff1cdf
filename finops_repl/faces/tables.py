"""A result set as text: aligned, numbers to the right and never cut, NULL told from nothing.

A table wider than the screen gives up width of its text columns first; where that does not
suffice, each row is written as lines of `column  value`, so that no column is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from finops_repl.base.table import Cell, Column, Table
from finops_repl.billing.export import cell_text
from finops_repl.faces.cells import cell_width, clip
from finops_repl.faces.escapes import plain

__all__ = ["TableText", "count_line", "table_text"]

GAP = "  "
NARROWEST_TEXT = 12
NUMBER_TYPES = ("tinyint", "smallint", "integer", "bigint", "real", "double", "decimal")


@dataclass(frozen=True, slots=True)
class TableText:
    """The lines of a table; `header` counts the first ones that a face may emphasise."""

    lines: tuple[str, ...]
    header: int

    def __str__(self) -> str:
        return "\n".join(self.lines)


def table_text(table: Table, *, width: int | None = None, max_rows: int | None = None) -> TableText:
    """`table` within `width` columns (None: as wide as it is), its first `max_rows` rows."""
    shown = table.rows if max_rows is None else table.rows[:max_rows]
    names = [_in_one_line(name) for name in table.names]
    cells = [[row[index] for row in shown] for index in range(len(names))]
    numeric = [_is_number(*pair) for pair in zip(table.columns, cells, strict=True)]
    columns = [_column(*pair) for pair in zip(cells, numeric, strict=True)]
    widths = [
        max(map(cell_width, (name, *cells)), default=0)
        for name, cells in zip(names, columns, strict=True)
    ]
    rows = list(zip(*columns, strict=True)) if shown else []
    fitted = _fit(widths, numeric, width)
    count = count_line(table, len(shown))
    if fitted is None:
        return TableText((*_as_records(names, rows, width or 0), count), 0)
    rule = tuple("─" * size for size in fitted)
    lines = [_line(cells, fitted, numeric) for cells in (names, rule, *rows)]
    return TableText((*lines, count), 2)


def count_line(table: Table, shown: int) -> str:
    """How many rows there are, and whether some were left out or never fetched."""
    rows = len(table.rows)
    said = f"({rows:,} row{'' if rows == 1 else 's'}"
    if shown < rows:
        said += f", the first {shown:,} shown"
    return said + (f", cut at {rows:,}: there are more)" if table.truncated else ")")


def _fit(widths: list[int], numeric: list[bool], limit: int | None) -> list[int] | None:
    """The column widths within `limit`, or None where the numbers alone are too wide."""
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - (limit or 0)
    if limit is None or excess <= 0:
        return widths
    fitted = list(widths)
    while excess > 0:
        spare = [i for i, size in enumerate(fitted) if not numeric[i] and size > NARROWEST_TEXT]
        if not spare:
            return None
        widest = max(spare, key=fitted.__getitem__)
        fitted[widest] -= 1
        excess -= 1
    return fitted


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    placed = []
    for cell, size, is_number in zip(cells, widths, numeric, strict=True):
        text = clip(cell, size)
        padding = " " * (size - cell_width(text))
        placed.append(padding + text if is_number else text + padding)
    return GAP.join(placed).rstrip()


def _as_records(names: list[str], rows: list[tuple[str, ...]], width: int) -> list[str]:
    label = max(map(cell_width, names), default=0)
    lines = []
    for number, row in enumerate(rows, start=1):
        lines.append(f"── row {number}")
        for name, cell in zip(names, row, strict=True):
            head = name + " " * (label - cell_width(name)) + GAP
            lines.append(head + clip(cell, max(NARROWEST_TEXT, width - cell_width(head))))
    return lines


def _is_number(column: Column, cells: Sequence[Cell]) -> bool:
    """By what the column holds; its type decides where it holds nothing."""
    present = [cell for cell in cells if cell is not None]
    if not present:
        return column.type.lower().startswith(NUMBER_TYPES)
    return all(isinstance(c, int | float | Decimal) and not isinstance(c, bool) for c in present)


def _column(cells: Sequence[Cell], is_number: bool) -> list[str]:
    """The cells as text; fractions of one column get the same number of decimals."""
    show: Callable[[Cell], str] = _shown
    if is_number:
        show = partial(_number, places=max((_places(cell) for cell in cells), default=0))
    return ["NULL" if cell is None else show(cell) for cell in cells]


def _places(cell: Cell) -> int:
    """Decimals needed to show a fraction exactly: at least two, as money has; none for counts."""
    if isinstance(cell, float) and not float.is_integer(cell):
        cell = Decimal(str(round(cell, 6) or cell))
    if not isinstance(cell, Decimal) or not cell.is_finite():
        return 0
    exponent = cell.normalize().as_tuple().exponent
    return max(2, -exponent) if isinstance(exponent, int) else 0


def _number(cell: Cell, places: int) -> str:
    if isinstance(cell, Decimal | float) and Decimal(cell).is_finite():
        return f"{cell:,.{places}f}"
    return _shown(cell)


def _shown(cell: Cell) -> str:
    return _in_one_line(_exact(cell))


def _in_one_line(text: str) -> str:
    return plain(text).replace("\n", " ").replace("\t", " ")


def _exact(cell: Cell) -> str:
    return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell_text(cell)
