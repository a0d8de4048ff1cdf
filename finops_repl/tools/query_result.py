"""What a query brought, as a tool's result: its first rows, their figures, and the rest counted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Protocol

from finops_repl.base.errors import InputError
from finops_repl.base.table import Cell, Column, Table
from finops_repl.tools.figures import Figure, amount, shown_number
from finops_repl.tools.tool import ToolContext, ToolResult
from finops_repl.tools.units import CURRENCIES

__all__ = ["ROOM_FOR_COLUMNS", "StatedQuery", "as_result", "fitting"]

ROOM_FOR_ROWS, ROOM_FOR_COLUMNS = 5_000, 2_500
"""Bytes of the result that columns with their rows may take, and of those the columns alone; the
rest is for words."""

MOST_FIGURES = 120
"""A result with more numbers than this is data to compute on, not figures to cite."""

LONGEST_CELL, MOST_WORDS = 300, 6
MORE_ROWS = "aggregate or filter in SQL, or write them to a file with execute_code"


class StatedQuery(Protocol):
    """A query with what its author says of its numbers."""

    @property
    def sql(self) -> str: ...
    @property
    def describes(self) -> str: ...
    @property
    def period(self) -> str: ...


def fitting(words: Iterable[str], room: int) -> list[str]:
    """As many of the words, from the first on, as have room."""
    shown = []
    for word in words:
        room -= len(json.dumps(word, ensure_ascii=False).encode()) + 1
        if room < 0:
            break
        shown.append(word)
    return shown


def as_result(context: ToolContext, given: StatedQuery, table: Table) -> ToolResult:
    """The table as far as it fits, each number of a small one with the id of its figure.

    What does not fit is counted; where all rows are there, the money in them is summed.
    """
    numeric = [
        index
        for index in range(len(table.columns))
        if _is_figure(table.columns[index], [row[index] for row in table.rows])
    ]
    citable = len(numeric) * len(table.rows) <= MOST_FIGURES
    columns = fitting((f"{each.name}:{each.type}" for each in table.columns), ROOM_FOR_COLUMNS)
    named = len(columns)
    shown: list[list[Any]] = []
    figures: list[Figure] = []
    room = ROOM_FOR_ROWS - len(json.dumps(columns).encode())
    for row in table.rows:
        cells: list[Any] = [_shown(cell) for cell in row[:named]]
        room -= len(json.dumps(cells, default=str, ensure_ascii=False).encode()) + 8 * len(numeric)
        if room < 0 and shown:
            break
        for index in numeric if citable else ():
            if row[index] is not None and index < named:
                figure = _register(context, given, table, row, index)
                figures.append(figure)
                cells[index] = f"{cells[index]} [{figure.id}]"
        shown.append(cells)
    content: dict[str, Any] = {
        "columns": columns,
        "row_count": len(table.rows),
        "rows": shown,
    }
    if table.truncated:
        content["truncated"] = f"there are more than {len(table.rows)} rows; {MORE_ROWS}"
    if named < len(table.columns):
        content["columns_left_out"] = len(table.columns) - named
    if len(shown) < len(table.rows):
        content["left_out"] = (
            f"{len(table.rows) - len(shown)} rows did not fit; OFFSET {len(shown)} behind ORDER BY "
            f"begins with them, or {MORE_ROWS}"
        )
        if not table.truncated:
            summed = (index for index in numeric if index < named and _adds(table, index))
            totals = [_total(context, given, table, index) for index in summed]
            figures += totals
            content["totals_of_all_rows"] = {
                figure.pedigree["column"]: f"{shown_number(figure.value)} [{figure.id}]"
                for figure in totals
            }
    if not citable:
        content["no_figure_ids"] = f"more than {MOST_FIGURES} numbers: aggregate to cite them"
    return ToolResult(content, figures=tuple(figures), rest=MORE_ROWS)


def _adds(table: Table, index: int) -> bool:
    """Whether a column is money, whose sum over rows means something."""
    return _unit(table.columns[index].name) in CURRENCIES


def _total(context: ToolContext, given: StatedQuery, table: Table, index: int) -> Figure:
    cells = [amount(row[index]) for row in table.rows if row[index] is not None]
    name = table.columns[index].name
    return context.figures.register(
        sum(cells, Decimal(0)),
        _unit(name),
        f"{name.replace('_', ' ')}, sum of the {len(table.rows)} rows of the query",
        "computed",
        _pedigree(context, given, name),
    )


def _register(
    context: ToolContext,
    given: StatedQuery,
    table: Table,
    row: tuple[Cell, ...],
    index: int,
) -> Figure:
    column = table.columns[index]
    words = list(dict.fromkeys(cell[:60] for cell in row if isinstance(cell, str) and cell))
    return context.figures.register(
        amount(row[index]),
        _unit(column.name),
        ", ".join([column.name.replace("_", " "), *words[:MOST_WORDS]]),
        "observed",
        _pedigree(context, given, column.name),
    )


def _pedigree(context: ToolContext, given: StatedQuery, column: str) -> dict[str, str]:
    """How a number of a query came about; what nobody stated is left out."""
    pedigree = {
        "described_as": given.describes,
        "metric": _metric(given.sql),
        "period": given.period.strip(),
        "account": context.scope.account,
        "column": column,
        "call": context.call_id,
        "sql": given.sql.strip(),
    }
    return {key: item for key, item in pedigree.items() if item}


CALENDAR = re.compile(r"(^|_)(year|month|day|week|hour|date|id|line|rank)$", re.IGNORECASE)


def _is_figure(column: Column, cells: list[Cell]) -> bool:
    present = [cell for cell in cells if cell is not None]
    numbers = all(isinstance(c, int | float | Decimal) and not isinstance(c, bool) for c in present)
    if not present or not numbers or CALENDAR.search(column.name):
        return False
    try:
        return all(amount(cell) is not None for cell in present)
    except InputError:
        return False


def _shown(cell: Cell) -> Cell:
    """A cell as a result shows it: a long text by its beginning, a number shortly."""
    if isinstance(cell, float | Decimal) and _is_finite(cell):
        return shown_number(Decimal(str(cell)))
    return (
        f"{cell[:LONGEST_CELL]}..." if isinstance(cell, str) and len(cell) > LONGEST_CELL else cell
    )


def _is_finite(number: float | Decimal) -> bool:
    return Decimal(str(number)).is_finite()


UNITS = (
    (re.compile(r"percent|pct|share|ratio_pct|change_p", re.IGNORECASE), "percent"),
    (
        re.compile(
            r"cost|spend|spent|usd|dollar|charge|saving|excess|discount|fee|credit|refund|tax|price"
            r"|total|amount|bill|unblended|amortized",
            re.IGNORECASE,
        ),
        "USD",
    ),
)


OTHER_MONEY = re.compile(r"_in_(?P<code>[a-z]{3})$", re.IGNORECASE)


def _unit(column: str) -> str:
    """The unit by a column's name; money is US dollars unless its name ends such as `_in_eur`."""
    unit = next((unit for pattern, unit in UNITS if pattern.search(column)), "")
    other = OTHER_MONEY.search(column)
    return other["code"].upper() if unit == "USD" and other else unit


METRICS = (
    ("net amortized", ("net_savings_plan_effective_cost", "reservation_net_effective_cost")),
    ("amortized", ("savings_plan_effective_cost", "reservation_effective_cost")),
    ("net unblended", ("line_item_net_unblended_cost",)),
    ("unblended", ("line_item_unblended_cost", "lineitem/unblendedcost")),
    ("blended", ("line_item_blended_cost",)),
    ("on-demand equivalent", ("pricing_public_on_demand_cost",)),
    ("effective", ("effectivecost",)),
    ("billed", ("billedcost",)),
    ("list", ("listcost",)),
)


def _metric(sql: str) -> str:
    """The cost metric by the columns that the SQL names; amortized ones name several."""
    lowered = sql.lower()
    return next((name for name, marks in METRICS if any(mark in lowered for mark in marks)), "")
