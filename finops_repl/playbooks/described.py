"""What `query_bill` said of the bill, as the playbooks need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from finops_repl.base.table import Column
from finops_repl.billing.columns import BillColumns, bill_columns
from finops_repl.playbooks.steps import PlaybookStopped

__all__ = ["DescribedBill", "described_bill"]


@dataclass(frozen=True, slots=True)
class DescribedBill:
    """A table by its quoted name, the map over its columns, and the days it covers (ISO)."""

    table: str
    columns: BillColumns
    first_day: str
    last_day: str


def described_bill(described: Mapping[str, Any]) -> DescribedBill:
    """The table that `query_bill` described; stops where it is no bill that is known."""
    table = f'"{described["bill"]["table"]}"'
    parts = (part.rpartition(":") for part in str(described["columns"]).split())
    columns = bill_columns(Column(name, of) for name, _, of in parts)
    if not (columns.cost and columns.day and columns.service and columns.row_type):
        raise PlaybookStopped(
            f"the table {table} has none of the columns that the offline analyst knows",
            hint="ask with SQL by /sql, or use a model key",
        )
    days = (str(described.get(name, ""))[:10] for name in ("first", "last"))
    return DescribedBill(table, columns, *days)
