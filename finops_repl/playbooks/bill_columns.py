"""The columns that the playbooks need, by the kind of bill table that is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.steps import PlaybookStopped

__all__ = ["BillColumns", "columns_of"]


@dataclass(frozen=True, slots=True)
class BillColumns:
    """SQL expressions over one kind of bill, and the day range that it covers (ISO dates).

    `period` is the string partition `YYYY-MM`; `account_name` and `region` are empty too where the
    table has none. `set_apart` are the row types shown beside the usage costs. `currencies` are
    those on the bill; empty where it names none. `first_day` is empty where only the latest months
    were looked at.
    """

    table: str
    day: str
    cost: str
    metric: str
    service: str
    account_id: str
    account_name: str
    region: str
    row_type: str
    period: str
    set_apart: tuple[str, ...]
    first_day: str
    last_day: str
    currencies: tuple[str, ...]

    @property
    def account(self) -> str:
        """An account's name; its id where it has no name."""
        if not self.account_name:
            return self.account_id
        return f"coalesce(nullif({self.account_name}, ''), {self.account_id})"

    @property
    def month(self) -> str:
        """The billing month as `YYYY-MM`."""
        return self.period or f"date_format({self.day}, '%Y-%m')"

    @property
    def currency(self) -> str:
        """The bill's one currency, `USD` where it names none, as AWS bills by default.

        Raises `PlaybookStopped` for a bill of several, which have no sum.
        """
        if len(self.currencies) > 1:
            raise PlaybookStopped(
                f"the bill is in several currencies ({', '.join(self.currencies)}), which have no "
                "sum",
                hint="ask with SQL by /sql, one currency at a time",
            )
        return self.currencies[0] if self.currencies else "USD"

    def check_dollars(self, what: str) -> None:
        """Raises `PlaybookStopped` where `what` would show another currency as US dollars."""
        if self.currency != "USD":
            raise PlaybookStopped(
                f"{what} knows US dollars alone, and this bill is in {self.currency}",
                hint="ask what was spent by service or account, or ask with SQL by /sql",
            )


def columns_of(described: Mapping[str, Any]) -> BillColumns:
    """The columns by what `query_bill` says of the table."""
    bill = described["bill"]
    columns = {part.partition(":")[0].lower() for part in str(described["columns"]).split()}
    table = f'"{bill["table"]}"'
    is_whole = "days_looked_at" not in described
    first_day = str(described.get("first") or "")[:10] if is_whole else ""
    last_day = str(described.get("last") or "")[:10]
    if not last_day:
        raise PlaybookStopped(f"the table {table} names no day", hint="look at it with SQL by /sql")
    currencies = _currencies(described)
    if {"line_item_unblended_cost", "line_item_usage_start_date"} <= columns:
        return BillColumns(
            table,
            day="line_item_usage_start_date",
            cost="line_item_unblended_cost",
            metric="unblended cost",
            service="line_item_product_code",
            account_id="line_item_usage_account_id",
            account_name=_there(columns, "line_item_usage_account_name"),
            region=_there(columns, "product_region_code", "product_region"),
            row_type="line_item_line_item_type",
            period="billing_period" if "billing_period" in columns else "",
            set_apart=("Credit", "Refund", "Tax"),
            first_day=first_day,
            last_day=last_day,
            currencies=currencies,
        )
    if {"billedcost", "chargeperiodstart", "servicename"} <= columns:
        return BillColumns(
            table,
            day="ChargePeriodStart",
            cost="BilledCost",
            metric="billed cost",
            service="ServiceName",
            account_id="SubAccountId",
            account_name=_there(columns, "SubAccountName"),
            region=_there(columns, "RegionId"),
            row_type="ChargeCategory",
            period="",
            set_apart=("Credit", "Adjustment", "Tax"),
            first_day=first_day,
            last_day=last_day,
            currencies=currencies,
        )
    raise PlaybookStopped(
        f"the table {table} has none of the columns that the offline analyst knows",
        hint="ask with SQL by /sql, or use a model key",
    )


def _there(columns: set[str], *names: str) -> str:
    return next((name for name in names if name.lower() in columns), "")


def _currencies(described: Mapping[str, Any]) -> tuple[str, ...]:
    """The currencies as codes such as `EUR`; anything else in that column is no currency."""
    found = tuple(str(code) for code in dict(described.get("currencies", {})).get("values", ()))
    odd = next((code for code in found if not re.fullmatch(r"[A-Z]{3}", code)), "")
    if odd:
        raise PlaybookStopped(
            f"the bill's currency is {plain(odd)!r}, which is none",
            hint="look at it with SQL by /sql",
        )
    return found
