"""The sandbox from the command line: its image, its state, its leftovers."""

from __future__ import annotations

import json

import click

from finops_repl.cli.options import json_option, print_json, say

__all__ = ["sandbox"]


@click.group()
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
