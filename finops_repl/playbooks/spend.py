"""What did we spend on what: by service, account, region or month, with query_bill alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from finops_repl.base.money import money
from finops_repl.playbooks.described import DescribedBill, described_bill
from finops_repl.playbooks.periods import Months
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.spend_cost_explorer import spend_by_cost_explorer
from finops_repl.playbooks.spend_question import SpendQuestion
from finops_repl.playbooks.steps import Cited, Outcome, Playbook, PlaybookStopped, Step, ToolCall
from finops_repl.tools.figures import amount

__all__ = ["spend"]

MOST_MONTHS = 60
"""Months that a table shows; the figures of one result are bounded."""


def spend(asked: SpendQuestion) -> Playbook:
    """The largest parts of the bill in the months that the question means, and their total.

    Credits, refunds and tax are left out of the parts and shown beside them.
    """
    (described,) = yield Step("I look which bill table there is.", (ToolCall("query_bill"),))
    if described.content.get("no_bill"):
        return (yield from spend_by_cost_explorer(asked, described))
    bill = described_bill(described.checked())
    sums = _Sums(bill, asked, asked.months(date.fromisoformat(bill.last_day)))
    outcomes = yield Step(
        f"I sum the {bill.columns.metric} of {sums.months.words} by {' and '.join(asked.by)}.",
        tuple(
            ToolCall("query_bill", {"sql": sql, "max_rows": 100, "describes": words})
            for sql, words in sums.queries()
        ),
    )
    if outcomes[0].records():
        return _answer(sums, outcomes)
    there = yield Step("I look what the bill holds instead.", sums.what_is_there())
    raise _nothing(sums, there)


@dataclass(frozen=True, slots=True)
class _Sums:
    """The queries of one question; a cost column's name ends in its currency unless in dollars."""

    bill: DescribedBill
    asked: SpendQuestion
    months: Months

    @property
    def unit(self) -> str:
        currency = self.bill.currency
        return "" if currency == "USD" else f"_in_{currency.lower()}"

    @property
    def shown(self) -> int:
        return MOST_MONTHS if self.asked.by == ("month",) else self.asked.shown

    def queries(self) -> Sequence[tuple[str, str]]:
        """The parts with the rest of them in a last row, their total, and what is set apart."""
        columns, table, unit = self.bill.columns, self.bill.table, self.unit
        where = f"{self.within()}{self._filters()}"
        where += f" AND {columns.once}" if columns.once else ""
        listed = ", ".join(f"'{kind}'" for kind in columns.set_apart)
        kept = f"{where} AND coalesce({columns.row_type}, '') NOT IN ({listed})"
        status = "estimated" if self.months.is_open else "final"
        words = f"{columns.metric}, {self.scope}, without {', '.join(columns.set_apart)}, {status}"
        return (
            (self._parts(kept), words),
            (f"SELECT sum({columns.cost}) AS total_cost{unit} FROM {table} WHERE {kept}",  # noqa: S608
             words),
            (
                f"SELECT {columns.row_type} AS part_1, sum({columns.cost}) AS cost{unit}"  # noqa: S608
                f" FROM {table}"
                f" WHERE {where} AND {columns.row_type} IN ({listed}) GROUP BY 1 ORDER BY 1",
                f"{columns.metric}, {self.scope}, {', '.join(columns.set_apart)} alone, {status}",
            ),
        )  # fmt: skip

    def _parts(self, kept: str) -> str:
        """One row for each part that is shown, by `rank`, and one for all others together."""
        columns, table, n = self.bill.columns, self.bill.table, len(self.asked.by)
        names = [f"part_{place}" for place in range(1, n + 1)]
        parts = ", ".join(
            f"{self._part(each)} AS {name}" for each, name in zip(self.asked.by, names, strict=True)
        )
        places = ", ".join(str(place) for place in range(1, n + 1))
        order = "part_1" if self.asked.by == ("month",) else f"cost DESC, {', '.join(names)}"
        shown = ", ".join(
            f"min(CASE WHEN place <= {self.shown} THEN {name} ELSE 'others' END) AS {name}"
            for name in names
        )
        return (
            f"SELECT least(place, {self.shown + 1}) AS rank, {shown}, sum(cost) AS cost{self.unit}"  # noqa: S608
            f" FROM (SELECT {', '.join(names)}, cost, row_number() OVER (ORDER BY {order}) AS place"
            f" FROM (SELECT {parts}, sum({columns.cost}) AS cost FROM {table}"
            f" WHERE {kept} GROUP BY {places}) AS parts) AS placed GROUP BY 1 ORDER BY 1"
        )

    def _part(self, dimension: str) -> str:
        match dimension:
            case "account":
                return self.bill.columns.account_shown
            case "month":
                return self.bill.columns.month_shown
            case "region":
                return self._region()
        return self.bill.columns.service

    def _region(self) -> str:
        if not self.bill.columns.region:
            raise PlaybookStopped(
                f"the table {self.bill.table} has no column of regions",
                hint="ask by service or account",
            )
        return self.bill.columns.region

    def within(self) -> str:
        """By the partition, so that nothing else is scanned; by the day where there is none."""
        return self.bill.columns.months(self.months.start, self.months.end)

    def _filters(self) -> str:
        columns, parts = self.bill.columns, ""
        if self.asked.account:
            account = self.asked.account.replace("'", "''")
            ids = f"cast({columns.account} AS varchar) = '{account}'"
            named = f" OR lower({columns.account_name}) = lower('{account}')"
            parts += f" AND ({ids}{named if columns.account_name else ''})"
        if self.asked.region:
            parts += f" AND {self._region()} = '{self.asked.region}'"
        return parts

    @property
    def scope(self) -> str:
        """Months and filters in words."""
        words = self.months.words
        if self.asked.account:
            words += f", account {plain(self.asked.account)}"
        return f"{words}, region {self.asked.region}" if self.asked.region else words

    def what_is_there(self) -> tuple[ToolCall, ...]:
        """The months of the whole bill, and the accounts and regions of the months in question."""
        columns, table = self.bill.columns, self.bill.table
        wanted = [(columns.month_shown, "")]
        if self.asked.account:
            wanted.append((columns.account_shown, f" WHERE {self.within()}"))
        if self.asked.region:
            wanted.append((self._region(), f" WHERE {self.within()}"))
        return tuple(
            ToolCall(
                "query_bill",
                {
                    "sql": f"SELECT DISTINCT {each} AS part_1 FROM {table}{where}"  # noqa: S608
                    " ORDER BY 1",
                    "max_rows": 100,
                },
            )
            for each, where in wanted
        )


def _nothing(sums: _Sums, there: tuple[Outcome, ...]) -> PlaybookStopped:
    """Why no row is there: which months the bill has, which accounts and regions the months."""
    what = ("months", *(["accounts"] if sums.asked.account else []), "regions")
    held = [
        f"the {kind} there: {', '.join(_word(row, 'part_1') for row in outcome.records())}"
        for kind, outcome in zip(what, there, strict=False)
        if not outcome.is_error and outcome.records()
    ]
    usual = "" if sums.asked.names_months else " (the last whole month of the bill)"
    return PlaybookStopped(
        f"the bill holds no cost for {sums.scope}{usual}; its data ends on {sums.bill.last_day}",
        hint="; ".join(held),
    )


def _answer(sums: _Sums, outcomes: tuple[Outcome, ...]) -> str:
    bill, columns, asked = sums.bill, sums.bill.columns, sums.asked
    parts, total, apart = (_whole(outcome) for outcome in outcomes)
    cost = f"cost{sums.unit}"
    in_all = _money(total[0][f"total_{cost}"], bill.currency)
    names = [f"part_{place}" for place in range(1, len(asked.by) + 1)]
    blank = " |" * (len(names) - 1)
    lines = [
        f"In {sums.scope} you spent {in_all} ({columns.metric}, without "
        f"{', '.join(columns.set_apart)}). {_covers(sums)}",
        "",
        f"| {' | '.join(each.capitalize() for each in asked.by)} | {columns.metric.capitalize()} |",
        f"|{'---|' * len(names)}---:|",
    ]
    for row in parts:
        is_rest = int(row["rank"]) > sums.shown
        words = f"others{blank}" if is_rest else " | ".join(_word(row, name) for name in names)
        lines.append(f"| {words} | {_money(row[cost], bill.currency)} |")
    lines.append(f"| total{blank} | {in_all} |")
    if apart:
        beside = ", ".join(
            f"{_word(row, 'part_1')} {_money(row[cost], bill.currency)}" for row in apart
        )
        lines += ["", f"Beside it, not included: {beside}."]
    if not bill.currencies:
        lines += ["", "The bill names no currency; it is taken to be in US dollars."]
    return "\n".join(lines)


def _whole(outcome: Outcome) -> list[dict[str, Any]]:
    """The rows; a result that was cut would not add up."""
    content = outcome.checked()
    if "left_out" in content or "truncated" in content:
        raise PlaybookStopped(
            "the table is too long to be shown whole", hint="ask for a smaller number of rows"
        )
    return outcome.records()


def _covers(sums: _Sums) -> str:
    """Where the data ends, from which months are counted, and whether it begins too late."""
    first, last = sums.bill.first_day, sums.bill.last_day
    text = f"The bill's data ends on {last}"
    text += "." if sums.asked.names_months else "; this is its last whole month."
    if sums.asked.by == ("month",) and not sums.asked.names_months:
        text = f"The bill's data ends on {last}; these are the last whole months up to there."
    if first and first > str(sums.months.start):
        text += f" It begins on {first}, so these months are not whole."
    return text


def _word(row: Mapping[str, Any], name: str) -> str:
    """A name from the bill as one plain table cell."""
    return plain(row[name] or "(none)")


def _money(cell: object, currency: str) -> str:
    cited = Cited.of(cell)
    return f"{money(amount(cited.text), currency)}{cited.citation}"
