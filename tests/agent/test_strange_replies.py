"""What a server may send that no model should: nothing of it runs, sticks, or ends the session."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from finops_repl.agent.limits import TurnLimits
from finops_repl.base.events import ModelFailed, ModelRetried, RetryAwaited, ToolFinished, to_json
from finops_repl.tools.tool import Tool, ToolContext, ToolResult
from tests.agent.chats import Open, end_of, of_kind
from tests.agent.fakes import Echo, NoInput
from tests.standin.messages_api import Call, Failure, Other, Text, Thinking, Turn

DONE = Turn(Text("Done."))
FRAMINGS = pytest.mark.parametrize("framing", ["chunked", "close-delimited"])
KEY = "AKIA" + "Q7" * 8  # put together here, so that no scanner takes it for a leaked one


@FRAMINGS
@pytest.mark.parametrize("kind", ["overloaded_error", "rate_limit_error", "api_error"])
@pytest.mark.parametrize("at", [0, 1, 3, 9])
async def test_an_error_event_anywhere_in_a_stream_voids_it_and_is_retried(
    open_chat: Open, framing: Any, kind: str, at: int
) -> None:
    echo = Echo()
    reply = (Thinking(), Text("I look."), Call("echo", {"text": "a"}))
    broken = Turn(*reply, framing=framing, error_after=(at, kind))
    async with open_chat([broken, Turn(*reply, framing=framing), DONE], echo) as chat:
        facts = await chat.ask()
    assert len(of_kind(facts, ModelRetried)) == 1
    assert echo.seen == ["a"]
    assert end_of(facts).end == "answered"


@FRAMINGS
async def test_an_error_event_that_waiting_cannot_mend_is_said_at_once(
    open_chat: Open, framing: Any
) -> None:
    turn = Turn(Text("Hm"), framing=framing, error_after=(4, "authentication_error"))
    async with open_chat([turn, DONE]) as chat:
        facts = await chat.ask()
    assert of_kind(facts, ModelRetried) == []
    assert "does not accept the key" in of_kind(facts, ModelFailed)[0].why


@FRAMINGS
@pytest.mark.parametrize("raw", ['{"text": "rm -rf', '{"text": "whole"}', "", '{"text": 1,,}'])
async def test_a_call_at_the_length_limit_runs_in_neither_framing(
    open_chat: Open, framing: Any, raw: str
) -> None:
    echo = Echo()
    turn = Turn(Call("echo", raw=raw), stop="max_tokens", framing=framing)
    async with open_chat([turn, DONE], echo) as chat:
        facts = await chat.ask()
    assert echo.seen == []
    (finished,) = of_kind(facts, ToolFinished)
    assert finished.is_error
    assert "cut off" in finished.content
    assert end_of(facts).end == "answered"


@FRAMINGS
@pytest.mark.parametrize(
    "raw",
    ['{"text": NaN}', '{"text": -Infinity}', '{"text": 1e999}', '{"text": ' + "[" * 20_000],
    ids=["nan", "infinity", "overflow", "depth"],
)
async def test_input_that_json_cannot_carry_back_is_refused_and_forgotten(
    open_chat: Open, framing: Any, raw: str
) -> None:
    echo = Echo()
    async with open_chat([Turn(Call("echo", raw=raw), framing=framing), DONE, DONE], echo) as chat:
        facts = await chat.ask()
        assert "not valid JSON" in of_kind(facts, ToolFinished)[0].content
        assert end_of(facts).end == "answered"
        assert end_of(await chat.ask("and now?")).end == "answered"
    assert echo.seen == []


async def test_two_calls_with_one_id_are_no_reply(open_chat: Open) -> None:
    echo = Echo()
    twice = Turn(Call("echo", {"text": "a"}, id="x"), Call("echo", {"text": "b"}, id="x"))
    async with open_chat([twice, DONE], echo) as chat:
        facts = await chat.ask()
    assert echo.seen == []
    assert "same id" in of_kind(facts, ModelRetried)[0].why
    assert end_of(facts).end == "answered"


@FRAMINGS
async def test_a_call_that_the_server_makes_itself_goes_back_with_its_input(
    open_chat: Open, framing: Any
) -> None:
    whole = {"type": "server_tool_use", "id": "srv_1", "name": "search", "input": {"q": "a b"}}
    pieces = ("", '{"q": ', '"a b"}')
    search = Other(
        {**whole, "input": {}},
        tuple({"type": "input_json_delta", "partial_json": piece} for piece in pieces),
    )
    found = {"type": "search_result_of_a_kind_to_come", "tool_use_id": "srv_1", "content": [1]}
    turn = Turn(search, Other(found), Call("echo", {"text": "a"}), framing=framing)
    async with open_chat([turn, DONE], Echo()) as chat:
        await chat.ask()
    assert chat.requests[-1].messages[1]["content"][:2] == [whole, found]


async def test_a_block_that_grows_in_an_unknown_way_ends_the_turn_and_is_not_kept(
    open_chat: Open,
) -> None:
    strange = Other({"type": "dream"}, ({"type": "dream_delta", "dream": "sheep"},))
    async with open_chat([Turn(strange, Text("Hm.")), DONE]) as chat:
        facts = await chat.ask()
        assert end_of(facts).end == "failed"
        assert "dream_delta" in of_kind(facts, ModelFailed)[0].why
        assert end_of(await chat.ask("again")).end == "answered"
    assert "dream" not in json.dumps(chat.requests[-1].messages)


@pytest.mark.parametrize("stop", ["max_tokens", "pause_turn", "asked_a_friend"])
async def test_thinking_without_a_reply_is_not_sent_back(open_chat: Open, stop: str) -> None:
    turn = Turn(Thinking("Let me", signature=""), Text("  "), stop=stop)
    async with open_chat([turn, DONE, DONE]) as chat:
        await chat.ask()
        assert end_of(await chat.ask("again")).end == "answered"
    sent = chat.requests[-1].messages
    assert all(message["content"] for message in sent)
    assert "Let me" not in json.dumps(sent)


# Waiting


def at(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


async def test_a_time_to_come_back_may_be_a_date(open_chat: Open) -> None:
    soon = Failure(429, "rate_limit_error", retry_after=at(-1))
    async with open_chat([soon, DONE]) as chat:
        assert end_of(await chat.ask()).end == "answered"
    late = Failure(429, "rate_limit_error", retry_after=at(3600))
    async with open_chat([late, DONE]) as chat:
        facts = await chat.ask()
        assert len(chat.requests) == 1
    assert "too many requests" in of_kind(facts, ModelFailed)[0].why


@pytest.mark.parametrize("nonsense", ["soon", "nan", "inf", "", "12 parsecs"])
async def test_a_429_without_a_time_that_can_be_read_is_a_spend_cap(
    open_chat: Open, nonsense: str
) -> None:
    async with open_chat([Failure(429, "rate_limit_error", retry_after=nonsense), DONE]) as chat:
        facts = await chat.ask()
        assert len(chat.requests) == 1
    assert "limit is reached" in of_kind(facts, ModelFailed)[0].why


async def test_a_long_wait_is_counted_down_in_plain_sight(open_chat: Open) -> None:
    busy = Failure(529, "overloaded_error", retry_after="0.05")
    limits = TurnLimits(longest_wait_s=0.05, countdown_s=0.02)
    async with open_chat([busy, DONE], limits=limits) as chat:
        facts = await chat.ask()
    (retried,) = of_kind(facts, ModelRetried)
    assert (retried.attempt, retried.attempts, retried.wait_s) == (1, limits.attempts, 0.05)
    assert [round(fact.left_s, 3) for fact in of_kind(facts, RetryAwaited)] == [0.03, 0.01]


async def test_a_wait_beyond_the_longest_one_is_not_waited(open_chat: Open) -> None:
    busy = Failure(529, "overloaded_error", retry_after="0.06")
    async with open_chat([busy, DONE], limits=TurnLimits(longest_wait_s=0.05)) as chat:
        facts = await chat.ask()
        assert len(chat.requests) == 1
    assert end_of(facts).end == "failed"


# Secrets


class Leaking(Tool[NoInput]):
    name = "leak"
    description = "Prints what it should not."
    input_model = NoInput

    def run(self, context: ToolContext, given: NoInput) -> ToolResult:
        return ToolResult({"output": f"key {KEY}\x1b]0;owned\x07", "name": "caf\ud83d"})


async def test_a_secret_is_gone_before_anything_is_sent_or_recorded(open_chat: Open) -> None:
    async with open_chat([Turn(Call("leak")), DONE], Leaking()) as chat:
        await chat.ask(f"why does {KEY} cost so much?")
        sent = json.dumps([request.body for request in chat.server.requests])
        told = json.dumps([to_json(event) for event in chat.session.recorded], default=str)
    for text in (sent, told):
        assert KEY not in text
        assert "[redacted]" in text
        assert "owned" not in text
        assert "ud83d" not in text
