"""Sessions as their users have them: gone on with after a crash, undone, refused to a second."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import Finops
from tests.faces.pseudo_terminal import PseudoTerminal
from tests.standin.messages_api import (
    Call,
    MessagesStandIn,
    Request,
    Text,
    Turn,
    assert_calls_answered_once,
    assert_prefix_extensions,
)

pytestmark = pytest.mark.filterwarnings(
    # The program is replaced right after the fork; no lock of ours is held across it.
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)

COSTS = "day,service,cost\n2026-09-01,AmazonEC2,12.25\n2026-09-02,AmazonRDS,0.25\n"
SQL = "SELECT sum(CAST(cost AS decimal(18,10))) AS cost FROM costs"
CTRL_C = "\x03"

OpenChat = Callable[..., PseudoTerminal]


@pytest.fixture
def costs(workspace: Path) -> Path:
    file = workspace.parent / "costs.csv"
    file.write_text(COSTS)
    return file


@pytest.fixture
def open_chat(
    tmp_path: Path, workspace: Path, costs: Path, shared_cache: Path
) -> Iterator[OpenChat]:
    """A chat about the user's own files, where code is asked for; closed at the end."""
    opened: list[PseudoTerminal] = []

    def chat(server: MessagesStandIn, *arguments: str, **env: str) -> PseudoTerminal:
        terminal = PseudoTerminal(
            tmp_path,
            *arguments,
            program="tests.faces.command_program",
            account=f"files:{costs.name}",
            columns=100,
            lines=40,
            ANTHROPIC_BASE_URL=server.url,
            FINOPS_WORKSPACE=str(workspace),
            FINOPS_SANDBOX_POOL="0",
            XDG_CACHE_HOME=str(shared_cache),
            **env,
        )
        opened.append(terminal)
        terminal.until(terminal.at_prompt)
        return terminal

    yield chat
    for terminal in opened:
        terminal.close()


def say(terminal: PseudoTerminal, line: str, *answers: str) -> None:
    terminal.send(f"{line}\r")
    for answer in answers:
        terminal.until(answer)
    terminal.until(terminal.at_prompt)


def texts(request: Request) -> list[str]:
    """The user's questions in a request."""
    firsts = (m["content"][0] for m in request.messages if m["role"] == "user")
    return [block["text"] for block in firsts if block["type"] == "text"]


def test_a_killed_session_goes_on_as_an_extension_and_undo_opens_a_branch(
    open_chat: OpenChat, costs: Path, finops: Finops, tmp_path: Path
) -> None:
    turns = [
        Turn(Text("First answer.")),
        Turn(Text("Half of an answer", piece=4), stall_after=6),
        Turn(Text("Third answer.")),
        Turn(Text("Fourth answer.")),
    ]
    with MessagesStandIn(turns) as server:
        killed = open_chat(server, "--account", f"files:{costs}")
        say(killed, "one", "First answer.")
        killed.send("two\r")
        killed.until(lambda: len(server.requests) == 2)
        killed.signal(signal.SIGKILL)
        killed.exit_code()

        chat = open_chat(server, "--continue", "--account", f"files:{costs}")
        assert "goes on: 2 turns so far" in chat.text()
        assert "> two" in chat.text()
        assert "interrupted; what is above stays" in chat.text()
        say(chat, "three", "Third answer.")
        (file,) = (tmp_path / ".local/state/finops-repl/sessions").iterdir()
        state = {"XDG_STATE_HOME": str(tmp_path / ".local/state")}
        second = finops("--resume", file.stem[:5], "-p", "me too", env=state)
        assert second.code == 2
        assert f"another process goes on with the session {file.stem}" in second.stderr

        say(chat, "/undo", "undone: three")
        say(chat, "four", "Fourth answer.")
        chat.send("/exit\r")
        assert chat.exit_code() == 0
        assert f"go on with: finops-repl --resume {file.stem}" in chat.text()

        listed = finops("sessions", "--json", env=state).json()["sessions"]
        (only,) = listed
        assert (only["id"], only["turns"], only["first_question"]) == (file.stem, 3, "one")
    first, stalled, third, fourth = server.requests
    assert_prefix_extensions([first, stalled, third])
    assert texts(third) == ["one", "two", "three"]
    undone = len(stalled.messages)
    assert json.dumps(fourth.messages[:undone]) == json.dumps(third.messages[:undone])
    assert texts(fourth) == ["one", "two", "four"]
    assert fourth.body["system"] == first.body["system"]
    assert fourth.body["tools"] == first.body["tools"]


EDITOR = "#!/bin/sh\nsed -i 's/the model/the user/' \"$1\"\n"


def code(text: str) -> Turn:
    return Turn(Call("execute_code", {"language": "python", "code": f"print('by {text}')"}))


def told(request: Request) -> dict[str, Any]:
    """The last tool result that the model got."""
    (block,) = request.messages[-1]["content"]
    result: dict[str, Any] = json.loads(block["content"])
    return result


def test_code_is_approved_edited_refused_and_granted_in_its_sandbox(
    open_chat: OpenChat, costs: Path, tmp_path: Path
) -> None:
    editor = tmp_path / "editor"
    editor.write_text(EDITOR)
    editor.chmod(0o700)
    done = Turn(Text("Done."))
    turns = [code("the model"), done, code("x"), done, code("y"), code("z"), done, code("x"), done]
    with MessagesStandIn(turns) as server:
        chat = open_chat(server, "--account", f"files:{costs}", EDITOR=str(editor))
        chat.send("edited\r\r\r")  # the further ones approve nothing
        chat.until("? help:")
        assert "│ by" not in chat.text()
        chat.send("e\r")
        chat.until("python, edited\n  print('by the user')")
        chat.send("y\r")
        chat.until("  │ by the user\n✓ finished")
        chat.until(chat.at_prompt)
        chat.send("refused\r")
        chat.until(lambda: chat.text().count("? Run this python script") == 2)
        chat.send("n use the report\r")
        chat.until(lambda: len(server.requests) == 4)
        chat.until(chat.at_prompt)
        chat.send("always\r")
        chat.until(lambda: chat.text().count("? Run this python script") == 3)
        chat.send("a\r")
        chat.until("  │ by z")
        chat.until(chat.at_prompt)
        say(chat, "/approvals", "unasked in this session and the sandbox ")
        say(chat, "/approvals revoke code", "code: you are asked again")
        chat.send("stopped\r")
        chat.until(lambda: chat.text().count("? help:") == 5)
        chat.send(CTRL_C)
        chat.until("interrupted; what is above stays")
        say(chat, "after", "Done.")
        say(chat, "/export --script", "session-")
    assert told(server.requests[1])["code_that_ran"] == "print('by the user')"
    assert told(server.requests[3])["reason"] == "use the report"
    for request in server.requests:
        assert_calls_answered_once(request.messages)
    assert_prefix_extensions(server.requests)
    (exported,) = (tmp_path / "workspace" / "data").glob("session-*.sh")
    script = exported.read_text()
    assert "print('by the user')" in script
    assert "print('by the model')" not in script
    assert script.count("--language python") == 3, "what was refused or stopped is left out"


def test_figures_of_the_earlier_part_stay_citable(finops: Finops, costs: Path) -> None:
    total = Call("query_bill", {"sql": SQL})
    turns = [
        Turn(total),
        Turn(Text("It is $12.50 [f1].")),
        Turn(total),
        Turn(Text("It was $12.50 [f1], and is $12.50 [f2].")),
    ]
    with MessagesStandIn(turns) as server:
        env = {"ANTHROPIC_BASE_URL": server.url}
        first = finops("--account", f"files:{costs}", "-p", "how much?", "--json", env=env)
        session = first.json()["session"]
        again = finops("--resume", session[:6], "-p", "still?", "--json", env=env).json()
        assert_prefix_extensions(server.requests)
    assert again["session"] == session
    assert again["answer"] == "It was $12.50 [f1], and is $12.50 [f2]."
    assert [figure["id"] for figure in again["figures"]] == ["f1", "f2"]
    assert again["unsourced"] == []
