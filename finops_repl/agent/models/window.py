"""How much a model can read: asked of its server once, beside the first reply."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from finops_repl.agent.ending import ended

if TYPE_CHECKING:
    import anthropic

__all__ = ["ContextWindow"]

PATIENCE_S = 10.0


class ContextWindow:
    """The window of one model; nothing waits for it, and a server may not tell."""

    def __init__(self, client: anthropic.AsyncAnthropic, model: str) -> None:
        self._client = client
        self._model = model
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
        import anthropic  # there: the client is of it
        import httpx2

        try:
            told = await self._client.models.retrieve(self._model, timeout=PATIENCE_S)
        except (anthropic.APIError, httpx2.HTTPError, ValueError):
            return  # of another make: its models are not described
        most = getattr(told, "max_input_tokens", None)  # what it sends is checked by nobody else
        if isinstance(most, int) and most > 0:
            self.tokens = most
