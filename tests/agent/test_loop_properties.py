"""The loop, whatever the model, its server, the network and the user's Ctrl-C do.

Of every conversation hold: each call has one result; each request extends the last one of its
branch; nothing cut off, doubled or refused runs; the turn ends; no box stays; it goes on.
"""

from __future__ import annotations

import asyncio
import errno
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops_repl.agent.history import History
from finops_repl.agent.limits import TurnLimits
from finops_repl.agent.models.messages_api import MessagesModel, ModelSettings
from finops_repl.agent.models.port import Message, Model
from finops_repl.agent.models.wire import message_to_fields
from finops_repl.base.caps import Caps
from finops_repl.base.errors import InputError
from finops_repl.base.events import ApprovalRequested, Event, TurnEnd, TurnFinished
from finops_repl.tools.tool import ApprovalNeed, Tool, ToolContext, ToolResult
from tests.agent.chats import Chat
from tests.agent.fakes import Costly, Echo, NoInput, session
from tests.agent.scripted import FaultyServer, Recorded, Scripted, scripts
from tests.agent.steps import Steps
from tests.standin.messages_api import (
    Call,
    Failure,
    MessagesStandIn,
    Text,
    Thinking,
    Turn,
    assert_calls_answered_once,
    assert_prefix_extensions,
)

Given = TypeVar("Given")
Script = Sequence[Turn | Failure]

PATIENT = TurnLimits(
    turn=Caps(tool_calls=9), first_wait_s=0.0005, longest_wait_s=0.01, tool_stop_s=5
)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
BROAD = settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=SLOW, database=None
)
ON_THE_WIRE = settings(BROAD, max_examples=12)


@dataclass
class Box(Tool[NoInput]):
    """A script in a container of its own: it is gone only when the call ends."""

    running: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    name = "box"
    description = "Runs for a moment, or until it is cancelled."
    input_model = NoInput

    def run(self, context: ToolContext, given: NoInput) -> ToolResult:
        with self.lock:
            self.running += 1
        try:
            if context.cancelled.wait(0.001):
                time.sleep(0.005)  # a box takes its time to go
        finally:
            with self.lock:
                self.running -= 1
        return ToolResult({"reason": "exit"})


def run(work: Coroutine[Any, Any, Given]) -> Given:
    with asyncio.Runner() as runner:
        return runner.run(work)


OnEvent = Callable[[Chat, Event], None]


@dataclass
class Trial:
    """One faulty server, one agent with tools, and what must hold of them after every turn."""

    server: FaultyServer
    on_event: OnEvent = lambda chat, event: None
    need: ApprovalNeed | None = None

    async def in_process(self, *questions: str) -> list[TurnEnd]:
        model = Scripted(self.server)
        return await self._converse(model, model, questions)

    async def on_the_wire(self, *questions: str, patience_s: float = 5.0) -> list[TurnEnd]:
        with MessagesStandIn(self.server) as stand_in:
            settings = ModelSettings(base_url=stand_in.url, read_timeout_s=patience_s)
            real = MessagesModel(settings)
            try:
                model = Recorded(real)
                return await self._converse(model, model, questions)
            finally:
                await real.aclose()

    async def _converse(self, model: Model, asked: Any, questions: Sequence[str]) -> list[TurnEnd]:
        echo, box = Echo(self.need), Box()
        chat = Chat(asked, session(model, (echo, Costly(), box), limits=PATIENT))
        for question in ("hello", *questions):
            await chat.ask(question, lambda event: self.on_event(chat, event))
            assert len(echo.seen) == len(set(echo.seen)), "a call ran twice"
            assert set(echo.seen) <= self.server.may_run, "what was cut off ran"
            assert box.running == 0, "a box was left"
        facts = [event.fact for event in chat.session.recorded]
        return [fact.end for fact in facts if isinstance(fact, TurnFinished)]


def questions(script: Script) -> list[str]:
    """As many as use up the script, whatever it does to each turn."""
    return ["why?", "go on", *("please" for _ in script), "so?"]


@BROAD
@given(scripts())
def test_whatever_a_server_does_the_turn_ends_and_the_session_goes_on(script: Script) -> None:
    ends = run(Trial(FaultyServer(script)).in_process(*questions(script)))
    assert ends[-1] == "answered"


@ON_THE_WIRE
@given(scripts())
def test_whatever_comes_over_the_wire_the_turn_ends_and_the_session_goes_on(
    script: Script,
) -> None:
    ends = run(Trial(FaultyServer(script)).on_the_wire(*questions(script), patience_s=0.1))
    assert ends[-1] == "answered"


@BROAD
@given(scripts(), st.integers(4, 40))
def test_ctrl_c_at_any_event_of_any_conversation(script: Script, at: int) -> None:
    def stop(chat: Chat, event: Event) -> None:
        if event.seq == at:
            chat.session.agent.interrupt()

    asked = [*questions(script), "and now?"]
    ends = run(Trial(FaultyServer(script), stop).in_process(*asked))
    assert "answered" in ends[-2:]


REPLY = (Thinking(), Text("I look.\n\nThere."), Call("echo"), Call("box"), Call("cost"))
ORDINARY: Script = (Turn(*REPLY), Turn(Text("Done.\n\nReally.")))
TROUBLED: Script = (
    Failure(529, "overloaded_error"),
    Turn(Text("Hm.\n\nHm."), drop_after=8),
    Turn(*REPLY),
    Failure(400, "invalid_request_error", "prompt is too long: 9 > 8"),
    Turn(Call("box"), framing="close-delimited"),
    Turn(Text("Done."), stop="pause_turn"),
)


@pytest.mark.parametrize("times", [1, 2, 3], ids=["once", "twice", "three times"])
@pytest.mark.parametrize("script", [ORDINARY, TROUBLED], ids=["ordinary", "troubled"])
def test_ctrl_c_at_every_await_of_a_conversation(script: Script, times: int) -> None:
    async def interrupted(at: int) -> int:
        steps = Steps(*range(at, at + times))
        steps.watch()
        asked = ("why?", "go on", *["so?"] * times)
        ends = await Trial(FaultyServer(script)).in_process(*asked)
        assert "answered" in ends[-1 - times :]
        return steps.count

    at = 1
    while at <= run(interrupted(at)):
        at += 1
    assert at > 30  # else it was no conversation


def test_ctrl_c_at_every_await_of_a_turn_on_the_wire() -> None:
    async def interrupted(at: int) -> int:
        steps = Steps(at)
        steps.watch()
        ends = await Trial(FaultyServer(ORDINARY)).on_the_wire("why?", "so?")
        assert "answered" in ends[-2:]
        return steps.count

    at = 1
    while at <= run(interrupted(at)):
        at += 1
    assert at > 10


def test_a_disk_that_is_full_at_any_line_ends_the_turn_and_no_session() -> None:
    async def asked(full_at: int) -> int:
        lines = 0
        kept: list[dict[str, Any]] = []

        def write(line: Event | Message) -> None:
            nonlocal lines
            lines += 1
            if full_at <= lines < full_at + 3:
                raise OSError(errno.ENOSPC, "no space left")
            if isinstance(line, Message):
                kept.append(message_to_fields(line))

        echo, box, model = Echo(), Box(), Scripted(FaultyServer(ORDINARY))
        tools = (echo, Costly(), box)
        chat = session(model, tools, record=write, history=History((), write), limits=PATIENT)
        failed = 0
        for question in ("hello", "why?", "go on", "so?", "and now?"):
            try:
                async with asyncio.timeout(20):
                    async for event in chat.agent.run(question):
                        last = event.fact
            except OSError:
                failed += 1
            assert box.running == 0
            assert len(echo.seen) == len(set(echo.seen))
        assert isinstance(last, TurnFinished)
        assert last.end == "answered"
        assert_prefix_extensions(model.requests)
        for request in model.requests:
            assert_calls_answered_once(request.messages)
            assert request.messages == kept[: len(request.messages)], "sent, and not on the disk"
        return failed

    for at in range(1, 24):  # the lines of all but the last two questions
        assert run(asked(at))


def test_ctrl_c_at_every_await_of_an_approval() -> None:
    def agree(chat: Chat, event: Event) -> None:
        if isinstance(event.fact, ApprovalRequested):
            with suppress(InputError):  # the interrupt was quicker
                chat.session.agent.answer(event.fact.approval_id, "yes")

    async def interrupted(at: int) -> int:
        server = FaultyServer([Turn(Call("echo"), Call("box"), Call("echo"))])
        steps = Steps(at)
        steps.watch()
        need = ApprovalNeed("code", "Run this", "print(1)")
        ends = await Trial(server, agree, need).in_process("why?", "so?")
        assert "answered" in ends[-2:]
        return steps.count

    at = 1
    while at <= run(interrupted(at)):
        at += 1
    assert at > 10
