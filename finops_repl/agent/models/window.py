"""How much a model can read: asked of its server once, beside the first reply."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from finops_repl.agent.ending import ended

__all__ = ["ContextWindow"]


class ContextWindow:
    """The window of one model; nothing waits for it. `look_up` gives None where nobody tells."""

    def __init__(self, look_up: Callable[[], Awaitable[int | None]]) -> None:
        self._look_up = look_up
        self._asking: asyncio.Task[None] | None = None
        self.tokens: int | None = None

    def ask(self) -> None:
        """Begin to ask, unless that was done; returns at once."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())

    async def aclose(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
            await ended([self._asking])

    async def _ask(self) -> None:
        self.tokens = await self._look_up()
