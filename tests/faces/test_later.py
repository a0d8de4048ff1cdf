"""A prompt does not wait for its agent, and whoever is in a hurry does not wait either."""

from __future__ import annotations

import asyncio
import threading

import pytest

from finops_repl.base.errors import ConnectionFailed, InputError
from finops_repl.base.events import TurnFinished
from finops_repl.faces.later import LaterConversation
from tests.faces.scripted import ScriptedConversation, scenes


async def asked(conversation: LaterConversation, question: str) -> list[str]:
    return [type(event.fact).__name__ async for event in conversation.run(question)]


async def test_the_agent_is_made_once_by_the_first_question() -> None:
    made: list[ScriptedConversation] = []

    def make() -> ScriptedConversation:
        made.append(ScriptedConversation(scenes()))
        return made[-1]

    conversation = LaterConversation(make)
    with pytest.raises(InputError):
        conversation.answer("ap1", "yes")
    assert not made
    assert (await asked(conversation, "slow"))[-1] == "TurnFinished"
    assert (await asked(conversation, "next"))[-1] == "TurnFinished"
    assert len(made) == 1


async def test_ctrl_c_before_the_agent_is_there_ends_the_wait_and_the_next_question_has_it() -> (
    None
):
    may_open = threading.Event()

    def make() -> ScriptedConversation:
        may_open.wait(10)
        return ScriptedConversation(scenes())

    conversation = LaterConversation(make)
    waiting = asyncio.create_task(asked(conversation, "slow"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    conversation.interrupt()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    may_open.set()
    assert (await asked(conversation, "next"))[-1] == TurnFinished.__name__


async def test_what_kept_the_agent_from_opening_is_raised_and_tried_again() -> None:
    failures = [ConnectionFailed("no route", hint="check the network")]

    def make() -> ScriptedConversation:
        if failures:
            raise failures.pop()
        return ScriptedConversation(scenes())

    conversation = LaterConversation(make)
    with pytest.raises(ConnectionFailed, match="no route"):
        await asked(conversation, "slow")
    assert (await asked(conversation, "next"))[-1] == "TurnFinished"
