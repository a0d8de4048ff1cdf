"""The account and its bill from the command line."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from finops_repl.base.errors import InputError
from finops_repl.cli.connect import connect
from finops_repl.cli.options import (
    Seconds,
    cancelled_by_signals,
    house_options,
    json_option,
    open_house,
    print_json,
    say,
)

__all__ = ["account", "sql"]

SHOWN_ROWS = 10_000
"""Rows that are printed where nobody says how many; a file holds all or is not written."""


@click.command()
@click.argument("words", metavar="STATEMENT", nargs=-1, required=True)
@house_options
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
@click.option(
    "--max-rows",
    type=click.IntRange(min=1),
    help=f"At most so many; {SHOWN_ROWS:,} without it, and all with --output.",
)
@click.option(
    "--output",
    metavar="FILE",
    help="Write FILE.csv, .json or .parquet; a bare name goes to the workspace's data folder.",
)
@click.option("--timeout", "timeout_s", type=Seconds(), help="Seconds that the query may take.")
@click.pass_obj
def sql(
    root_flags: dict[str, Any],
    /,
    words: tuple[str, ...],
    as_csv: bool,
    as_json: bool,
    max_rows: int | None,
    output: str | None,
    **flags: Any,
) -> None:
    """Answer one Trino SELECT on the bill; `-` reads it from stdin."""
    from finops_repl.base.files import write_atomic
    from finops_repl.billing.export import csv_text, file_content, file_kind, json_fields
    from finops_repl.faces.escapes import plain
    from finops_repl.faces.tables import count_line, table_text

    if as_csv + as_json + bool(output) > 1:
        raise InputError("--csv, --json and --output exclude each other", hint="keep one of them")
    if output:
        file_kind(output)  # before the query costs anything
    if len(words) > 1:
        raise InputError(
            f"the statement came as {len(words)} words: the shell took it apart",
            hint='put it in quotes: finops-repl sql "SELECT ..."',
        )
    text = sys.stdin.read() if words == ("-",) else words[0]
    if not text.strip():
        raise InputError("the statement is empty", hint='for example: "SELECT 1"')
    house = open_house(root_flags, flags, headless=True)
    table = house.bill.query(
        text,
        timeout_s=house.settings.timeout_s,
        max_rows=max_rows or (None if output else SHOWN_ROWS),
        cancelled=cancelled_by_signals(),
    )
    if output:
        path = Path(output)
        path = house.workspace.data / path if path.parent == Path() else path
        write_atomic(path, file_content(table, output))
        click.echo(str(path))
        say(count_line(table, len(table.rows)))
    elif as_json:
        fields = {"account": house.account.name, **json_fields(table)}
        print_json(json.dumps(fields, indent=2, ensure_ascii=False))
    elif as_csv:
        text = csv_text(table)
        click.echo(plain(text) if sys.stdout.isatty() else text, nl=False)
        if table.truncated:
            say(count_line(table, len(table.rows)))
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        _show(str(table_text(table, width=width)))


def _show(text: str) -> None:
    """A table on stdout; where it is taller than the terminal, by the user's pager."""
    attended = sys.stdin.isatty() and sys.stdout.isatty()
    if attended and text.count("\n") >= shutil.get_terminal_size().lines:
        os.environ.setdefault("LESS", "-FRSX")  # its own defaults would wrap rows and clear them
        click.echo_via_pager(text)
    else:
        click.echo(text)


@click.group(invoke_without_command=True)
@house_options
@json_option
@click.pass_context
def account(context: click.Context, /, as_json: bool, **flags: Any) -> None:
    """Show the account, where its figures come from and which bill it has."""
    root_flags: dict[str, Any] = context.obj
    if context.invoked_subcommand is not None:
        typed = {name: value for name, value in flags.items() if value is not None}
        context.obj = {**root_flags, **typed}
        return
    from finops_repl.assembly.account_page import account_page

    fields = account_page(open_house(root_flags, flags, headless=True))
    if as_json:
        print_json(json.dumps(fields, indent=2))
    else:
        from finops_repl.faces.house_commands import account_lines

        click.echo("\n".join(account_lines(fields)))


account.add_command(connect)
