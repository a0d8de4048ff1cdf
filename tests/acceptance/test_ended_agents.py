"""An agent that is ended while a script runs in a real box: the box goes, the session goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from finops_repl.agent.models.port import ToolResultBlock
from finops_repl.agent.sessions import SessionFile, sessions_dir
from finops_repl.sandbox.docker_connect import connect
from finops_repl.sandbox.docker_engine import DockerEngine
from tests.acceptance.conftest import ACCOUNT, COMMAND
from tests.sandbox.running import soon
from tests.standin.messages_api import Call, MessagesStandIn, Request, Text, Turn

SLEEP = {"language": "python", "code": "import time\nprint('asleep', flush=True)\ntime.sleep(60)"}


def server(request: Request) -> Turn:
    if request.messages[-1]["content"][0]["type"] == "tool_result":
        return Turn(Text("Done."))
    return Turn(Call("execute_code", SLEEP))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_the_box_is_gone_and_the_conversation_whole(
    number: signal.Signals, workspace: Path
) -> None:
    DockerEngine().verdict()  # trying an engine's limits for the first time takes a box, too
    client = connect()
    command = [COMMAND, "--account", ACCOUNT, "--output-format", "stream-json", "-p", "Sleep."]
    with MessagesStandIn(server) as stand_in:
        env = {
            **os.environ,
            "FINOPS_WORKSPACE": str(workspace),
            "ANTHROPIC_BASE_URL": stand_in.url,
            "ANTHROPIC_API_KEY": "sk-test",
        }
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=env
        ) as running:
            assert running.stdout is not None
            ours = {"label": f"finops-repl.pid={running.pid}"}
            events = (json.loads(line) for line in running.stdout)
            asleep = next(event for event in events if event["type"] == "CodeOutput")
            assert client.api.containers(filters=ours)
            running.send_signal(number)
            told = [asleep, *events]
        if number == signal.SIGINT:
            assert (told[-1]["type"], told[-1]["end"]) == ("TurnFinished", "interrupted")
            assert running.returncode == 130
            assert not client.api.containers(all=True, filters=ours)
        else:
            DockerEngine().sweep()  # what the next start does
            assert soon(lambda: not client.api.containers(all=True, filters=ours))
    client.close()
    history = SessionFile.reopen(sessions_dir() / f"{asleep['session']}.jsonl").history()
    assert history.open_calls == ()
    (result,) = history.messages[-1].content
    assert isinstance(result, ToolResultBlock)
    assert result.is_error
