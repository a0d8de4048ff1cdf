"""One reply from the model: streamed, checked, paid for, and asked for again when it broke off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from finops_repl.agent.blocks import BlockSplitter
from finops_repl.agent.citations import Fault, check
from finops_repl.agent.costs import dollars, model_used
from finops_repl.agent.limits import TurnLimits
from finops_repl.agent.models.port import (
    Message,
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
from finops_repl.agent.models.prices import FREE
from finops_repl.agent.models.wire import message_to_fields
from finops_repl.base.caps import Used
from finops_repl.base.events import (
    AnswerBlock,
    Fact,
    ModelRetried,
    ModelUsed,
    RetryAwaited,
    ThinkingShown,
)
from finops_repl.base.spend import Spend
from finops_repl.tools.figures import FigureLedger

__all__ = ["Asked", "Asking", "conversation_bytes"]

BYTES_PER_TOKEN = 3
"""Fewer than in English text, so that a reservation errs on the safe side."""

NOTHING = Reply((), "unknown")


@dataclass(slots=True)
class Asked:
    """A reply, the blocks of it that were shown, what they cite, and which figures do not hold."""

    reply: Reply
    blocks: list[str] = field(default_factory=list)
    cited: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class Asking:
    """Asks one model on behalf of one turn."""

    model: Model
    figures: FigureLedger
    spend: Spend
    limits: TurnLimits
    emit: Callable[[Fact], None]
    note: Callable[[ModelUsed], None]

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
                restarts, most = bool(blocks), self.limits.attempts
                self.emit(ModelRetried(attempt, wait, error.message, restarts, most))
            await self._count_down(wait)
            attempt += 1

    def most(self, request: ModelRequest, *, grown: int = 0) -> Used:
        """The most that this request can use, were the conversation `grown` tokens longer.

        Everything is written to the cache, all tokens are used. Dollars are 0 without a price;
        of a model that costs nothing, nothing is counted.
        """
        if self.model.price == FREE:
            return Used()
        size = conversation_bytes(request.messages) + len(request.system)
        for tool in request.tools:
            size += len(json.dumps(dict(tool.schema))) + len(tool.description)
        prompt = size // BYTES_PER_TOKEN + grown
        price = self.model.price or FREE
        usd = price.dollars(0, request.max_tokens, cache_write=prompt)
        return Used(usd, prompt + request.max_tokens)

    async def _count_down(self, wait_s: float) -> None:
        step = self.limits.countdown_s
        while wait_s > step:
            await asyncio.sleep(step)
            wait_s -= step
            self.emit(RetryAwaited(wait_s))
        await asyncio.sleep(wait_s)

    def _wait(self, error: ModelError, attempt: int) -> float | None:
        """Seconds until the next attempt; None when there is none.

        The server's wish is honoured up to the longest wait. Beyond that the user is told
        instead of kept waiting.
        """
        if not error.retryable or attempt >= self.limits.attempts:
            return None
        wish = error.retry_after_s
        if wish is None:
            growing: float = self.limits.first_wait_s * 2 ** (attempt - 1)
            return min(growing, self.limits.longest_wait_s)
        return wish if wish <= self.limits.longest_wait_s else None

    async def _once(self, request: ModelRequest, blocks: list[str]) -> Asked:
        """One attempt; what it used is noted, however it ends."""
        price = self.model.price
        used = Usage()
        shown = Asked(NOTHING, blocks)
        text, thinking = BlockSplitter(), BlockSplitter()
        try:
            with self.spend.reserve("model", self.most(request).usd) as held:
                async with aclosing(self.model.stream(request)) as events:
                    async for event in events:
                        match event:
                            case Started(usage):
                                used = usage
                                held.actual = dollars(used, price or FREE)
                            case ThinkingPiece(piece):
                                self._show_thinking(thinking.feed(piece))
                            case TextPiece(piece):
                                self._show_thinking(thinking.flush())
                                self._show(text.feed(piece), shown)
                            case Replied(reply):
                                used = reply.usage
                                held.actual = dollars(used, price or FREE)
                                self._show_thinking(thinking.flush())
                                self._show(text.flush(), shown)
                                return replace(shown, reply=reply)
        finally:
            if used != Usage():
                self.note(model_used(self.model.name, used, price))
        raise ModelError("cut", "the model's stream ended without a reply")

    def _show(self, finished: list[str], shown: Asked) -> None:
        for block in finished:
            checked = check(block, self.figures)
            self.emit(AnswerBlock(checked.text))
            shown.blocks.append(checked.text)
            shown.cited += checked.cited
            shown.faults += checked.faults

    def _show_thinking(self, finished: list[str]) -> None:
        for paragraph in finished:
            self.emit(ThinkingShown(paragraph))


def conversation_bytes(messages: Iterable[Message]) -> int:
    """How large the messages are as they are sent."""
    return sum(len(json.dumps(message_to_fields(message))) for message in messages)
