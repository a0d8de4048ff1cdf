"""Saved workflows from the command line: run one, list all."""

from __future__ import annotations

from typing import Any

import click

from finops_repl.cli.options import (
    Seconds,
    cancelled_by_signals,
    house_options,
    json_option,
    open_house,
    print_json,
    typed_flags,
)
from finops_repl.cli.run import conclude_run

__all__ = ["run_workflow", "workflows"]


@click.command("run-workflow")
@click.argument("name")
@house_options
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter.")
@click.option("--timeout", "timeout_s", type=Seconds(), help="Seconds that the script may run.")
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
    from finops_repl.assembly.launching import launched_sandbox

    sandbox = launched_sandbox(typed_flags(root_flags, flags), name)
    if sandbox is not None:
        click.get_current_context().call_on_close(sandbox.close)
    house = open_house(root_flags, flags, headless=True, sandbox=sandbox)
    from finops_repl.faces.runs import LiveOutput  # behind the launch, for all that they load
    from finops_repl.workflows.parameters import split_assignments

    output = LiveOutput(silent=as_json)
    report = house.workflow_runner.run(
        house.scope,
        house.workflows.load(name),
        split_assignments(params),
        timeout_s=house.chosen_timeout_s,
        on_output=output,
        cancelled=cancelled_by_signals(),
    )
    output.close()
    conclude_run({"workflow": name}, house.account.name, report, as_json=as_json)


@click.command()
@click.option("--tag", help="Only those with this tag.")
@house_options
@json_option
@click.pass_obj
def workflows(root_flags: dict[str, Any], /, tag: str | None, as_json: bool, **flags: Any) -> None:
    """List the saved workflows; no account is opened."""
    from finops_repl.assembly.shelf import chosen_workspace, workflow_shelf
    from finops_repl.faces.listings import workflows_json, workflows_text

    listings = workflow_shelf(chosen_workspace(typed_flags(root_flags, flags))).list(tag)
    if as_json:
        print_json(workflows_json(listings))
    else:
        click.echo(workflows_text(listings, tag))
