"""`finops-repl` itself: a chat, or one question answered."""

from __future__ import annotations

import sys

import click

from finops_repl import __version__
from finops_repl.base.errors import InputError
from finops_repl.base.setting_values import APPROVAL_KINDS
from finops_repl.cli.failures import EXIT_CODES
from finops_repl.cli.options import house_options, json_option, open_house, say
from finops_repl.cli.shelved import ShelvedGroup

__all__ = ["cli"]

COMMANDS = {
    "account": "finops_repl.cli.bill:account",
    "audit": "finops_repl.cli.audit:audit",
    "config": "finops_repl.cli.config:config",
    "doctor": "finops_repl.cli.doctor:doctor",
    "gateway": "finops_repl.cli.gateway:gateway",
    "iam-policy": "finops_repl.cli.iam_policy:iam_policy",
    "run": "finops_repl.cli.run:run",
    "run-workflow": "finops_repl.cli.saved:run_workflow",
    "sandbox": "finops_repl.cli.sandbox:sandbox",
    "sessions": "finops_repl.cli.sessions:sessions",
    "sql": "finops_repl.cli.bill:sql",
    "workflows": "finops_repl.cli.saved:workflows",
}


@click.group(cls=ShelvedGroup, shelf=COMMANDS, invoke_without_command=True, epilog=EXIT_CODES)
@click.version_option(__version__, prog_name="finops-repl")
@click.option("-p", "--print", "question", metavar="QUESTION", help="Answer once, then exit.")
@house_options
@click.option(
    "--continue", "goes_on", is_flag=True, help="Go on with this workspace's last session."
)
@click.option("--resume", metavar="ID", help="Go on with this session; how its id begins will do.")
@click.option("--model", metavar="NAME", help="A model of the Messages API, or offline.")
@click.option(
    "--approve",
    multiple=True,
    type=click.Choice([kind.replace("_", "-") for kind in APPROVAL_KINDS]),
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
    aws_profile: str | None,
    aws_role: str | None,
    cache_fresh: bool | None,
    limits_session_usd: str | None,
    goes_on: bool,
    resume: str | None,
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
        "aws_profile": aws_profile,
        "aws_role": aws_role,
        "cache_fresh": cache_fresh,
        "limits_session_usd": limits_session_usd,
        "model": model,
        "timeout_s": timeout_s,
        "approve": approve,
    }
    goes_on = goes_on or resume is not None
    if context.invoked_subcommand is not None:
        if question is not None or goes_on:
            wrong = "-p" if question is not None else "--resume" if resume else "--continue"
            raise InputError(f"{wrong} goes without a command", hint="drop one of them")
        context.obj = flags
        return
    if as_json and output_format not in (None, "json"):
        raise InputError(
            f"--json and --output-format {output_format} exclude each other", hint="keep one"
        )
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
    if question is None:
        house = open_house(flags, {}, headless=False, goes_on=goes_on, session=resume)
        from finops_repl.cli.chat import open_chat

        raise SystemExit(open_chat(house))
    import asyncio  # 0.1 s: only a conversation pays for it

    from finops_repl.cli.piped import read_piped
    from finops_repl.faces.headless import answer_once

    house = open_house(
        flags, {}, headless=True, piped_in=read_piped(say), goes_on=goes_on, session=resume
    )
    if house.piped_in and house.model_name == "offline":
        say("the offline analyst follows playbooks and leaves out what is piped in")

    code = asyncio.run(
        answer_once(
            house.agent,
            question,
            output=output,  # type: ignore[arg-type]  # click holds it to the three words
            stdout=sys.stdout,
            stderr=sys.stderr,
            earlier=house.resumed.facts if house.resumed else (),
        )
    )
    raise SystemExit(code)
