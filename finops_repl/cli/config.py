"""`finops-repl config`: what holds here, and which flag, variable or file said so."""

from __future__ import annotations

from typing import Any

import click

from finops_repl.base.errors import UnknownName
from finops_repl.cli.options import house_options, json_option, print_json, say, typed_flags

__all__ = ["config"]


@click.command()
@click.argument("name", required=False)
@house_options
@json_option
@click.pass_obj
def config(root_flags: dict[str, Any], /, name: str | None, as_json: bool, **flags: Any) -> None:
    """Show each setting with its value and origin, or the value of NAME alone.

    A flag counts before a variable of the environment, that before your .env, that before your
    settings.toml, that before the workspace's finops-repl.toml. Of keys only that they are set is
    shown.
    """
    from finops_repl.assembly.accounts import account_instead
    from finops_repl.assembly.models import model_instead
    from finops_repl.assembly.shelf import chosen_workspace
    from finops_repl.base.config import read_settings
    from finops_repl.base.shown_settings import shown_settings
    from finops_repl.faces.settings import (
        origin_text,
        setting_json,
        settings_json,
        settings_text,
        value_text,
    )

    chosen = typed_flags(root_flags, flags)
    workspace = chosen_workspace(chosen)
    settings = read_settings(chosen, workspace)
    instead = {"account": account_instead(settings), "model": model_instead(settings)}
    shown = shown_settings(settings, workspace, chosen, instead=instead)
    if name is None:
        if as_json:
            print_json(settings_json(shown))
        else:
            click.echo(settings_text(shown))
        return
    found = next((each for each in shown if each.name == name), None)
    if found is None:
        raise UnknownName("setting", name, (each.name for each in shown))
    if as_json:
        print_json(setting_json(found))
    else:
        click.echo("" if found.value is None else value_text(found.value))
        say(origin_text(found))
