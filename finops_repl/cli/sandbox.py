"""The sandbox from the command line: its image, its state, its leftovers."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.cli.options import json_option, print_json, say
from finops_repl.cli.packages import agreement, packages, packages_json

if TYPE_CHECKING:
    from finops_repl.sandbox.verdict import Verdict

__all__ = ["sandbox"]


@click.group()
def sandbox() -> None:
    """The Docker sandbox: its image and what is left of earlier runs."""


sandbox.add_command(packages)


@sandbox.command("build")
@click.option("--base", metavar="IMAGE", help="The Debian image to build on.")
@click.option("--workspace", metavar="FOLDER", help="Whose own packages are added.")
@click.option("--yes", is_flag=True, help="Agree to the workspace's packages as they are shown.")
@json_option
def sandbox_build(base: str | None, workspace: str | None, yes: bool, as_json: bool) -> None:
    """Build the sandbox image, with the packages that the workspace asks for.

    A second build of the same inputs builds nothing.
    """
    from finops_repl.assembly.packages import add_packages
    from finops_repl.base.places import find_workspace

    tag, lock = add_packages(find_workspace(workspace), agreement(yes), say, base=base)
    if as_json:
        print_json(json.dumps({"image": tag, **packages_json(lock)}, indent=2))
    else:
        click.echo(tag)


@sandbox.command("status")
@click.option("--prove", is_flag=True, help="Try the limits now; exit code 4 where one gives way.")
@click.option("--workspace", metavar="FOLDER", help="Whose own packages are looked at.")
@json_option
def sandbox_status(prove: bool, workspace: str | None, as_json: bool) -> None:
    """Say whether an engine answers, the images are there, and each limit of a box holds.

    The limits are tried in a container of their own, once for each start of the engine.
    """
    from finops_repl.assembly.engine import limits_verdict
    from finops_repl.assembly.engine import sandbox_status as read_status
    from finops_repl.assembly.packages import packages_state
    from finops_repl.base.places import find_workspace

    status = read_status()
    status["packages"] = packages_state(find_workspace(workspace))
    verdict: Verdict | None = None
    try:
        verdict = limits_verdict(anew=prove)
    except SandboxUnavailable as error:
        if prove:
            raise
        status["limits"] = f"not tested: {error.message}"
    if as_json:
        tested = {} if verdict is None else {"limits": _limits_json(verdict)}
        print_json(json.dumps({**status, **tested}, indent=2))
    else:
        lines = [f"{name:<8} {value}" for name, value in status.items()]
        click.echo("\n".join(lines + ([] if verdict is None else _limits_lines(verdict))))
    if prove and verdict is not None:
        verdict.require()


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


def _limits_lines(verdict: Verdict) -> list[str]:
    count = len(verdict.broken)
    said = f"{count} of {len(verdict.proofs)} give way" if count else "all hold"
    lines = [f"limits   {said} (cgroup {verdict.cgroup}, tried in {verdict.took_s:.1f} s)"]
    for proof in verdict.proofs:
        word = "holds" if proof.holds else "GIVES WAY"
        lines.append(f"  {word:<9}  {proof.limit}: {proof.tried}: {proof.happened}")
    return lines


def _limits_json(verdict: Verdict) -> dict[str, object]:
    return {
        "hold": not verdict.broken,
        "cgroup": verdict.cgroup,
        "took_s": verdict.took_s,
        "proofs": [asdict(proof) for proof in verdict.proofs],
    }
