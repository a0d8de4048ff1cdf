"""The kept sessions from the command line."""

from __future__ import annotations

import click

from finops_repl.cli.options import json_option, print_json

__all__ = ["sessions"]


@click.command()
@json_option
def sessions(as_json: bool) -> None:
    """List the sessions that --resume goes on with, the last used first."""
    from finops_repl.agent.session_list import kept_sessions, summary_of
    from finops_repl.faces.listings import sessions_json, sessions_text

    listed = [summary_of(path) for path in kept_sessions()]
    if as_json:
        print_json(sessions_json(listed))
    else:
        click.echo(sessions_text(listed))
