"""`finops-repl audit`: what was asked of AWS, by whom, and whether the record is whole."""

from __future__ import annotations

import json
import shutil
import sys
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from finops_repl.base.money import plain_amount
from finops_repl.cli.options import json_option, print_json, say

if TYPE_CHECKING:
    from finops_repl.base.table import Table
    from finops_repl.gateway.audit import AuditedCall

__all__ = ["audit"]

PROBLEMS_SHOWN = 10
SHOWN = {
    "at": "varchar",
    "run": "varchar",
    "call": "varchar",
    "region": "varchar",
    "account": "varchar",
    "decision": "varchar",
    "status": "integer",
    "ms": "decimal",
    "usd": "decimal",
    "cached": "varchar",
    "reason": "varchar",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which calls are wanted; what is empty chooses nothing. `since` is a day (UTC)."""

    run: str | None
    session: str | None
    since: str
    denied: bool

    def takes(self, fields: dict[str, Any]) -> bool:
        """Whether a line of the audit is one of them."""
        return (
            (not self.run or fields.get("run") == self.run)
            and (not self.session or fields.get("session") == self.session)
            and str(fields.get("at") or "") >= self.since
            and not (self.denied and fields.get("decision") == "allow")
        )


class Day(click.DateTime):
    """A day, asked for as people write it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is no day; write it as YYYY-MM-DD", param, ctx)


@click.command()
@click.option("--run", "run_id", metavar="ID", help="Calls of one run.")
@click.option("--session", metavar="ID", help="Calls of one session.")
@click.option(
    "--since",
    type=Day(["%Y-%m-%d"]),
    metavar="DATE",
    help="Calls of that day and later (UTC).",
)
@click.option("--denied", is_flag=True, help="Refused calls alone.")
@click.option(
    "--all", "polls", is_flag=True, help="Also each look at how far a query of Athena is."
)
@click.option("--last", type=click.IntRange(min=1), default=50, show_default=True)
@json_option
@click.pass_context
def audit(
    context: click.Context,
    run_id: str | None,
    session: str | None,
    since: datetime | None,
    denied: bool,
    polls: bool,
    last: int,
    as_json: bool,
) -> None:
    """Show the latest calls and hold the whole record against its chain of hashes.

    Exit code 1 says that a line was changed, removed or put in, or that its writer died within it.
    """
    from finops_repl.gateway.audit import open_audit

    latest: deque[AuditedCall] = deque(maxlen=last)
    problems: list[AuditedCall] = []
    chosen = Choice(run_id, session, f"{since:%Y-%m-%d}" if since else "", denied)
    total, count, hidden = Decimal(0), 0, 0
    for call in open_audit().calls():
        if call.problem:
            problems.append(call)
        if not chosen.takes(call.fields):
            continue
        count += 1
        total += _price(call)
        if not polls and _is_poll(call.fields) and not call.problem:
            hidden += 1
        else:
            latest.append(call)
    if run_id and not count:
        say(f"no such call of a run {run_id!r} is on record")
    elif session and not count:
        say(f"no such call of a session {session!r} is on record; finops-repl sessions lists them")
    shown = sum(map(_price, latest), Decimal(0))
    if as_json:
        told = {
            "calls": [call.fields for call in latest],
            "shown_usd": plain_amount(shown),
            "total_usd": plain_amount(total),
            "total_calls": count,
            "polls_hidden": hidden,
            "problems": {call.place: call.problem for call in problems},
        }
        print_json(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        from finops_repl.faces.tables import table_text

        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo(str(table_text(_table(latest), width=width)))
        say(f"list price of the {len(latest):,} calls shown: ${plain_amount(shown)}")
        say(f"list price of all {count:,} calls chosen: ${plain_amount(total)}")
        if hidden:
            say(f"{hidden:,} looks at how far a query is (GetQueryExecution) are left out (--all)")
        for call in problems[:PROBLEMS_SHOWN]:
            say(f"{call.place}: {call.problem}")
        if len(problems) > PROBLEMS_SHOWN:
            say(f"and {len(problems) - PROBLEMS_SHOWN} more lines")
        if not problems:
            say("the record is whole: every line fits the one before it")
    context.exit(1 if problems else 0)


def _price(call: AuditedCall) -> Decimal:
    return Decimal(str(call.fields.get("price_usd") or 0))


def _is_poll(fields: dict[str, Any]) -> bool:
    """A look at a query that cost nothing and passed: there are many of them to one query."""
    looks = (fields.get("service"), fields.get("operation")) == ("athena", "GetQueryExecution")
    return (
        looks
        and fields.get("decision") == "allow"
        and not Decimal(str(fields.get("price_usd") or 0))
    )


def _table(calls: Iterable[AuditedCall]) -> Table:
    from finops_repl.base.table import Column, Table

    columns = tuple(Column(name, kind) for name, kind in SHOWN.items())
    return Table(columns, tuple(tuple(_row(call.fields).values()) for call in calls))


def _row(fields: dict[str, Any]) -> dict[str, Any]:
    """The columns of `SHOWN`; whatever a damaged line lacks is empty."""
    known = {name: fields.get(name) for name in SHOWN}
    return known | {
        "at": str(fields.get("at") or "")[:19],
        "call": f"{fields.get('service') or '?'}:{fields.get('operation') or '?'}",
        "ms": Decimal(str(fields.get("ms") or 0)).quantize(Decimal("0.1")),
        "usd": Decimal(str(fields.get("price_usd") or 0)),
        "cached": "yes" if fields.get("cached") else "",
    }
