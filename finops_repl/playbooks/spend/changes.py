"""What changed from one period to another: the parts that moved most, the new and the gone apart.

Amortized cost is compared where the bill has it, as fees come on a day of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

from finops_repl.playbooks.spend.changes_answer import ChangesAnswer
from finops_repl.playbooks.spend.measure import Measure
from finops_repl.playbooks.spend.nothing import nothing_there
from finops_repl.playbooks.spend.queries import apart_sql, sums_of, totals_sql
from finops_repl.playbooks.spend.remarks import remarks
from finops_repl.playbooks.spend.scope import Scope
from finops_repl.playbooks.spend.shown import is_cut
from finops_repl.playbooks.spend.split import split_sql
from finops_repl.playbooks.steps import Playbook, PlaybookStopped, Step, ToolCall

__all__ = ["changes"]

MOST_SHOWN, NEW_SHOWN = 15, 5
"""Parts that changed, and of the new and the gone each, so that all their figures have ids."""


def changes(scope: Scope) -> Playbook:
    """Both periods side by side, by what is asked, and what of the change is usage and rate."""
    earlier, later = scope.periods
    _check_held(scope)
    unit = "" if scope.bill.currency == "USD" else f"_in_{scope.bill.currency.lower()}"
    columns = scope.bill.columns
    measures = [
        Measure(f"{name}_cost{unit}", each.name, columns.days(each.start, each.end))
        for name, each in (("earlier", earlier), ("later", later))
    ]
    shown = min(scope.asked.shown, MOST_SHOWN)
    words = f"{scope.cost_words}, {scope.words}"[:300]
    split = split_sql(scope, measures, unit)
    others = {
        "kinds": _kinds_sql(scope, measures, unit),
        "total": _total_sql(scope, measures, unit),
        **({"split": split} if split else {}),
        **({"apart": apart_sql(scope, measures)} if scope.apart else {}),
    }
    while True:
        parts, *told = yield Step(
            f"I compare the {scope.metric_words} of {scope.words}.",
            tuple(
                ToolCall("query_bill", {"sql": sql, "max_rows": 200, "describes": words})
                for sql in (_parts_sql(scope, measures, unit, shown), *others.values())
            ),
        )
        if not is_cut(parts):
            break
        if shown == 1:
            raise PlaybookStopped("the table is too long to be shown", hint="ask by service")
        shown = max(1, shown // 2)
    found = {name: each.records() for name, each in zip(others, told, strict=True)}
    (total,) = found["total"]
    if total[f"total_earlier_cost{unit}"] is None and total[f"total_later_cost{unit}"] is None:
        raise (yield from nothing_there(scope))
    return ChangesAnswer(
        (earlier, later),
        scope.cost_words,
        scope.only,
        remarks(scope),
        scope.bill.currency,
        unit,
        scope.asked.by,
        parts.records(),
        found["kinds"],
        total,
        split=next(iter(found.get("split", ())), None),
        apart=found.get("apart", ()),
    ).text()


def _check_held(scope: Scope) -> None:
    """`PlaybookStopped` for a period outside the bill: all cost would be new or gone."""
    first, last = scope.bill.first_day, scope.bill.last_day
    for each in scope.periods:
        if str(each.end) <= first or str(each.start) > last:
            raise PlaybookStopped(
                f"the bill holds nothing of {each.name}: it goes from {first or 'before that'} to "
                f"{last}",
                hint="name two periods that it holds, as in "
                '"Compare this month with last month by service"',
            )


def _paired(scope: Scope, measures: Sequence[Measure]) -> str:
    """Each part with its cost in both periods and its kind."""
    names = ", ".join(f"part_{place}" for place in range(1, len(scope.asked.by) + 1))
    both = (
        f"SELECT {names}, coalesce(m0, 0) AS c0, coalesce(m1, 0) AS c1"  # noqa: S608
        f" FROM ({sums_of(scope, scope.asked.by, measures)}) AS grouped"
    )
    return (
        f"SELECT {names}, c0, c1, CASE WHEN c0 = 0 THEN 'new' WHEN c1 = 0 THEN 'gone'"  # noqa: S608
        f" ELSE 'changed' END AS kind FROM ({both}) AS paired WHERE c0 <> 0 OR c1 <> 0"
    )


def _sums(measures: Sequence[Measure], unit: str) -> str:
    before, after = (each.name for each in measures)
    return (
        f"sum(c0) AS {before}, sum(c1) AS {after}, sum(c1 - c0) AS change_cost{unit},"
        " 100 * sum(c1 - c0) / nullif(abs(sum(c0)), 0) AS change_percent"
    )


def _parts_sql(scope: Scope, measures: Sequence[Measure], unit: str, shown: int) -> str:
    """The parts by how much they changed, the rest of each kind in its last row."""
    names = [f"part_{place}" for place in range(1, len(scope.asked.by) + 1)]
    most = f"CASE kind WHEN 'changed' THEN {shown} ELSE {NEW_SHOWN} END"
    told = ", ".join(
        f"min(CASE WHEN place <= most THEN {name} ELSE 'others' END) AS {name}" for name in names
    )
    placed = (
        f"SELECT *, {most} AS most, row_number() OVER (PARTITION BY kind"  # noqa: S608
        f" ORDER BY abs(c1 - c0) DESC, {', '.join(names)}) AS place"
        f" FROM ({_paired(scope, measures)}) AS parts"
    )
    return (
        f"SELECT kind, least(place, most + 1) AS rank, min(place) > min(most) AS is_rest,"  # noqa: S608
        f" {told}, {_sums(measures, unit)} FROM ({placed}) AS placed GROUP BY 1, 2 ORDER BY 1, 2"
    )


def _kinds_sql(scope: Scope, measures: Sequence[Measure], unit: str) -> str:
    """The new and the gone in one row each."""
    return (
        f"SELECT kind, {_sums(measures, unit)} FROM ({_paired(scope, measures)}) AS parts"  # noqa: S608
        " WHERE kind <> 'changed' GROUP BY 1 ORDER BY 1"
    )


def _total_sql(scope: Scope, measures: Sequence[Measure], unit: str) -> str:
    earlier, later = scope.periods
    return totals_sql(
        scope,
        measures,
        f"coalesce(t1, 0) - coalesce(t0, 0) AS total_change_cost{unit}",
        "100 * (coalesce(t1, 0) - t0) / nullif(abs(t0), 0) AS total_change_percent",
        f"t0 / {earlier.days} AS earlier_daily_cost{unit}",
        f"t1 / {later.days} AS later_daily_cost{unit}",
    )
