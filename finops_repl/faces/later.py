"""A conversation whose agent is made by its first question: no prompt waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from finops_repl.base.errors import FinopsError, InputError
from finops_repl.base.events import Event
from finops_repl.faces.port import Conversation, Decision

__all__ = ["LaterConversation"]


class LaterConversation:
    """Stands in for what `open_agent` returns, which is called once, in a thread."""

    def __init__(self, open_agent: Callable[[], Conversation]) -> None:
        self._open_agent = open_agent
        self._opening: asyncio.Task[Conversation] | None = None
        self._waiting: asyncio.Future[Conversation] | None = None

    def run(self, question: str) -> AsyncIterator[Event]:
        """One turn of the agent; raises what opening it raises, and CancelledError where
        `interrupt` came before it was open."""
        return self._told(lambda agent: agent.run(question))

    def compact(self) -> AsyncIterator[Event]:
        """The agent's own compaction; raises as `run` does."""
        return self._told(lambda agent: agent.compact())

    async def _told(
        self, work: Callable[[Conversation], AsyncIterator[Event]]
    ) -> AsyncIterator[Event]:
        agent = await self._opened()
        events = work(agent)
        try:
            async for event in events:
                yield event
        finally:
            close = getattr(events, "aclose", None)
            if close is not None:
                await close()

    def answer(
        self, approval_id: str, decision: Decision, reason: str = "", code: str | None = None
    ) -> None:
        if (agent := self._agent) is None:
            raise InputError("no approval waits", hint="ask a question first")
        agent.answer(approval_id, decision, reason, code)

    def interrupt(self) -> None:
        if (agent := self._agent) is not None:
            agent.interrupt()
        elif self._waiting is not None:
            self._waiting.cancel()

    @property
    def _agent(self) -> Conversation | None:
        done = self._opening is not None and self._opening.done()
        return self._opening.result() if self._opening is not None and done else None

    async def _opened(self) -> Conversation:
        if self._opening is None:
            self._opening = asyncio.create_task(asyncio.to_thread(self._open_agent))
        # Who stops waiting does not stop the opening: the next question finds it done.
        self._waiting = asyncio.shield(self._opening)
        try:
            return await self._waiting
        except FinopsError:
            self._opening = None  # what was missing may be there by the next question
            raise
        finally:
            self._waiting = None
