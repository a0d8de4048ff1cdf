"""`finops-repl account connect`: from an identity to settings, asked or by flags."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from finops_repl.base.errors import InputError
from finops_repl.base.s3_place import S3Place
from finops_repl.cli.failures import exit_code_of
from finops_repl.cli.options import json_option, print_json, say

if TYPE_CHECKING:
    from finops_repl.assembly.connecting.settings_file import Edit
    from finops_repl.gateway.identity import Identity

__all__ = ["connect"]


@click.command()
@click.option("--profile", "aws_profile", metavar="NAME", help="Who asks: a profile.")
@click.option("--role", "aws_role", metavar="ARN", help="A role to assume with it.")
@click.option(
    "--region", "regions", multiple=True, metavar="NAME", help="Where to look for tables."
)
@click.option("--bill-profile", "aws_bill_profile", metavar="NAME", help="Who asks for the bill.")
@click.option("--bill-role", "aws_bill_role", metavar="ARN", help="A role to assume for the bill.")
@click.option("--bill-region", "aws_bill_region", metavar="NAME", help="Where its table lies.")
@click.option("--table", "aws_bill", metavar="DATABASE.TABLE", help="The bill, if you know it.")
@click.option("--workgroup", "aws_workgroup", metavar="NAME", help="Athena's, to ask it with.")
@click.option("--output", "aws_output", metavar="s3://...", help="Where Athena writes results.")
@click.option(
    "--no-cost-explorer", is_flag=True, help="Leave out the one request that costs ($0.01)."
)
@click.option("--yes", is_flag=True, help="Agree to that request and to replacing settings.")
@json_option
@click.pass_obj
def connect(
    root_flags: dict[str, Any],
    /,
    regions: tuple[str, ...],
    no_cost_explorer: bool,
    yes: bool,
    as_json: bool,
    **flags: Any,
) -> None:
    """Find an AWS account's bill and write what was found into your settings.

    Looks who asks, whether Cost Explorer answers, which exports there are, which Glue table holds
    them and which Athena workgroup may ask it. What it does not ask, it takes from the flags.
    Writes nothing where each look was refused, or where what a flag names is not there.
    """
    from finops_repl.assembly.connecting.connect import Connecting, Wishes
    from finops_repl.assembly.connecting.settings_file import edit_of
    from finops_repl.assembly.signers import bill_signer, signer
    from finops_repl.base.config import read_settings
    from finops_repl.base.places import find_workspace
    from finops_repl.faces.connect import connect_json, edit_lines, step_lines
    from finops_repl.faces.story import error_line

    attended = sys.stdin.isatty() and sys.stderr.isatty() and not yes
    if not (attended or yes or no_cost_explorer):
        raise InputError(
            "whether Cost Explorer answers takes a request of $0.01, and nobody is there to ask",
            hint="agree with --yes, or leave it out with --no-cost-explorer",
        )
    typed = {name: value for name, value in flags.items() if value is not None}
    settings = read_settings({**root_flags, **typed}, find_workspace(root_flags.get("workspace")))
    identity = _chosen(signer(settings), attended=attended)
    connecting = Connecting(
        settings,
        identity,
        bill_signer(settings, identity),
        Wishes(regions, not no_cost_explorer),
        _Asked(attended),
        user=getpass.getuser(),
    )
    click.get_current_context().call_on_close(connecting.close)
    steps = []
    for step in connecting.steps():
        steps.append(step)
        if not as_json:
            click.echo(step_lines(step))
    failure = connecting.failure()
    if failure is not None:
        if as_json:
            print_json(connect_json(connecting, steps, failure=failure))
        say(f"finops-repl: {error_line(failure)}")
        raise SystemExit(exit_code_of(failure))
    edit = edit_of(connecting.values())
    (say if as_json else click.echo)(edit_lines(edit))
    _require_agreement(edit, attended=attended, yes=yes)
    if edit.diff:
        edit.make()
    if as_json:
        print_json(connect_json(connecting, steps, edit))
    else:
        say('Ask it: finops-repl --account aws (or account = "aws" at the head of that file)')


@dataclass(frozen=True, slots=True)
class _Asked:
    """Questions on the terminal; unattended, what the flags agreed to and the first of each."""

    attended: bool

    def agree(self, question: str) -> bool:
        return not self.attended or click.confirm(question, default=False, err=True)

    def choose(self, question: str, options: Sequence[str]) -> int:
        if not self.attended:
            return 0
        from finops_repl.faces.escapes import plain

        say("\n".join(f"  {number}  {plain(text)}" for number, text in enumerate(options, 1)))
        number: int = click.prompt(
            question, default=1, type=click.IntRange(1, len(options)), err=True
        )
        return number - 1

    def place(self, question: str) -> str:
        if not self.attended:
            return ""
        given: str = click.prompt(question, default="", show_default=False, err=True)
        return str(S3Place.of(given)) if given else ""


def _chosen(identity: Identity, *, attended: bool) -> Identity:
    """The identity, asked for where nobody chose one and several profiles could be meant."""
    import botocore.session

    if identity.is_chosen:
        return identity
    profiles = botocore.session.Session().available_profiles
    if attended and len(profiles) > 1:
        ordered = sorted(profiles, key=lambda name: (name != "default", name))
        number = _Asked(attended).choose("Which profile asks?", ordered)
        return replace(identity, profile=ordered[number], origin="your choice")
    if profiles and "default" not in profiles:
        raise InputError(
            "nobody said which AWS profile asks",
            hint=f"name it with --profile; there are: {', '.join(profiles)}",
        )
    return identity


def _require_agreement(edit: Edit, *, attended: bool, yes: bool) -> None:
    """Raise `InputError` where values would be replaced that somebody wants to keep."""
    if not edit.overwritten or yes:
        return
    replaced = ", ".join(edit.overwritten)
    if attended and click.confirm(f"Replace {replaced}?", default=False, err=True):
        return
    raise InputError(
        f"your settings were left as they are: {replaced} would be replaced",
        hint="agree with --yes" if not attended else "name what is to stay by its flag",
    )
