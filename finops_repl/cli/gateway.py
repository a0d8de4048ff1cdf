"""`finops-repl gateway`: the door for other programs, the AWS CLI or any SDK."""

from __future__ import annotations

import json
import shlex
import threading
from contextlib import ExitStack
from typing import Any

import click

from finops_repl.base.errors import InputError
from finops_repl.cli.options import cancelled_by_signals, house_options, json_option, open_house

__all__ = ["gateway"]

WAIT_S = 3600.0


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="On 127.0.0.1; 0 takes a free one."
)
@house_options
@json_option
@click.pass_obj
def gateway(root_flags: dict[str, Any], /, port: int, as_json: bool, **flags: Any) -> None:
    """Serve the account's AWS services on loopback until Ctrl-C: reads alone, each on record.

    Prints the variables that turn the AWS CLI or any SDK to it. Who does not sign with this
    start's key is refused.
    """
    from finops_repl.aws.call import Caller
    from finops_repl.gateway.loopback import open_loopback

    ended = cancelled_by_signals()
    house = open_house(root_flags, flags, headless=True)
    caller = Caller(session=house.scope.session, user=house.scope.user)
    with ExitStack() as open_doors:
        try:
            door = open_doors.enter_context(open_loopback(house.gateway, caller, port=port))
        except OSError as error:
            raise InputError(
                f"port {port} of 127.0.0.1 cannot be served: {error.strerror}",
                hint="name another --port, or 0 for a free one",
            ) from error
        environment = door.environment()
        if as_json:
            click.echo(json.dumps({"account": house.account.name, "environment": environment}))
        else:
            click.echo(f"# {house.account.name}; the key lasts until this command ends (Ctrl-C)")
            click.echo(
                "\n".join(
                    f"export {name}={shlex.quote(value)}" for name, value in environment.items()
                )
            )
        _wait(ended)


def _wait(ended: threading.Event) -> None:
    # An endless wait would not see a signal on every system.
    while not ended.wait(WAIT_S):
        pass
