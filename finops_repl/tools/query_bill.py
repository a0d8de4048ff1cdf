"""query_bill: one SELECT on the bill; its numbers become figures that the host observed."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from finops_repl.base.errors import ConfigError, InputError
from finops_repl.base.table import Cell, Column, Table
from finops_repl.billing.description import describe_bill
from finops_repl.billing.port import Bill
from finops_repl.tools.figures import Figure, amount
from finops_repl.tools.tool import Tool, ToolContext, ToolInput, ToolResult

__all__ = ["QueryBill", "QueryBillInput"]

ROOM_FOR_ROWS = 4_500
"""Bytes of the result that rows may take; the rest is for columns and words."""

MOST_FIGURES = 120
"""A result with more numbers than this is data to compute on, not figures to cite."""


class QueryBillInput(ToolInput):
    """What to ask of the bill."""

    sql: Annotated[
        str,
        Field(
            max_length=20_000,
            description="One SELECT in Trino SQL. Empty: describe the bill's table instead.",
        ),
    ] = ""
    max_rows: Annotated[int, Field(ge=1, le=200, description="Rows to return at most.")] = 50
    describes: Annotated[
        str,
        Field(
            max_length=300,
            description="What the numbers are: metric, period, row types left out, estimated or "
            "final. It is kept with each figure.",
        ),
    ] = ""


class QueryBill(Tool[QueryBillInput]):
    """Runs SQL where the bill lies; no script and no sandbox are needed."""

    name = "query_bill"
    description = (
        "Run one read-only SELECT (Trino SQL) on the AWS bill and get a small result. Call it with "
        "no sql first: it describes the table (name, kind of export, a map from what is meant to "
        "the SQL for it, columns, days covered, row types). Aggregate in SQL and always restrict "
        "the billing period; name costs that are not US dollars with their currency, as in "
        "cost_in_eur. Each number of a small result is followed by its figure id, as in "
        "'1234.5 [f3]': cite that id after the figure. For more than 200 rows, several steps or a "
        "file, use execute_code."
    )
    input_model = QueryBillInput

    def __init__(self, bill: Bill, *, timeout_s: float = 60.0) -> None:
        self._bill = bill
        self._timeout_s = timeout_s

    def run(self, context: ToolContext, given: QueryBillInput) -> ToolResult:
        if not given.sql.strip():
            if not self._bill.tables:
                return self._no_bill()
            return ToolResult(self._description(context))
        table = self._query(context, given.sql, given.max_rows)
        return _as_result(context, given, table)

    def _query(self, context: ToolContext, sql: str, max_rows: int) -> Table:
        return self._bill.query(
            sql, timeout_s=self._timeout_s, max_rows=max_rows, cancelled=context.cancelled
        )

    def _no_bill(self) -> ToolResult:
        """Why there is nothing to describe, as an error that says so by `no_bill`."""
        try:
            self._bill.columns("")
        except ConfigError as error:
            lacking = {"error": error.message, "hint": error.hint, "no_bill": True}
            today = str(datetime.now(UTC).date())
            return ToolResult({**lacking, "today": today}, is_error=True, failure="ConfigError")
        raise AssertionError("a bill without tables has no columns")

    def _description(self, context: ToolContext) -> dict[str, Any]:
        """The table as it is, with the map over its columns."""
        today = datetime.now(UTC).date()
        described = describe_bill(
            self._bill, lambda sql, most: self._query(context, sql, most), today=today
        )
        return {"account": context.scope.account, **described.as_fields()}


def _as_result(context: ToolContext, given: QueryBillInput, table: Table) -> ToolResult:
    numeric = [
        index
        for index in range(len(table.columns))
        if _is_figure(table.columns[index], [row[index] for row in table.rows])
    ]
    citable = len(numeric) * len(table.rows) <= MOST_FIGURES
    shown: list[list[Any]] = []
    figures: list[Figure] = []
    room = ROOM_FOR_ROWS
    for row in table.rows:
        cells: list[Any] = [_shown(cell) for cell in row]
        room -= len(json.dumps(cells, default=str).encode()) + 8 * len(numeric)
        if room < 0:
            break
        for index in numeric if citable else ():
            if row[index] is not None:
                figure = _register(context, given, table, row, index)
                figures.append(figure)
                cells[index] = f"{cells[index]} [{figure.id}]"
        shown.append(cells)
    content: dict[str, Any] = {
        "columns": [f"{column.name}:{column.type}" for column in table.columns],
        "row_count": len(table.rows),
        "rows": shown,
    }
    if table.truncated:
        content["truncated"] = f"there are more than {len(table.rows)} rows; aggregate or filter"
    if len(shown) < len(table.rows):
        content["left_out"] = f"{len(table.rows) - len(shown)} rows did not fit; ask for less"
    if not citable:
        content["no_figure_ids"] = f"more than {MOST_FIGURES} numbers: aggregate to cite them"
    return ToolResult(content, figures=tuple(figures))


def _register(
    context: ToolContext,
    given: QueryBillInput,
    table: Table,
    row: tuple[Cell, ...],
    index: int,
) -> Figure:
    column = table.columns[index]
    words = [str(cell)[:60] for cell in row if isinstance(cell, str)]
    pedigree = {
        "described_as": given.describes,
        "metric": _metric(given.sql),
        "account": context.scope.account,
        "column": column.name,
        "sql": " ".join(given.sql.split()),
    }
    label = ", ".join([column.name.replace("_", " "), *words])
    return context.figures.register(
        amount(row[index]),
        _unit(column.name),
        label,
        "observed",
        {key: item for key, item in pedigree.items() if item},
    )


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
    """A number at no more than four decimal places: the ledger keeps all of them."""
    if isinstance(cell, float | Decimal) and _is_finite(cell):
        text = f"{Decimal(str(cell)):.4f}".rstrip("0").rstrip(".")
        return "0" if text in ("-0", "") else text
    return cell


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
