"""The command line: flags in, exit codes out. Every heavy import waits until a command needs it."""

from __future__ import annotations

import io
import json
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from finops_repl import __version__
from finops_repl.base.errors import (
    ApprovalRequired,
    ConnectionFailed,
    FinopsError,
    InputError,
    LimitReached,
    SandboxUnavailable,
)

if TYPE_CHECKING:
    from finops_repl.assembly.house import House

__all__ = ["cli", "exit_code_of", "main"]

EXIT_CODES = """
\b
Exit codes:
  0    done
  1    a workflow or an answer failed
  2    usage or configuration
  3    credentials or connection
  4    sandbox unavailable
  5    a budget, limit or timeout was reached
  6    approval required
  130  interrupted
"""

F = TypeVar("F", bound=Callable[..., Any])


def house_options(command: F) -> F:
    """The flags of every command that opens an account or a workspace."""
    for option in (
        click.option(
            "--workspace", metavar="FOLDER", help="Where scripts, workflows and data lie."
        ),
        click.option(
            "--account",
            metavar="WHICH",
            help="simulated[:seed=..,as_of=..,incidents=..] or files:PATH.",
        ),
    ):
        command = option(command)
    return command


def json_option(command: F) -> F:
    """`--json`: one object on stdout, whatever happens."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(command)


@click.group(invoke_without_command=True, epilog=EXIT_CODES)
@click.version_option(__version__, prog_name="finops-repl")
@click.option("-p", "--print", "question", metavar="QUESTION", help="Answer once, then exit.")
@house_options
@click.option("--model", metavar="NAME", help="A model of the Messages API, or offline.")
@click.option(
    "--approve",
    multiple=True,
    type=click.Choice(["code", "workflow-overwrite"]),
    help="Approve in advance what would otherwise be asked.",
)
@click.option(
    "--timeout", "timeout_s", type=float, help="Seconds that a script may run (30, at most 900)."
)
@json_option
@click.option(
    "--output-format",
    type=click.Choice(["text", "json", "stream-json"]),
    help="How -p prints; stream-json is one event a line.",
)
@click.pass_context
def cli(
    context: click.Context,
    question: str | None,
    account: str | None,
    workspace: str | None,
    model: str | None,
    approve: tuple[str, ...],
    timeout_s: float | None,
    as_json: bool,
    output_format: str | None,
) -> None:
    """Ask what an AWS bill holds. Without a command and without -p, a chat opens."""
    flags = {
        "account": account,
        "workspace": workspace,
        "model": model,
        "timeout_s": timeout_s,
        "approve": approve,
    }
    if context.invoked_subcommand is not None:
        if question is not None:
            raise InputError("-p goes without a command", hint="drop one of them")
        context.obj = flags
        return
    output = output_format or ("json" if as_json else "text")
    if question is None:
        if as_json or output_format:
            raise InputError("there is no question", hint='ask with -p "..."')
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise InputError(
                "a chat needs a terminal, and there is none", hint='ask once with -p "..."'
            )
    elif not question.strip():
        raise InputError("the question is empty", hint='for example: -p "What did we spend?"')
    import asyncio  # 0.1 s: only a conversation pays for it

    house = _open(flags, {}, headless=question is not None)
    if question is None:
        from finops_repl.faces.house_commands import HouseCommands
        from finops_repl.faces.terminal.chat import chat  # prompt_toolkit and rich

        commands = HouseCommands(house, sandbox=_prepared_sandbox())
        raise SystemExit(asyncio.run(chat(house.agent, commands, commands.banner())))
    from finops_repl.faces.headless import answer_once

    code = asyncio.run(
        answer_once(
            house.agent,
            question,
            output=output,  # type: ignore[arg-type]  # click holds it to the three words
            stdout=sys.stdout,
            stderr=sys.stderr,
        )
    )
    raise SystemExit(code)


@cli.command("run-workflow")
@click.argument("name")
@house_options
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter.")
@click.option("--timeout", "timeout_s", type=float, help="Seconds that the script may run.")
@json_option
@click.pass_obj
def run_workflow(
    root_flags: dict[str, Any],
    /,
    name: str,
    params: tuple[str, ...],
    as_json: bool,
    **flags: Any,
) -> None:
    """Run a saved workflow by name or slug: its output on stdout, the story on stderr."""
    from finops_repl.faces.runs import live_output, report_json, report_story
    from finops_repl.workflows.parameters import split_assignments

    house = _open(root_flags, flags, headless=True)
    report = house.workflow_runner.run(
        house.scope,
        house.workflows.load(name),
        split_assignments(params),
        timeout_s=house.chosen_timeout_s,
        on_output=(lambda stream, text: None) if as_json else live_output(),
        cancelled=_cancelled_by_signals(),
    )
    if as_json:
        print_json(report_json(name, house.account.name, report))
    else:
        say(report_story(report))
    raise SystemExit(_EXIT_OF_REASON.get(report.result.reason, 0 if report.result.ok else 1))


_EXIT_OF_REASON = {"timeout": 5, "memory": 5, "cancelled": 130, "sandbox died": 4}


@cli.command()
@click.option("--tag", help="Only those with this tag.")
@house_options
@json_option
@click.pass_obj
def workflows(root_flags: dict[str, Any], /, tag: str | None, as_json: bool, **flags: Any) -> None:
    """List the saved workflows."""
    from finops_repl.faces.listings import workflows_json, workflows_text

    listings = _open(root_flags, flags, headless=True).workflows.list(tag)
    if as_json:
        print_json(workflows_json(listings))
    else:
        click.echo(workflows_text(listings, tag))


@cli.command()
@click.argument("statement")
@house_options
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
@click.option("--max-rows", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--timeout", "timeout_s", type=float, help="Seconds that the query may take.")
@click.pass_obj
def sql(
    root_flags: dict[str, Any],
    /,
    statement: str,
    as_csv: bool,
    as_json: bool,
    max_rows: int,
    **flags: Any,
) -> None:
    """Answer one Trino SELECT on the bill; `-` reads it from stdin."""
    from finops_repl.billing.export import csv_text, json_fields
    from finops_repl.faces.escapes import plain
    from finops_repl.faces.tables import count_line, table_text

    if as_csv and as_json:
        raise InputError("--csv and --json exclude each other", hint="drop one of them")
    text = sys.stdin.read() if statement == "-" else statement
    if not text.strip():
        raise InputError("the statement is empty", hint='for example: "SELECT 1"')
    house = _open(root_flags, flags, headless=True)
    table = house.bill.query(
        text,
        timeout_s=house.settings.timeout_s,
        max_rows=max_rows,
        cancelled=_cancelled_by_signals(),
    )
    if as_json:
        fields = {"account": house.account.name, **json_fields(table)}
        print_json(json.dumps(fields, indent=2, ensure_ascii=False))
    elif as_csv:
        text = csv_text(table)
        click.echo(plain(text) if sys.stdout.isatty() else text, nl=False)
        if table.truncated:
            say(count_line(table, len(table.rows)))
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo(str(table_text(table, width=width)))


@cli.command()
@house_options
@json_option
@click.pass_obj
def account(root_flags: dict[str, Any], /, as_json: bool, **flags: Any) -> None:
    """Show the account, where its figures come from and which bill it has."""
    house = _open(root_flags, flags, headless=True)
    if as_json:
        print_json(json.dumps(house.account_fields(), indent=2))
    else:
        from finops_repl.faces.house_commands import account_lines

        click.echo("\n".join(account_lines(house.account_fields())))


@cli.group()
def sandbox() -> None:
    """The Docker sandbox: its image and what is left of earlier runs."""


@sandbox.command("build")
@click.option("--base", metavar="IMAGE", help="The Debian image to build on.")
@json_option
def sandbox_build(base: str | None, as_json: bool) -> None:
    """Build the sandbox image; a second build of the same inputs builds nothing."""
    from finops_repl.assembly.engine import build_sandbox_image

    tag = build_sandbox_image(base, say)
    print_json(json.dumps({"image": tag})) if as_json else click.echo(tag)


@sandbox.command("status")
@json_option
def sandbox_status(as_json: bool) -> None:
    """Say whether an engine answers and the image is there."""
    from finops_repl.assembly.engine import sandbox_status as read_status

    status = read_status()
    if as_json:
        print_json(json.dumps(status, indent=2))
    else:
        click.echo("\n".join(f"{name:<8} {value}" for name, value in status.items()))


@sandbox.command("sweep")
@json_option
def sandbox_sweep(as_json: bool) -> None:
    """Remove containers of ours whose owner is gone; those of others are not touched."""
    from finops_repl.assembly.engine import sweep_sandboxes

    runs = sweep_sandboxes()
    if as_json:
        print_json(json.dumps({"removed": list(runs)}))
    else:
        click.echo(f"{len(runs)} container(s) removed")


def main() -> NoReturn:
    """The console script."""
    from finops_repl.faces.escapes import plain
    from finops_repl.faces.story import error_line

    as_json = "--json" in sys.argv[1:]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = cli.main(prog_name="finops-repl", standalone_mode=False)
        raise SystemExit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show(sys.stderr)
        _print_failure(as_json, error.format_message(), "")
        raise SystemExit(error.exit_code) from None
    except (click.Abort, KeyboardInterrupt):
        raise SystemExit(130) from None
    except FinopsError as error:
        say(f"finops-repl: {error_line(error)}")
        _print_failure(as_json, error.message, error.hint)
        raise SystemExit(exit_code_of(error)) from None
    except OSError as error:
        hint = "is the place writable, and is there room on the disk?"
        say(f"finops-repl: {plain(str(error))}\n  {hint}")
        _print_failure(as_json, str(error), hint)
        raise SystemExit(2) from None


def _print_failure(as_json: bool, message: str, hint: str) -> None:
    if as_json:
        failure = {"ok": False, "error": message, "hint": hint}
        print_json(json.dumps(failure, indent=2, ensure_ascii=False))


def exit_code_of(error: FinopsError) -> int:
    """The exit code that tells a script what kind of failure this was."""
    match error:
        case ConnectionFailed():
            return 3
        case SandboxUnavailable():
            return 4
        case LimitReached():
            return 5
        case ApprovalRequired():
            return 6
        case _:
            return 2


def say(text: str) -> None:
    """A line of the story."""
    click.echo(text, err=True)


def print_json(text: str) -> None:
    """The one object that `--json` promises."""
    click.echo(text)


def _open(root_flags: dict[str, Any], flags: dict[str, Any], *, headless: bool) -> House:
    """The house with the flags typed before and behind the command, the latter first."""
    from finops_repl.assembly.house import House

    typed = {name: value for name, value in flags.items() if value is not None}
    house = House.open({**root_flags, **typed}, headless=headless)
    click.get_current_context().call_on_close(house.close)
    return house


def _prepared_sandbox() -> str:
    """The sandbox's state for the toolbar; a first chat builds the image and shows its progress."""
    from finops_repl.assembly.engine import build_sandbox_image

    try:
        build_sandbox_image(None, say)
    except SandboxUnavailable as error:
        say(f"Scripts cannot run: {error.message}\n  {error.hint}")
        say("SQL, and questions that need no script, work all the same.\n")
        return "unavailable"
    return "ready"


def _cancelled_by_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set, so that a run ends with its container gone."""
    cancelled = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: cancelled.set())
    return cancelled
