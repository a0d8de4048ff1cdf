"""Why a sum is empty: what the bill holds in place of what was asked for."""

from __future__ import annotations

from collections.abc import Generator

from finops_repl.playbooks.dimensions import is_tag
from finops_repl.playbooks.spend.lookups import there_is
from finops_repl.playbooks.spend.scope import Scope, listed
from finops_repl.playbooks.steps import Outcome, PlaybookStopped, Step, ToolCall

__all__ = ["nothing_there"]


def nothing_there(scope: Scope) -> Generator[Step, tuple[Outcome, ...], PlaybookStopped]:
    """The months of the whole bill, and the accounts, services, regions of the period.

    Where tax, credits or refunds alone are asked for, the months that have them.
    """
    table, kinds = scope.bill.table, ", ".join(scope.alone)
    only = f" WHERE {scope.bill.columns.row_type} IN ({listed(scope.alone)})" if kinds else ""
    wanted = {"month": only}
    for each in scope.asked.filters:
        if not is_tag(each.of):
            wanted[each.of] = f" WHERE {scope.within()}"
    outcomes = yield Step(
        "I look what the bill holds instead.",
        tuple(
            ToolCall(
                "query_bill",
                {
                    "sql": f"SELECT DISTINCT {scope.part(of)} AS part_1 FROM {table}{where}"  # noqa: S608
                    " ORDER BY 1",
                    "max_rows": 100,
                },
            )
            for of, where in wanted.items()
        ),
    )
    held: list[str] = []
    for of, outcome in zip(wanted, outcomes, strict=True):
        if outcome.is_error:
            continue
        names = tuple(str(row["part_1"]) for row in outcome.records())
        if kinds and of == "month":
            held.append(f"the months with {kinds}: {', '.join(names) or 'none'}")
        else:
            held.append(there_is(f"{of}s", names))
    usual = "" if scope.asked.names_period else " (the last whole month of the bill)"
    periods = " and ".join(each.name for each in scope.periods)
    words = ", ".join((periods, *scope.filter_words))
    return PlaybookStopped(
        f"the bill holds no {kinds or 'cost'} for {words}{usual}; its data ends on "
        f"{scope.bill.last_day}",
        hint="; ".join(each for each in held if each),
    )
