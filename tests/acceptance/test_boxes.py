"""How many containers a command costs, as the engine counts them."""

from __future__ import annotations

import os
import subprocess
import time
from collections import Counter
from pathlib import Path

import pexpect
import pytest

from finops_repl.sandbox.docker_connect import connect
from finops_repl.sandbox.docker_engine import DockerEngine
from tests.acceptance.conftest import ACCOUNT, COMMAND
from tests.sandbox.running import soon


@pytest.fixture(autouse=True)
def proven() -> None:
    """The limits of this engine are known: else a first box, once, is one more to try them."""
    DockerEngine().verdict()


def test_a_workflow_in_a_process_of_its_own_starts_exactly_one_container(workspace: Path) -> None:
    began = int(time.time()) - 1
    command = [COMMAND, "run-workflow", "monthly-cost-report", "--account", ACCOUNT, "--json"]
    running = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=workspace.parent,
        env={**os.environ, "FINOPS_WORKSPACE": str(workspace)},
    )
    assert running.wait(timeout=120) == 0
    client = connect()
    events = client.events(
        since=began,
        until=int(time.time()) + 1,
        decode=True,
        filters={"label": f"finops-repl.pid={running.pid}", "event": ["create", "die"]},
    )
    assert Counter(event["Action"] for event in events) == {"create": 1, "die": 1}
    client.close()


def test_a_chat_keeps_two_boxes_ready_and_takes_them_along_when_it_ends(workspace: Path) -> None:
    client = connect()
    env = {**os.environ, "FINOPS_WORKSPACE": str(workspace), "TERM": "dumb"}
    chat = pexpect.spawn(COMMAND, ["--account", ACCOUNT], env=env, timeout=60, encoding="utf-8")
    ours = {"label": f"finops-repl.pid={chat.pid}"}
    chat.expect("Ctrl-D leaves")
    chat.expect("> ")
    assert soon(lambda: len(client.api.containers(filters=ours)) == 2, 60)
    chat.send("/exit\r")
    chat.expect(pexpect.EOF)
    chat.close()
    assert chat.exitstatus == 0
    assert soon(lambda: not client.api.containers(all=True, filters=ours))
    client.close()
