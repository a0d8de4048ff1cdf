"""Kill -9 at every commit: what was promised on disk holds, and the session goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from finops_repl.agent.history import History
from finops_repl.agent.models.messages_api import MessagesModel, ModelSettings
from finops_repl.agent.sessions import SessionFile, SessionHead, sessions_dir
from tests.agent.chats import end_of
from tests.agent.fakes import session
from tests.agent.killed_program import Note
from tests.standin.messages_api import (
    Call,
    Failure,
    MessagesStandIn,
    Request,
    Text,
    Thinking,
    Turn,
    assert_calls_answered_once,
    assert_prefix_extensions,
)

MOST_COMMITS = 60


def name_of(request: Request) -> str:
    """Which session asks: its first question says so, also out of a summary."""
    text = json.dumps(request.messages)
    return text[text.index("killed-") :].partition("?")[0]


class Server:
    """Two calls, then a full conversation, a third call from its summary, and an answer."""

    def __init__(self) -> None:
        self.asked: dict[str, list[Request]] = defaultdict(list)

    def __call__(self, request: Request) -> Turn | Failure:
        if not request.body["tools"]:
            return Turn(Text("Two notes were taken."))
        name = name_of(request)
        asked = self.asked[name]
        asked.append(request)
        text = json.dumps(request.messages)
        if "go on" in text or "note 3" in text:
            return Turn(Text("Done.\n\nAll noted."))
        if "Two notes" in text:
            return Turn(Thinking(), Call("note", {"text": "note 3"}))
        if "note 1" in text:
            return Failure(400, "invalid_request_error", "prompt is too long: 9 > 8")
        notes = (Call("note", {"text": f"note {number}"}) for number in (1, 2))
        return Turn(Thinking(), Text("I look.\n\nThere."), *notes)


@dataclass
class Killed:
    server: Server
    url: str
    folder: Path
    count: int


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("killed")


@pytest.fixture(scope="module")
def killed(home: Path) -> Iterator[Killed]:
    """Sessions that were killed at each of their commits, and the server that they asked."""
    server = Server()
    with MessagesStandIn(server) as stand_in:
        environment = {**os.environ, "XDG_STATE_HOME": str(home / "state")}
        command = [sys.executable, "-m", "tests.agent.killed_program"]
        done = subprocess.run(
            [*command, stand_in.url, str(home), str(MOST_COMMITS)],
            capture_output=True,
            text=True,
            env=environment,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        yield Killed(server, stand_in.url, home, int(done.stdout))


@pytest.fixture(autouse=True)
def their_state(home: Path, monkeypatch: pytest.MonkeyPatch, private_home: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))


async def test_killed_at_any_commit_a_session_goes_on_as_if_interrupted(killed: Killed) -> None:
    assert killed.count > 20  # messages and events of one turn
    model = MessagesModel(ModelSettings(base_url=killed.url))
    for number in range(1, killed.count):
        name = f"killed-{number}"
        file = SessionFile.reopen(sessions_dir() / f"{name}.jsonl")
        history = file.history()
        assert history.open_calls == ()
        notes = killed.folder / name
        before = notes.read_text().splitlines() if notes.exists() else []
        resumed = session(model, [Note(notes)], history=history, record=file.record)
        assert end_of(await resumed.ask(f"go on, {name}?")).end == "answered"
        after = notes.read_text().splitlines() if notes.exists() else []
        assert len(after) == len(set(after)), f"{name}: a call ran twice"
        assert after == before, f"{name}: what was left open ran later"
        known = known_calls(history)
        assert set(after) <= known, f"{name}: what no line on the disk knows has run"
    await model.aclose()


def known_calls(history: History) -> set[str]:
    """The notes of which the conversation tells, in itself or in its summary."""
    told = str(history.messages)
    found = {f"note {number}" for number in (1, 2, 3) if f"note {number}" in told}
    return found | ({"note 1", "note 2"} if "Two notes" in told else set())


async def test_what_was_sent_before_the_kill_is_the_prefix_of_what_is_sent_after(
    killed: Killed,
) -> None:
    for number in range(1, killed.count):
        requests = killed.server.asked[f"killed-{number}"]
        assert_prefix_extensions(requests, branches=1)
        for request in requests:
            assert_calls_answered_once(request.messages)
    # The kill behind the opening of the branch is the first that goes on from the summary.
    resumed = [killed.server.asked[f"killed-{number}"] for number in range(1, killed.count)]
    assert any("Two notes" in json.dumps(requests[-1].messages) for requests in resumed)


def test_each_message_is_on_the_disk_before_anything_follows_from_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    synced: list[int] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        real(descriptor)
        synced.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "fsync", fsync)
    file = SessionFile.create(SessionHead("synced"))
    history = History((), file.commit)
    history.ask("why?", {})
    assert synced[-1:] == [file.path.stat().st_size]
    history.add_note("go on")
    assert synced[-1:] == [file.path.stat().st_size]
