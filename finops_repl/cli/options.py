"""Flags that many commands share, and the house they open."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from finops_repl.assembly.house import House
    from finops_repl.sandbox.container import ContainerSandbox

__all__ = [
    "Seconds",
    "cancelled_by_signals",
    "house_options",
    "json_option",
    "open_house",
    "print_json",
    "say",
    "typed_flags",
]


class Seconds(click.types.FloatParamType):
    """A time as seconds; its bounds are the settings' own."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is no number of seconds, such as 120", param, ctx)


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
            help="simulated[:seed=..,as_of=..,incidents=..], aws or files:PATH.",
        ),
        click.option("--profile", "aws_profile", metavar="NAME", help="With aws: whose settings."),
        click.option("--role", "aws_role", metavar="ARN", help="With aws: a role to assume."),
        click.option(
            "--fresh",
            "cache_fresh",
            is_flag=True,
            default=None,
            help="With aws: ask anew what the cache could answer.",
        ),
        click.option(
            "--session-usd",
            "limits_session_usd",
            metavar="DOLLARS",
            help="What the session may cost at most, model and AWS together.",
        ),
    ):
        command = option(command)
    return command


def json_option(command: F) -> F:
    """`--json`: one object on stdout, whatever happens; before the command it counts as well."""
    option = click.option(
        "--json",
        "as_json",
        is_flag=True,
        callback=lambda context, _, typed: typed or _json_before(context),
        help="Print one JSON object.",
    )
    return option(command)


def _json_before(context: click.Context) -> bool:
    before = context.parent
    return before is not None and (before.params.get("as_json", False) or _json_before(before))


def say(text: str) -> None:
    """A line of the story."""
    click.echo(text, err=True)


def print_json(text: str) -> None:
    """The one object that `--json` promises."""
    click.echo(text)


def typed_flags(root_flags: dict[str, Any], flags: dict[str, Any]) -> dict[str, Any]:
    """The flags typed before and behind the command, the latter first."""
    return {**root_flags, **{name: value for name, value in flags.items() if value is not None}}


def open_house(
    root_flags: dict[str, Any],
    flags: dict[str, Any],
    *,
    headless: bool,
    piped_in: str = "",
    sandbox: ContainerSandbox | None = None,
    goes_on: bool = False,
    session: str | None = None,
) -> House:
    """The house of these flags, closed when the command ends.

    With `goes_on` it goes on with the session whose id begins as given, else with the last one.
    """
    from finops_repl.assembly.house import House

    typed = typed_flags(root_flags, flags)
    earlier = None
    if goes_on:
        from finops_repl.assembly.resuming import session_to_resume

        earlier, typed = session_to_resume(typed, session)
    house = House.open(
        typed, headless=headless, piped_in=piped_in, sandbox=sandbox, earlier=earlier
    )
    click.get_current_context().call_on_close(house.close)
    return house


def cancelled_by_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set, so that a run ends with its container gone."""
    cancelled = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: cancelled.set())
    return cancelled
