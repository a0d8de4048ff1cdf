"""What `query_bill` said of the bill, as the playbooks need it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from finops_repl.base.table import Column
from finops_repl.billing.columns import BillColumns, bill_columns
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.steps import Outcome, PlaybookStopped

__all__ = ["DescribedBill", "check_asks_aws", "described_bill"]


@dataclass(frozen=True, slots=True)
class DescribedBill:
    """A table by its quoted name, the map over its columns, and the days it covers (ISO).

    `first_day` is empty where only the latest months were looked at. `currencies` are those on the
    bill; empty where it names none.
    """

    table: str
    columns: BillColumns
    first_day: str
    last_day: str
    currencies: tuple[str, ...] = ()

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


def described_bill(described: Mapping[str, Any], *more: Mapping[str, Any]) -> DescribedBill:
    """The table that `query_bill` described; stops where it is no bill that is known.

    `more` are descriptions of the same table with other columns.
    """
    table = f'"{described["bill"]["table"]}"'
    columns_told = " ".join(str(each["columns"]) for each in (described, *more))
    parts = (part.rpartition(":") for part in columns_told.split())
    columns = bill_columns(Column(name, of) for name, _, of in parts)
    if not (columns.cost and columns.day and columns.service and columns.row_type):
        raise PlaybookStopped(
            f"the table {table} has none of the columns that the offline analyst knows",
            hint="ask with SQL by /sql, or use a model key",
        )
    is_whole = "days_looked_at" not in described
    first_day = str(described.get("first") or "")[:10] if is_whole else ""
    last_day = str(described.get("last") or "")[:10]
    if not last_day:
        raise PlaybookStopped(f"the table {table} names no day", hint="look at it with SQL by /sql")
    return DescribedBill(table, columns, first_day, last_day, _currencies(described))


def check_asks_aws(described: Outcome, what: str) -> None:
    """Stops `what`, which asks AWS, where there are only files; no bill at all is no hindrance."""
    if described.content.get("no_bill"):
        return
    if not described.checked()["bill"].get("workgroup"):
        raise PlaybookStopped(
            f"{what} asks AWS, and this account is files",
            hint="ask what was spent by service, account or month, or use an AWS account",
        )


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
