"""`finops-repl audit`: what was asked of AWS, by whom, and whether the record is whole."""

from __future__ import annotations

import json
import shutil
import sys
from collections import deque
from collections.abc import Iterable
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


@click.command()
@click.option("--run", "run_id", metavar="ID", help="Calls of one run.")
@click.option("--denied", is_flag=True, help="Refused calls alone.")
@click.option("--last", type=click.IntRange(min=1), default=50, show_default=True)
@json_option
@click.pass_context
def audit(
    context: click.Context, run_id: str | None, denied: bool, last: int, as_json: bool
) -> None:
    """Show the latest calls and hold the whole record against its chain of hashes.

    Exit code 1 says that a line was changed, removed or put in, or that its writer died within it.
    """
    from finops_repl.gateway.audit import open_audit

    latest: deque[AuditedCall] = deque(maxlen=last)
    problems: list[AuditedCall] = []
    total = Decimal(0)
    for call in open_audit().calls():
        if call.problem:
            problems.append(call)
        if run_id and call.fields.get("run") != run_id:
            continue
        if denied and call.fields.get("decision") == "allow":
            continue
        latest.append(call)
        total += Decimal(str(call.fields.get("price_usd") or 0))
    if run_id and not latest:
        say(f"no such call of a run {run_id!r} is on record")
    if as_json:
        told = {
            "calls": [call.fields for call in latest],
            "total_usd": plain_amount(total),
            "problems": {call.place: call.problem for call in problems},
        }
        print_json(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        from finops_repl.faces.tables import table_text

        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo(str(table_text(_table(latest), width=width)))
        say(f"list price of all calls chosen: ${plain_amount(total)}")
        for call in problems[:PROBLEMS_SHOWN]:
            say(f"{call.place}: {call.problem}")
        if len(problems) > PROBLEMS_SHOWN:
            say(f"and {len(problems) - PROBLEMS_SHOWN} more lines")
        if not problems:
            say("the record is whole: every line fits the one before it")
    context.exit(1 if problems else 0)


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
