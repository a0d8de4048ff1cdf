"""`python -m tests.peers [TOOL ...]`: our sandbox beside other tools', interleaved.

Each tool is installed from PyPI into an environment of its own (FINOPS_PEERS_HOME, else the
user's cache) and gets our sandbox image with the least that it needs added. Where a tool can be
made faster by a setting it is: nothing is installed at start, no network where it may be left
out, containers that stop at once.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import docker

from finops_repl.sandbox.docker_connect import connect
from finops_repl.sandbox.image import image_tag
from tests.bench.machine import describe_machine
from tests.peers.contest import ENTRIES, OURS, run_contest
from tests.peers.driven import Driven
from tests.peers.environments import python_of
from tests.peers.images import LABEL, with_kernel, with_python
from tests.peers.pins import PEERS
from tests.peers.table import print_contest, print_goal


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.peers", description=__doc__)
    parser.add_argument("tools", nargs="*", metavar="TOOL", help=", ".join(PEERS))
    parser.add_argument("--rounds", type=int, default=15, help="rounds of single runs")
    parser.add_argument("--bursts", type=int, default=5, help="rounds of bursts")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.tools) - PEERS.keys()
    if unknown:
        parser.error(f"no such tool: {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    client = connect()
    with ExitStack() as stack:
        stack.callback(client.close)
        _remove_leftovers(client)  # of a contest that was killed
        stack.callback(_remove_leftovers, client)
        home = stack.enter_context(tempfile.TemporaryDirectory())
        complaints = stack.enter_context((Path(home) / "complaints").open("w"))
        tools = {
            name: stack.enter_context(
                Driven(
                    f"tests.peers.on_{name.replace('-', '_')}",
                    sys.executable if name == OURS else python_of(name),
                    _image_for(client, name),
                    _environment(home),
                    complaints,
                )
            )
            for name in (OURS, *(chosen.tools or PEERS))
        }
        print(describe_machine())
        print("peers     " + ", ".join(PEERS[name] for name in tools if name != OURS), flush=True)
        rows = run_contest(ENTRIES, tools, chosen.rounds, chosen.bursts)
        print_contest(rows)
        print_goal(rows)


def _image_for(client: docker.DockerClient, tool: str) -> str:
    if tool == OURS:
        return image_tag()
    make = with_kernel if tool == "smolagents" else with_python
    return make(client, image_tag())


def _environment(home: str) -> dict[str, str]:
    """What a driver sees: the user's own environment, private folders for what it leaves."""
    folders = {f"XDG_{kind}_HOME": f"{home}/{kind.lower()}" for kind in ("STATE", "CACHE", "DATA")}
    return dict(os.environ) | folders | {"TMPDIR": home}


def _remove_leftovers(client: docker.DockerClient) -> None:
    """Containers of peers that are still there, by the label of their image."""
    for container in client.containers.list(all=True, filters={"label": LABEL}):
        container.remove(force=True)


if __name__ == "__main__":
    main()
