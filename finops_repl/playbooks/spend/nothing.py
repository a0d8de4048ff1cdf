"""Why a sum is empty: what the bill holds in place of what was asked for."""

from __future__ import annotations

from collections.abc import Generator

from finops_repl.playbooks.dimensions import is_tag
from finops_repl.playbooks.spend.lookups import there_is
from finops_repl.playbooks.spend.scope import Scope
from finops_repl.playbooks.steps import Outcome, PlaybookStopped, Step, ToolCall

__all__ = ["nothing_there"]


def nothing_there(scope: Scope) -> Generator[Step, tuple[Outcome, ...], PlaybookStopped]:
    """The months of the whole bill, and the accounts, services, regions of the period.

    Where charges alone are asked for, such as credits, those that the period has.
    """
    table = scope.bill.table
    wanted = {"month": ""}
    for each in scope.asked.filters:
        if not is_tag(each.of):
            wanted[each.of] = f" WHERE {scope.within()}"
    charges = scope.asked.charges.alone
    if charges:
        wanted = {"charge type": f" WHERE {scope.within()}"}
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
    held = [
        there_is(f"{of}s", tuple(str(row["part_1"]) for row in outcome.records()))
        for of, outcome in zip(wanted, outcomes, strict=True)
        if not outcome.is_error
    ]
    usual = "" if scope.asked.names_period else " (the last whole month of the bill)"
    what = " or ".join(scope.types(charges)) or "cost"
    return PlaybookStopped(
        f"the bill holds no {what} for {scope.words}{usual}; its data ends on "
        f"{scope.bill.last_day}",
        hint="; ".join(each for each in held if each),
    )
