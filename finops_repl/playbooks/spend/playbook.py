"""What did we spend: sums of the bill by what is asked, over time or as shares, by query_bill."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from finops_repl.playbooks.described import DescribedBill, described_bill
from finops_repl.playbooks.dimensions import TIMES, Dimension, called, is_tag
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.scripted import LOOK
from finops_repl.playbooks.spend.answer import SpendAnswer
from finops_repl.playbooks.spend.buckets import buckets
from finops_repl.playbooks.spend.changes import changes
from finops_repl.playbooks.spend.cost_explorer import spend_by_cost_explorer
from finops_repl.playbooks.spend.lookups import looked_up
from finops_repl.playbooks.spend.measure import Measure
from finops_repl.playbooks.spend.nothing import nothing_there
from finops_repl.playbooks.spend.queries import apart_sql, parts_sql, totals_sql
from finops_repl.playbooks.spend.question import SpendQuestion
from finops_repl.playbooks.spend.remarks import remarks
from finops_repl.playbooks.spend.scope import Scope
from finops_repl.playbooks.spend.shown import is_cut
from finops_repl.playbooks.steps import Outcome, Playbook, PlaybookStopped, Step, ToolCall

__all__ = ["spend"]

MOST_FIGURES = 120
"""Numbers of one result that get ids to be cited by."""
NO_CURRENCY = "The bill names no currency; it is taken to be in US dollars."
MOST_BUCKETS, MOST_ROWS = 12, 100


def spend(asked: SpendQuestion) -> Playbook:
    """The parts of the bill in the period that is meant, and their total; or two periods' changes.

    Credits, refunds and tax are left out of the parts and shown beside them, unless asked for.
    """
    (described,) = yield LOOK
    if described.content.get("no_bill"):
        return (yield from spend_by_cost_explorer(asked, described))
    bill = yield from _bill(asked, described)
    last = date.fromisoformat(bill.last_day)
    periods = asked.comparison.periods(last) if asked.comparison else (asked.period(last),)
    scope = yield from looked_up(Scope(bill, asked, periods))
    if asked.comparison:
        return (yield from changes(scope))
    sums = _Sums(scope)
    sums.check_time()
    told = yield from _asked(sums)
    if all(value is None for value in told.total.values()):
        raise (yield from nothing_there(scope))
    return _answer(sums, told)


def _bill(
    asked: SpendQuestion, described: Outcome
) -> Generator[Step, tuple[Outcome, ...], DescribedBill]:
    """The bill, with its columns of tags or net cost where they are asked for.

    A description of many columns shows the usual ones.
    """
    content = described.checked()
    wanted = ["net", "commitment"] if "net" in asked.charges.metric else []
    wanted += ["tag"] if any(map(is_tag, asked.dimensions)) else []
    if not wanted or "columns_shown" not in content:
        return described_bill(content)
    more = yield Step(
        "I look for more of its columns.",
        tuple(ToolCall("query_bill", {"columns_like": like}) for like in wanted),
    )
    return described_bill(content, *(each.checked() for each in more))


@dataclass(frozen=True, slots=True)
class _Told:
    """What the queries brought; `shown` parts are in rows of their own."""

    total: Mapping[str, Any]
    rows: list[dict[str, Any]]
    apart: list[dict[str, Any]]
    shown: int


@dataclass(frozen=True, slots=True)
class _Sums:
    """The columns and rows of one table; a cost's name ends in its currency unless in dollars."""

    scope: Scope

    @property
    def unit(self) -> str:
        currency = self.scope.bill.currency
        return "" if currency == "USD" else f"_in_{currency.lower()}"

    @property
    def by(self) -> tuple[Dimension, ...]:
        """What the rows are told apart by; time where there is nothing else."""
        asked = self.scope.asked
        return asked.by or ((asked.over,) if asked.over else ())

    @property
    def beside(self) -> tuple[Dimension, ...]:
        """What the columns are told apart by."""
        asked = self.scope.asked
        return (asked.over,) if asked.by and asked.over else ()

    @property
    def is_by_time(self) -> bool:
        return bool(self.by) and self.by[0] in TIMES

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The columns of costs; the last one is the whole cost of the row."""
        asked, scope = self.scope.asked, self.scope
        cost = Measure(f"cost{self.unit}", scope.metric_words.capitalize())
        if asked.share and asked.share.part:
            part = asked.share.part
            mine = Measure(f"part_cost{self.unit}", plain(part.words), scope.condition(part))
            return mine, Measure(f"whole_cost{self.unit}", "All")
        if not self.beside:
            return (cost,)
        (period,) = scope.periods
        moments = buckets(asked.over, period, date.fromisoformat(scope.bill.last_day))
        if len(moments) > MOST_BUCKETS:
            raise PlaybookStopped(
                f"a table by {asked.by[0]} has room for {MOST_BUCKETS} {asked.over}s, and "
                f"{period.words} has {len(moments)}",
                hint=f"ask for a shorter period, or by {asked.over} alone",
            )
        each = scope.part(asked.over)
        columns = (
            Measure(f"cost_{at.replace('-', '_')}{self.unit}", at, f"{each} = '{at}'")
            for at in moments
        )
        return (*columns, Measure(f"cost{self.unit}", "Total"))

    @property
    def shown(self) -> int:
        if self.is_by_time:
            return MOST_ROWS
        most = MOST_FIGURES // (len(self.measures) + bool(self.scope.asked.share)) - 1
        return min(self.scope.asked.shown, most)

    def check_time(self) -> None:
        """`PlaybookStopped` where there are more days than rows: the rest of them is no day."""
        if not self.is_by_time:
            return
        (period,) = self.scope.periods
        moments = buckets(self.by[0], period, date.fromisoformat(self.scope.bill.last_day))
        if len(moments) > MOST_ROWS:
            raise PlaybookStopped(
                f"a table has room for {MOST_ROWS} {self.by[0]}s, and {period.words} has "
                f"{len(moments)}",
                hint="ask by week or by month, or for a shorter period",
            )

    def parts(self, shown: int) -> str:
        """One row for each part."""
        asked, last = self.scope.asked, len(self.measures) - 1
        share = ""
        if asked.share:
            share = f"sum(m0) / nullif({'sum(m1)' if asked.share.part else 'max(whole)'}, 0)"
        largest = f"m{0 if asked.share else last} DESC"
        order = "part_1" if self.is_by_time else largest
        return parts_sql(self.scope, self.by, self.measures, shown, order=order, share=share)

    def totals(self) -> str:
        share = self.scope.asked.share
        derived = ["100 * t0 / nullif(t1, 0) AS total_percent"] if share and share.part else []
        return totals_sql(self.scope, self.measures, *derived)


def _asked(sums: _Sums) -> Generator[Step, tuple[Outcome, ...], _Told]:
    """Total, rows, and what is set apart; with half the rows where so many have no room."""
    scope, shown = sums.scope, sums.shown
    status = "estimated" if scope.periods[0].is_open else "final"
    words = f"{scope.cost_words}, {scope.words}, {status}"[:300]
    apart = [(apart_sql(scope, sums.measures[-1:]), f"set apart: {words}"[:300])]
    by = f" by {' and '.join(map(called, (*sums.by, *sums.beside)))}" if sums.by else ""
    while True:
        queries = [(sums.totals(), words), *(apart if scope.apart else [])]
        queries += [(sums.parts(shown), words)] if sums.by else []
        outcomes = yield Step(
            f"I sum the {scope.metric_words} of {scope.words}{by}.",
            tuple(
                ToolCall("query_bill", {"sql": sql, "max_rows": 200, "describes": described})
                for sql, described in queries
            ),
        )
        if not sums.by or not is_cut(outcomes[-1]):
            break
        if shown == 1 or sums.is_by_time:
            raise PlaybookStopped(
                "the table is too long to be shown whole",
                hint="ask for a shorter period, or by a longer unit of time",
            )
        shown = max(1, shown // 2)
    (total,) = outcomes[0].records()
    rows = outcomes[-1].records() if sums.by else []
    return _Told(total, rows, outcomes[1].records() if scope.apart else [], shown)


def _answer(sums: _Sums, told: _Told) -> str:
    scope = sums.scope
    share, currencies = scope.asked.share, scope.bill.currencies
    return SpendAnswer(
        scope.periods[0],
        scope.cost_words,
        scope.only,
        remarks(scope),
        scope.bill.currency,
        sums.by,
        sums.measures,
        told.rows,
        told.total,
        told.shown,
        has_share=share is not None,
        part=plain(share.part.words) if share and share.part else "",
        is_list_price=scope.metric == "list",
        apart=told.apart,
        notes=() if currencies else (NO_CURRENCY,),
    ).text()
