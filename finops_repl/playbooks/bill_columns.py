"""The columns that the playbooks need, by the kind of bill table that is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from finops_repl.playbooks.steps import PlaybookStopped

__all__ = ["BillColumns", "columns_of"]


@dataclass(frozen=True, slots=True)
class BillColumns:
    """SQL expressions over one kind of bill, and the day range that it covers (ISO dates).

    `period` is the string partition `YYYY-MM`; empty where the table has none.
    `set_apart` are the row types shown beside the usage costs.
    """

    table: str
    day: str
    cost: str
    metric: str
    service: str
    account: str
    row_type: str
    period: str
    set_apart: tuple[str, ...]
    first_day: str
    last_day: str


def columns_of(described: Mapping[str, Any]) -> BillColumns:
    """The columns by what `query_bill` says of the table."""
    bill = described["bill"]
    columns = {part.partition(":")[0].lower() for part in str(described["columns"]).split()}
    table = f'"{bill["table"]}"'
    days = (str(described.get("first", ""))[:10], str(described.get("last", ""))[:10])
    if {"line_item_unblended_cost", "line_item_usage_start_date"} <= columns:
        named = "line_item_usage_account_name" in columns
        return BillColumns(
            table,
            day="line_item_usage_start_date",
            cost="line_item_unblended_cost",
            metric="unblended cost",
            service="line_item_product_code",
            account="line_item_usage_account_name" if named else "line_item_usage_account_id",
            row_type="line_item_line_item_type",
            period="billing_period" if "billing_period" in columns else "",
            set_apart=("Credit", "Refund", "Tax"),
            first_day=days[0],
            last_day=days[1],
        )
    if {"billedcost", "chargeperiodstart", "servicename"} <= columns:
        named = "subaccountname" in columns
        return BillColumns(
            table,
            day="ChargePeriodStart",
            cost="BilledCost",
            metric="billed cost",
            service="ServiceName",
            account="coalesce(SubAccountName, SubAccountId)" if named else "SubAccountId",
            row_type="ChargeCategory",
            period="",
            set_apart=("Credit", "Adjustment", "Tax"),
            first_day=days[0],
            last_day=days[1],
        )
    raise PlaybookStopped(
        f"the table {table} has none of the columns that the offline analyst knows",
        hint="ask with SQL by /sql, or use a model key",
    )
