"""One reply from the model: streamed, checked, paid for, and asked for again when it broke off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal

from finops_repl.agent.blocks import BlockSplitter
from finops_repl.agent.citations import check
from finops_repl.agent.limits import TurnLimits
from finops_repl.agent.models.port import (
    Model,
    ModelError,
    ModelRequest,
    Replied,
    Reply,
    Started,
    TextPiece,
    ThinkingPiece,
    Usage,
)
from finops_repl.agent.models.prices import FREE, Price
from finops_repl.agent.models.wire import message_to_fields
from finops_repl.base.events import AnswerBlock, Fact, ModelRetried, ThinkingShown
from finops_repl.base.spend import Spend
from finops_repl.tools.figures import FigureLedger

__all__ = ["Asked", "Asking"]

BYTES_PER_TOKEN = 3
"""Fewer than in English text, so that a reservation errs on the safe side."""


@dataclass(slots=True)
class Asked:
    """A reply, the blocks of it that were shown, and the figures that they cite."""

    reply: Reply
    blocks: list[str] = field(default_factory=list)
    cited: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Asking:
    """Asks one model on behalf of one turn."""

    model: Model
    figures: FigureLedger
    spend: Spend
    limits: TurnLimits
    emit: Callable[[Fact], None]

    async def ask(self, request: ModelRequest) -> Asked:
        """The complete reply. Raises `ModelError` when patience ends, `LimitReached` before a
        call that the budget does not hold."""
        attempt = 1
        while True:
            blocks: list[str] = []
            try:
                return await self._once(request, blocks)
            except ModelError as error:
                wait = self._wait(error, attempt)
                if wait is None:
                    raise
                self.emit(ModelRetried(attempt, wait, error.message, bool(blocks)))
            await asyncio.sleep(wait)
            attempt += 1

    def _wait(self, error: ModelError, attempt: int) -> float | None:
        """Seconds until the next attempt; None when there is none.

        The server's wish is honoured up to the longest wait. Beyond that the user is told
        instead of kept waiting.
        """
        if not error.retryable or attempt >= self.limits.attempts:
            return None
        wish = error.retry_after_s
        if wish is None:
            return float(min(self.limits.first_wait_s * 2 ** (attempt - 1), 60.0))
        return wish if wish <= self.limits.longest_wait_s else None

    async def _once(self, request: ModelRequest, blocks: list[str]) -> Asked:
        price = self.model.price or FREE
        cited: list[str] = []
        text, thinking = BlockSplitter(), BlockSplitter()
        with self.spend.reserve("model", _ceiling(request, price)) as held:
            async with aclosing(self.model.stream(request)) as events:
                async for event in events:
                    match event:
                        case Started(usage):
                            held.actual = _dollars(usage, price)
                        case ThinkingPiece(piece):
                            self._show_thinking(thinking.feed(piece))
                        case TextPiece(piece):
                            self._show_thinking(thinking.flush())
                            self._show(text.feed(piece), blocks, cited)
                        case Replied(reply):
                            self._show_thinking(thinking.flush())
                            self._show(text.flush(), blocks, cited)
                            held.actual = _dollars(reply.usage, price)
                            return Asked(reply, blocks, cited)
        raise ModelError("cut", "the model's stream ended without a reply")

    def _show(self, finished: list[str], blocks: list[str], cited: list[str]) -> None:
        for block in finished:
            checked = check(block, self.figures)
            self.emit(AnswerBlock(checked.text))
            blocks.append(checked.text)
            cited.extend(checked.cited)

    def _show_thinking(self, finished: list[str]) -> None:
        for paragraph in finished:
            self.emit(ThinkingShown(paragraph))


def _dollars(usage: Usage, price: Price) -> Decimal:
    return price.dollars(
        usage.input_tokens, usage.output_tokens, usage.cache_write_tokens, usage.cache_read_tokens
    )


def _ceiling(request: ModelRequest, price: Price) -> Decimal:
    """The most that this request can cost: everything written to the cache, all tokens used."""
    if price == FREE:
        return Decimal(0)
    sizes = [len(json.dumps(message_to_fields(message))) for message in request.messages]
    sizes += [len(json.dumps(dict(tool.schema))) + len(tool.description) for tool in request.tools]
    prompt = (sum(sizes) + len(request.system)) // BYTES_PER_TOKEN
    return price.dollars(0, request.max_tokens, cache_write=prompt)
