"""query_bill: one SELECT on the bill; its numbers become figures that the host observed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from finops_repl.base.errors import ConfigError
from finops_repl.base.table import Table
from finops_repl.billing.description import describe_bill
from finops_repl.billing.port import Bill
from finops_repl.tools.query_result import ROOM_FOR_COLUMNS, as_result, fitting
from finops_repl.tools.tool import Tool, ToolContext, ToolInput, ToolResult

__all__ = ["QueryBill", "QueryBillInput"]

MORE_COLUMNS = "columns_like finds the others by a part of their names"


class QueryBillInput(ToolInput):
    """What to ask of the bill."""

    sql: Annotated[
        str,
        Field(
            max_length=20_000,
            description="One SELECT in Trino SQL. Empty: describe the bill's table instead.",
        ),
    ] = ""
    columns_like: Annotated[
        str,
        Field(
            max_length=60,
            description="With no sql: only columns whose names contain this, such as tag.",
        ),
    ] = ""
    max_rows: Annotated[int, Field(ge=1, le=200, description="Rows to return at most.")] = 50
    describes: Annotated[
        str,
        Field(
            max_length=300,
            description="What the numbers are: metric, row types left out, estimated or final. "
            "It is kept with each figure.",
        ),
    ] = ""
    period: Annotated[
        str,
        Field(max_length=60, description="The one period that all of them are of: 2026-10."),
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
        "'1234.5 [f3]': cite that id after the figure, and derive shares and differences with "
        "compute. For more than 200 rows, several steps or a file, use execute_code."
    )
    input_model = QueryBillInput

    def __init__(self, bill: Bill, *, timeout_s: float = 60.0) -> None:
        self._bill = bill
        self._timeout_s = timeout_s

    def run(self, context: ToolContext, given: QueryBillInput) -> ToolResult:
        if not given.sql.strip():
            if not self._bill.tables:
                return self._no_bill()
            return self._description(context, given.columns_like.strip().lower())
        table = self._query(context, given.sql, given.max_rows)
        return as_result(context, given, table)

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

    def _description(self, context: ToolContext, like: str) -> ToolResult:
        """The table as it is, with the map over its columns; of many columns those that fit."""
        today = datetime.now(UTC).date()
        described = describe_bill(
            self._bill, lambda sql, most: self._query(context, sql, most), today=today
        )
        content = {"account": context.scope.account, **described.as_fields()}
        used = " ".join(described.map.as_mapping().values())
        columns = sorted(str(content["columns"]).split(), key=lambda each: _name(each) not in used)
        shown = fitting((each for each in columns if like in each.lower()), ROOM_FOR_COLUMNS)
        content["columns"] = " ".join(shown)
        if len(shown) < len(columns):
            content["columns_shown"] = f"{len(shown)} of {len(columns)}; {MORE_COLUMNS}"
        return ToolResult(content, rest=MORE_COLUMNS)


def _name(column: str) -> str:
    """The name of a column that stands as `name:type`."""
    return column.rpartition(":")[0]
