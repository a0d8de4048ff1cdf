"""A conversation over real HTTP, and what has to hold of it after every turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from finops_repl.agent.compaction import SYSTEM as SUMMARISER
from finops_repl.base.events import BranchOpened, Event, Fact, TurnFinished
from tests.agent.fakes import Session
from tests.standin.messages_api import (
    Request,
    assert_calls_answered_once,
    assert_prefix_extensions,
)

__all__ = ["Chat", "Open", "end_of", "of_kind", "until"]

Told = TypeVar("Told")


class Asked(Protocol):
    """Who was asked, and what."""

    requests: list[Request]


class Chat:
    """A session against a server, and what the server saw."""

    def __init__(self, server: Asked, session: Session) -> None:
        self.server, self.session = server, session

    async def ask(
        self, question: str = "why?", on_event: Callable[[Event], None] = lambda event: None
    ) -> list[Fact]:
        facts = await self.session.ask(question, on_event)
        self.check()
        return facts

    @property
    def requests(self) -> list[Request]:
        """What was asked for the conversation itself, without what only summed it up."""
        return [r for r in self.server.requests if SUMMARISER.strip() not in str(r.body["system"])]

    def check(self) -> None:
        branches = sum(isinstance(event.fact, BranchOpened) for event in self.session.recorded)
        assert_prefix_extensions(self.requests, branches=branches)
        for request in self.server.requests:
            assert_calls_answered_once(request.messages)


Open = Callable[..., AbstractAsyncContextManager[Chat]]


def end_of(facts: list[Fact]) -> TurnFinished:
    """How the turn ended, which is told once and last."""
    assert isinstance(facts[-1], TurnFinished)
    assert sum(isinstance(fact, TurnFinished) for fact in facts) == 1
    return facts[-1]


def of_kind(facts: list[Fact], kind: type[Told]) -> list[Told]:
    return [fact for fact in facts if isinstance(fact, kind)]


async def until(told: Callable[[], bool]) -> None:
    """What happens beside the conversation, a test waits for."""
    for _ in range(4000):
        if told():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it was never told")
