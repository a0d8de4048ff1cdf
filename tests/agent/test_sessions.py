"""What is left of a session on disk, and how it goes on after a crash."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from finops_repl.agent.history import History
from finops_repl.agent.models.port import Message, Reply, TextBlock, ToolResultBlock, ToolUse
from finops_repl.agent.sessions import SessionFile
from finops_repl.base.errors import DamagedFile
from finops_repl.base.events import AnswerBlock, EventLog
from finops_repl.base.scope import Scope


def conversation(file: SessionFile) -> History:
    history = History(on_append=file.commit)
    history.ask("why?", {"today": "2026-11-20"})
    history.add_reply(
        Reply(
            (TextBlock("Look."), ToolUse("a", "echo", {"n": 1}), ToolUse("b", "echo", {})),
            "tool_use",
        )
    )
    history.add_results({k: ToolResultBlock(k, "{}") for k in ("b", "a")})
    history.add_reply(Reply((TextBlock("Because."),), "end_turn"))
    return history


def test_session_is_private_and_begins_with_its_schema() -> None:
    file = SessionFile.create("s1")
    scope = Scope("sim-shop", Path("/nowhere"), "u")
    file.record(EventLog(scope).wrap(AnswerBlock("Hello")))
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    first, second = file.path.read_text().splitlines()
    assert json.loads(first) == {"type": "Session", "schema": 1}
    assert json.loads(second)["text"] == "Hello"
    assert file.events()[0]["type"] == "AnswerBlock"


def test_a_conversation_comes_back_as_it_was() -> None:
    file = SessionFile.create("s2")
    history = conversation(file)
    assert file.history().messages == history.messages


def test_a_crash_after_any_byte_leaves_a_conversation_that_goes_on() -> None:
    whole = SessionFile.create("s3")
    conversation(whole)
    content = whole.path.read_bytes()
    torn = SessionFile.create("s4")
    for length in range(len(content) + 1):
        torn.path.write_bytes(content[:length])
        history = torn.history()
        assert history.open_calls == ()
        history.ask("go on", {})
        assert torn.history().messages == history.messages


def test_a_message_that_leaves_calls_open_is_never_added() -> None:
    history = History()
    history.ask("why?", {})
    history.add_reply(Reply((ToolUse("a", "echo", {}),), "tool_use"))
    with pytest.raises(AssertionError):
        history.add_note("hello")
    history.answer_open_calls()
    (result,) = history.messages[-1].content
    assert isinstance(result, ToolResultBlock)
    assert result.is_error


def test_another_schema_is_named_and_left_untouched() -> None:
    file = SessionFile.create("s5")
    file.path.write_text('{"type": "Session", "schema": 2}\n')
    with pytest.raises(DamagedFile, match="s5"):
        file.events()


def test_messages_are_told_as_they_are_added() -> None:
    told: list[Message] = []
    history = History(on_append=told.append)
    history.ask("why?", {})
    assert tuple(told) == history.messages
