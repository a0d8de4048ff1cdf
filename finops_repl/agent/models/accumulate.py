"""From the events of one stream to one reply, without trusting that the stream is whole.

The client's own accumulator patches a cut tool input into a valid-looking dictionary and takes a
connection that closed early for an end. Here the text of each tool input is kept until its block
ends and parsed strictly, and a stream without `message_stop` is no reply.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

from finops_repl.agent.models.port import (
    Block,
    KeptBlock,
    ModelError,
    ModelEvent,
    Reply,
    Started,
    Stop,
    TextBlock,
    TextPiece,
    ThinkingPiece,
    ToolUse,
    Usage,
)
from finops_repl.agent.models.wire import encodable

__all__ = ["Accumulator"]

STOPS: dict[str, Stop] = {
    **{stop: stop for stop in get_args(Stop)},
    "stop_sequence": "end_turn",
    "model_context_window_exceeded": "context_full",
}

CUT_OFF = "the reply reached its length limit, so this call may be cut off and was not executed"


class Accumulator:
    """Takes raw stream events in order; `finish()` gives the reply or says that it was cut."""

    def __init__(self) -> None:
        self._blocks: list[dict[str, Any]] = []
        self._inputs: dict[int, str] = {}
        self._usage: dict[str, int] = {}
        self._stop: str | None = None
        self._stop_detail = ""
        self._ended = False

    @property
    def usage(self) -> Usage:
        """Tokens counted so far; the server's numbers are totals, never added up."""
        return Usage(
            input_tokens=self._usage.get("input_tokens", 0),
            output_tokens=self._usage.get("output_tokens", 0),
            cache_write_tokens=self._usage.get("cache_creation_input_tokens", 0),
            cache_read_tokens=self._usage.get("cache_read_input_tokens", 0),
        )

    def take(self, event: Mapping[str, Any]) -> ModelEvent | None:
        """Absorb one event; returns what a reader may see of it. Raises `ModelError("cut")`
        where events are out of order: the stream is then worth as much as a broken one."""
        try:
            return self._take(event)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise ModelError("cut", f"the model's stream is not in order: {error!r}") from error

    def _take(self, event: Mapping[str, Any]) -> ModelEvent | None:
        match event["type"]:
            case "message_start":
                self._count(event["message"].get("usage"))
                return Started(self.usage)
            case "content_block_start":
                self._blocks.append(dict(event["content_block"]))
                if event["index"] != len(self._blocks) - 1:
                    raise IndexError(f"block {event['index']} out of turn")
            case "content_block_delta":
                return self._extend(event["index"], event["delta"])
            case "message_delta":
                self._stop = event["delta"].get("stop_reason")
                self._stop_detail = _detail(event["delta"].get("stop_details"))
                self._count(event.get("usage"))
            case "message_stop":
                self._ended = True
            case _:
                pass  # ping, content_block_stop, and kinds still to come
        return None

    def _extend(self, index: int, delta: Mapping[str, Any]) -> ModelEvent | None:
        block = self._blocks[index]
        match delta["type"]:
            case "text_delta":
                block["text"] = block.get("text", "") + delta["text"]
                return TextPiece(delta["text"])
            case "thinking_delta":
                block["thinking"] = block.get("thinking", "") + delta["thinking"]
                return ThinkingPiece(delta["thinking"])
            case "signature_delta":
                block["signature"] = delta["signature"]
            case "input_json_delta":
                self._inputs[index] = self._inputs.get(index, "") + delta["partial_json"]
            case "citations_delta":
                pass  # of documents that we never send
            case kind:
                # Without it the block would not go back as the server knows it.
                why = f"the model's stream holds a {kind}, which this version cannot keep"
                raise ModelError("rejected", why, hint="update finops-repl, or choose --model")
        return None

    def finish(self) -> Reply:
        """The complete reply; `ModelError("cut")` when the stream ended before the message."""
        if not self._ended or self._stop is None:
            raise ModelError("cut", "the connection to the model broke off in mid-reply")
        stop = STOPS.get(self._stop, "unknown")
        detail = self._stop_detail or (self._stop if stop == "unknown" else "")
        blocks = tuple(self._block(index, stop) for index in range(len(self._blocks)))
        calls = [block.id for block in blocks if isinstance(block, ToolUse)]
        if len(calls) != len(set(calls)):
            raise ModelError("cut", "two calls of the model's reply have the same id")
        return Reply(blocks, stop, self.usage, detail)

    def _block(self, index: int, stop: Stop) -> Block:
        fields = self._blocks[index]
        if fields.get("type") == "text":
            return TextBlock(encodable(fields.get("text", "")))
        if fields.get("type") != "tool_use":
            return KeptBlock(fields | self._kept_input(index))
        given, fault = _tool_input(self._inputs.get(index, ""), fields.get("input"))
        if stop == "max_tokens":
            fault = CUT_OFF
        return ToolUse(str(fields["id"]), str(fields["name"]), {} if fault else given, fault)

    def _kept_input(self, index: int) -> dict[str, Any]:
        """The input of a call that the server makes itself, and wants back with the block."""
        if not (text := self._inputs.get(index)):
            return {}
        try:
            return {"input": json.loads(text)}
        except (ValueError, RecursionError) as error:
            raise ModelError("cut", f"the model's stream is garbled: {error}") from error

    def _count(self, usage: Mapping[str, Any] | None) -> None:
        for name, tokens in (usage or {}).items():
            if isinstance(tokens, int):
                self._usage[name] = tokens


def _tool_input(text: str, at_start: object) -> tuple[dict[str, Any], str]:
    """The parsed input, or why it cannot be used."""
    if not text:
        # Some servers send the whole input with the block's start and no deltas at all.
        return (dict(at_start), "") if isinstance(at_start, Mapping) else ({}, "")
    try:
        given = json.loads(text)
        json.dumps(given, allow_nan=False)  # what no server could be sent back
    except (ValueError, RecursionError) as error:
        return {}, f"the input is not valid JSON ({error}); it began: {text[:120]}"
    if not isinstance(given, dict):
        return {}, f"the input must be a JSON object with named fields, not a {_kind(given)}"
    return given, ""


def _kind(value: object) -> str:
    return {list: "list", str: "string", type(None): "null"}.get(type(value), "number or boolean")


def _detail(details: object) -> str:
    if not isinstance(details, Mapping):
        return ""
    words = (details.get("explanation"), details.get("category"))
    return str(next((word for word in words if word), ""))
