"""Conversations that go wrong in every way at any event, and which of their calls may run."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, get_args

from hypothesis import strategies as st

from finops_repl.agent.compaction import SYSTEM as SUMMARISER
from finops_repl.agent.models.accumulate import Accumulator
from finops_repl.agent.models.port import (
    Model,
    ModelError,
    ModelErrorKind,
    ModelEvent,
    ModelRequest,
    Replied,
    Stop,
)
from finops_repl.agent.models.prices import Price
from finops_repl.agent.models.wire import message_to_fields, tool_to_fields
from tests.standin.messages_api import (
    Call,
    Failure,
    Framing,
    Other,
    Request,
    Text,
    Thinking,
    Turn,
    events_of,
)

__all__ = ["FaultyServer", "Recorded", "Scripted", "scripts"]

Block = Text | Thinking | Call | Other
REDACTED = Other({"type": "redacted_thinking", "data": "b3BhcXVl"})
STOPS = ("", "", "", *(stop for stop in get_args(Stop) if stop not in ("context_full", "gave_up")))
OTHER_STOPS = ("model_context_window_exceeded", "asked_a_friend", "stop_sequence")
BROKEN = ('{"text": "rm -rf', "[1]", "3", "null", '{"text": NaN}', '{"txet": "a"}', "{", '{"text"')
KINDS = ("overloaded_error", "rate_limit_error", "api_error", "invalid_request_error")
FAILURES = (
    Failure(529, "overloaded_error"),
    Failure(529, "overloaded_error", retry_after="0.001"),
    Failure(500, "api_error"),
    Failure(429, "rate_limit_error"),
    Failure(429, "rate_limit_error", retry_after="0.001"),
    Failure(429, "rate_limit_error", retry_after="9999"),
    Failure(400, "invalid_request_error", "prompt is too long: 9 > 8"),
    Failure(401, "authentication_error"),
)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """A block; every call's text is its own once the script is numbered."""
    match draw(st.sampled_from(["text", "thinking", "call", "call", "broken", "other"])):
        case "text":
            return Text(draw(st.sampled_from(["It is so.", "One.\n\nTwo.", " ", "caf\udce9 $5"])))
        case "thinking":
            return Thinking()
        case "call":
            return Call(draw(st.sampled_from(["echo", "echo", "cost", "box", "ecko"])))
        case "broken":
            return Call("echo", raw=draw(st.sampled_from(BROKEN)))
        case _:
            return REDACTED


@st.composite
def turns(draw: st.DrawFn) -> Turn | Failure:
    """A reply: whole, or cut, stalled or failed after any of its events."""
    if draw(st.integers(0, 7)) == 0:
        return draw(st.sampled_from(FAILURES))
    content = draw(st.lists(blocks(), max_size=4))
    framing: Framing = draw(st.sampled_from(["chunked", "close-delimited"]))
    faults: dict[str, Any] = {}
    match draw(st.sampled_from(["none", "none", "drop", "error", "stall"])):
        case "drop":
            faults["drop_after"] = draw(st.integers(0, 24))
        case "stall":
            faults["stall_after"] = draw(st.integers(0, 24))
        case "error":
            faults["error_after"] = (draw(st.integers(0, 24)), draw(st.sampled_from(KINDS)))
    stop = draw(st.sampled_from((*STOPS, *OTHER_STOPS)))
    return Turn(*content, stop=stop, framing=framing, **faults)


def scripts() -> st.SearchStrategy[list[Turn | Failure]]:
    return st.lists(turns(), max_size=7)


def is_whole(turn: Turn) -> bool:
    """Whether a client sees the end of it."""
    count = len(list(events_of(turn, lambda: "x")))
    error = turn.error_after[0] if turn.error_after is not None else None
    faults = (turn.drop_after, turn.stall_after, error)
    return all(fault is None or fault >= count for fault in faults)


@dataclass
class FaultyServer:
    """Greets, serves a script, then is polite; `may_run` are the texts of calls that came whole."""

    script: Iterable[Turn | Failure]
    may_run: set[str] = field(default_factory=set)
    served: int = 0
    most: int = 400

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._ids = itertools.count(1)
        self._left = iter(self.script)

    def __call__(self, request: Request) -> Turn | Failure:
        self.served += 1
        assert self.served < self.most, "the run does not end"
        if self.served == 1:
            return Turn(Text("Hello."))  # a server that knows all features
        if SUMMARISER.strip() in str(request.body["system"]):
            return Turn(Text("Summed up."))
        turn = next(self._left, None)
        if turn is None or request.body.get("tool_choice") == {"type": "none"}:
            return Turn(Text("Done."))
        return self._numbered(turn) if isinstance(turn, Turn) else turn

    def new_call_id(self) -> str:
        return f"toolu_{next(self._ids)}"

    def _numbered(self, turn: Turn) -> Turn:
        content: list[Block] = []
        for block in turn.blocks:
            if isinstance(block, Call) and block.raw is None:
                text = f"call {next(self._numbers)}"
                given = {"text": text} if block.name in ("echo", "ecko") else {}
                block = Call(block.name, given)
                if block.name == "echo" and is_whole(turn) and turn.stop in WHOLE_STOPS:
                    self.may_run.add(text)
            content.append(block)
        return Turn(
            *content,
            stop=turn.stop,
            framing=turn.framing,
            drop_after=turn.drop_after,
            stall_after=turn.stall_after,
            error_after=turn.error_after,
        )


WHOLE_STOPS = ("tool_use", "end_turn", "stop_sequence", "pause_turn")
"""With which calls are meant: at any other they may be cut off, or not be wanted any more."""


@dataclass
class Scripted:
    """The same server without a wire: each event is an await, faults are what the client raises.

    It keeps the requests in the order in which they were made.
    """

    server: FaultyServer
    requests: list[Request] = field(default_factory=list)
    name: str = "scripted"
    price: Price | None = None
    can_mend: bool = True
    window_tokens: int | None = None

    async def aclose(self) -> None:
        """It has no connections."""

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.requests.append(as_sent(request))
        await asyncio.sleep(0)
        turn = self.server(self.requests[-1])
        if isinstance(turn, Failure):
            kind: ModelErrorKind = ABSENCES[turn.status]
            wait = None if turn.retry_after is None else float(turn.retry_after)
            if turn.status == 429 and wait is not None:
                kind = "rate_limited"
            raise ModelError(kind, turn.message, retry_after_s=wait)
        reply = Accumulator()
        for number, event in enumerate(events_of(turn, self.server.new_call_id)):
            if turn.error_after is not None and number == turn.error_after[0]:
                raise ModelError(IN_STREAM[turn.error_after[1]], "as scripted")
            if number == turn.drop_after:
                raise ModelError("cut", "as scripted")
            if number == turn.stall_after:
                raise ModelError("timeout", "as scripted")
            await asyncio.sleep(0)
            if piece := reply.take(event):
                yield piece
        yield Replied(reply.finish())


@dataclass
class Recorded:
    """A real model, and its requests in the order in which they were made."""

    model: Model
    requests: list[Request] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def price(self) -> Price | None:
        return self.model.price

    @property
    def window_tokens(self) -> int | None:
        return self.model.window_tokens

    @property
    def can_mend(self) -> bool:
        return self.model.can_mend

    async def aclose(self) -> None:
        await self.model.aclose()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.requests.append(as_sent(request))
        async with aclosing(self.model.stream(request)) as events:
            async for event in events:
                yield event


ABSENCES: dict[int, ModelErrorKind] = {
    529: "overloaded",
    500: "server",
    429: "spend_cap",
    400: "too_long",
    401: "identity",
}
IN_STREAM: dict[str, ModelErrorKind] = {
    "overloaded_error": "overloaded",
    "rate_limit_error": "rate_limited",
    "api_error": "server",
    "invalid_request_error": "rejected",
}


def as_sent(request: ModelRequest) -> Request:
    """The request as a server of the Messages API sees it."""
    body = {
        "model": "scripted",
        "max_tokens": request.max_tokens,
        "system": request.system,
        "tools": [tool_to_fields(tool) for tool in request.tools],
        "messages": [message_to_fields(message) for message in request.messages],
    }
    if not request.may_use_tools:
        body["tool_choice"] = {"type": "none"}
    return Request("", {}, body)
