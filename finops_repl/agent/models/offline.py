"""The offline analyst: a model that follows written playbooks instead of a network.

It keeps nothing between requests. Every time, the playbook of the last question is replayed over
the history from its start and goes one step further, as a live model reads the whole history.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence

from finops_repl.agent.history import question_of
from finops_repl.agent.models.port import (
    Block,
    Message,
    ModelEvent,
    ModelRequest,
    Replied,
    Reply,
    Started,
    Stop,
    TextBlock,
    TextPiece,
    ThinkingPiece,
    ToolResultBlock,
    ToolUse,
    Usage,
)
from finops_repl.agent.models.prices import FREE, Price
from finops_repl.playbooks.choose import CAN, UNKNOWN, choose
from finops_repl.playbooks.question import NotUnderstood
from finops_repl.playbooks.steps import Outcome, PastCall, PlaybookStopped, Step, ToolCall

__all__ = ["OfflineModel"]

CUT_SHORT = "I had to stop before I had an answer."


class OfflineModel:
    """Deterministic and free; says plainly what it cannot answer."""

    @property
    def name(self) -> str:
        return "offline"

    @property
    def price(self) -> Price | None:
        return FREE

    @property
    def window_tokens(self) -> int | None:
        return None

    @property
    def can_mend(self) -> bool:
        """A playbook gives the same answer however often it is asked."""
        return False

    async def aclose(self) -> None:
        """It has no connections."""

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """One step of the playbook, or its answer."""
        yield Started(Usage())
        says = _next(request.messages)
        if isinstance(says, Step) and request.may_use_tools:
            yield ThinkingPiece(says.why)
            yield Replied(Reply(_tool_uses(says, request.messages), "tool_use"))
            return
        stop: Stop
        if says is None:
            text, stop = UNKNOWN, "gave_up"
        elif isinstance(says, NotUnderstood):
            text, stop = f"{_sentences(says)}\n\n{CAN}", "gave_up"
        elif isinstance(says, PlaybookStopped):
            text, stop = f"I could not finish this: {_sentences(says)}", "gave_up"
        else:
            text, stop = says if isinstance(says, str) else CUT_SHORT, "end_turn"
        yield TextPiece(text)
        yield Replied(Reply((TextBlock(text),), stop))


def _next(messages: Sequence[Message]) -> Step | str | NotUnderstood | PlaybookStopped | None:
    """What the playbook of the last question does after everything that has happened."""
    start = _last_question(messages)
    if start is None:
        return None
    try:
        playbook = choose(question_of(messages[start]) or "", tuple(_past(messages[:start])))
    except NotUnderstood as problem:
        return problem
    if playbook is None:
        return None
    try:
        step = next(playbook)
        for outcomes in _outcomes(messages[start:]):
            step = playbook.send(outcomes)
    except StopIteration as end:
        return str(end.value)
    except PlaybookStopped as stopped:
        return stopped
    return step


def _sentences(problem: NotUnderstood | PlaybookStopped) -> str:
    hint = f" {problem.hint[:1].upper()}{problem.hint[1:]}" if problem.hint else ""
    end = "." if hint and hint[-1] not in ".?!" else ""
    return f"{problem.message}.{hint}{end}"


def _last_question(messages: Sequence[Message]) -> int | None:
    places = (i for i, message in enumerate(messages) if question_of(message) is not None)
    return max(places, default=None)


def _outcomes(messages: Sequence[Message]) -> Iterator[tuple[Outcome, ...]]:
    for message in messages:
        results = [block for block in message.content if isinstance(block, ToolResultBlock)]
        if results:
            yield tuple(_outcome(result) for result in results)


def _past(messages: Iterable[Message]) -> Iterator[PastCall]:
    calls: tuple[ToolUse, ...] = ()
    for message in messages:
        results = [block for block in message.content if isinstance(block, ToolResultBlock)]
        for call, result in zip(calls, results, strict=False):
            yield PastCall(ToolCall(call.name, call.input), _outcome(result))
        calls = message.tool_uses


def _outcome(result: ToolResultBlock) -> Outcome:
    return Outcome(json.loads(result.content), result.is_error)


def _tool_uses(step: Step, messages: Sequence[Message]) -> tuple[Block, ...]:
    made = sum(len(message.tool_uses) for message in messages)
    return tuple(
        ToolUse(f"call_{made + number}", call.tool, dict(call.input))
        for number, call in enumerate(step.calls, start=1)
    )
