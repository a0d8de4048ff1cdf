"""What did we spend on what: by service, account or month, with query_bill alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from finops_repl.base.money import usd
from finops_repl.billing.columns import BillColumns
from finops_repl.playbooks.described import DescribedBill, described_bill
from finops_repl.playbooks.periods import Months, months_meant
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.steps import Cited, Outcome, Playbook, Step, ToolCall
from finops_repl.tools.figures import amount

__all__ = ["spend"]

SHOWN = 10


def spend(question: str) -> Playbook:
    """The largest parts of the bill in the months that the question means, and their total.

    Credits, refunds and tax are left out of the parts and shown beside them.
    """
    (described,) = yield Step("I look which bill table there is.", (ToolCall("query_bill"),))
    bill = described_bill(described.checked())
    columns = bill.columns
    months = months_meant(question, date.fromisoformat(bill.last_day))
    part, heading = _dimension(question, columns)
    parts, total, apart = yield Step(
        f"I sum the {columns.metric} of {months.words} by {heading.lower()}.",
        tuple(
            ToolCall("query_bill", {"sql": sql, "max_rows": 40, "describes": words})
            for sql, words in _queries(bill, months, part, by_time=heading == "Month")
        ),
    )
    return _answer(bill, months, heading, (parts, total, apart))


def _dimension(question: str, columns: BillColumns) -> tuple[str, str]:
    asked = question.lower()
    if re.search(r"\b(by|per|each|which|what) (linked |usage |member )?accounts?\b", asked):
        return columns.account_shown, "Account"
    if re.search(r"\b(by|per|each|every|which) months?\b|month (by|over) month|\btrend\b", asked):
        return f"date_format({columns.day}, '%Y-%m')", "Month"
    return columns.service, "Service"


def _queries(
    bill: DescribedBill, months: Months, part: str, *, by_time: bool
) -> Sequence[tuple[str, str]]:
    columns, table = bill.columns, bill.table
    where = columns.months(months.start, months.end)
    where += f" AND {columns.once}" if columns.once else ""
    listed = ", ".join(f"'{kind}'" for kind in columns.set_apart)
    kept = f"{where} AND coalesce({columns.row_type}, '') NOT IN ({listed})"
    left_out = f"without {', '.join(columns.set_apart)}"
    status = "estimated" if months.is_open else "final"
    words = f"{columns.metric}, {months.words}, {left_out}, {status}"
    cost = f"sum({columns.cost}) AS cost"
    order = "1" if by_time else "2 DESC"
    return (
        (
            f"SELECT {part} AS part, {cost} FROM {table} WHERE {kept}"  # noqa: S608
            f" GROUP BY 1 ORDER BY {order} LIMIT {40 if by_time else SHOWN}",
            words,
        ),
        (f"SELECT sum({columns.cost}) AS total_cost FROM {table} WHERE {kept}", words),  # noqa: S608
        (
            f"SELECT {columns.row_type} AS part, {cost} FROM {table}"  # noqa: S608
            f" WHERE {where} AND {columns.row_type} IN ({listed}) GROUP BY 1 ORDER BY 1",
            f"{columns.metric}, {months.words}, these row types only, {status}",
        ),
    )


def _answer(
    bill: DescribedBill, months: Months, heading: str, outcomes: tuple[Outcome, ...]
) -> str:
    parts, total, apart = (outcome.records() for outcome in outcomes)
    if not parts:
        return (
            f"The bill holds no cost for {months.words}. It covers {bill.first_day} to "
            f"{bill.last_day}."
        )
    columns = bill.columns
    lines = [
        f"In {months.words} you spent {_money(total[0]['total_cost'])} ({columns.metric}, without "
        f"{', '.join(columns.set_apart)}).",
        "",
        f"| {heading} | {columns.metric.capitalize()} |",
        "|---|---:|",
        *(f"| {_word(row)} | {_money(row['cost'])} |" for row in parts),
    ]
    if heading != "Month" and len(parts) == SHOWN:
        lines += ["", f"These are the {SHOWN} largest; the total above covers all."]
    if apart:
        beside = ", ".join(f"{_word(row)} {_money(row['cost'])}" for row in apart)
        lines += ["", f"Beside it, not included: {beside}."]
    return "\n".join(lines)


def _word(row: Mapping[str, Any]) -> str:
    """A name from the bill as one plain table cell."""
    return plain(row["part"] or "(none)")


def _money(cell: object) -> str:
    cited = Cited.of(cell)
    return f"{usd(amount(cited.text))}{cited.citation}"
