"""A script of one's own, run in the sandbox; how any run is told and which exit code it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import click

from finops_repl.cli.options import (
    Seconds,
    cancelled_by_signals,
    house_options,
    json_option,
    open_house,
    print_json,
    say,
)

if TYPE_CHECKING:
    from finops_repl.sandbox.port import Language
    from finops_repl.sandbox.scripts import ScriptReport

__all__ = ["conclude_run", "run"]

CAPPED = 5
EXIT_OF_REASON = {"timeout": 5, "memory": 5, "cancelled": 130, "sandbox died": 4}

EXIT_CODES = """
\b
Exit codes:
  0    the script ended with 0
  1    the script failed; its own exit code is told on stderr and in --json
  2    usage: no such file, no text, an unknown input
  4    no sandbox, or it died under the script
  5    the time or memory limit ended the script, or it failed at a cap in dollars
  130  interrupted, its container gone
"""


@click.command(epilog=EXIT_CODES)
@click.argument("file", metavar="FILE|-")
@click.option(
    "--language",
    type=click.Choice(["python", "javascript"]),
    help="What the suffix does not say (stdin: python).",
)
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="A value of `params`: JSON where it is JSON, else text.",
)
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME|GLOB",
    help="Files of workspace/data to hand in, beyond those that the script names in strings.",
)
@click.option(
    "--timeout", "timeout_s", type=Seconds(), help="Seconds that it may run (30, at most 900)."
)
@house_options
@json_option
@click.pass_obj
def run(
    root_flags: dict[str, Any],
    /,
    file: str,
    language: Language | None,
    params: tuple[str, ...],
    inputs: tuple[str, ...],
    as_json: bool,
    **flags: Any,
) -> None:
    """Run your own script in the sandbox: .py is Python; .js, .cjs and .mjs are JavaScript.

    It has the account's AWS reads, `params`, DATA_DIR and the files of workspace/data that it
    names; what it leaves in data/ is placed there. Its output goes to stdout and stderr as it
    comes, the story to stderr at the end.
    """
    from finops_repl.cli.script_file import language_of, read_script
    from finops_repl.faces.runs import LiveOutput
    from finops_repl.sandbox.port import Order
    from finops_repl.workflows.parameters import read_undeclared, split_assignments

    values = read_undeclared(split_assignments(params))
    language = language or language_of(file)
    code = read_script(file)
    house = open_house(root_flags, flags, headless=True)
    order = Order(code, language, values, inputs, house.settings.timeout_s, house.bill_of_scripts())
    output = LiveOutput(silent=as_json)
    report = house.scripts.run(
        house.scope, order, on_output=output, cancelled=cancelled_by_signals()
    )
    output.close()
    conclude_run({"file": file, "language": language}, house.account.name, report, as_json=as_json)


def conclude_run(
    ran: Mapping[str, str], account: str, report: ScriptReport, *, as_json: bool
) -> NoReturn:
    """Tell how a run ended, and end with the exit code of that."""
    from finops_repl.faces.runs import report_json, report_story

    if as_json:
        print_json(report_json(ran, account, report))
    else:
        say(report_story(report))
        if report.result.reason == "timeout":
            from finops_repl.base.setting_values import LONGEST_TIMEOUT_S

            say(f"give it longer with --timeout (at most {LONGEST_TIMEOUT_S:g} s)")
        if report.result.reason == "memory":
            from finops_repl.sandbox.limits import MEMORY_ADVICE

            say(MEMORY_ADVICE)
        if report.was_capped:
            say(
                "calls were refused because a cap in dollars is reached: finops-repl audit --denied"
            )
    ended = 0 if report.result.ok else CAPPED if report.was_capped else 1
    raise SystemExit(EXIT_OF_REASON.get(report.result.reason, ended))
