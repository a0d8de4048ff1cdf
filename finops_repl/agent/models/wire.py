"""Blocks and messages as the Messages API writes them; sessions on disk keep the same form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from finops_repl.agent.models.port import (
    Block,
    KeptBlock,
    Message,
    Role,
    TextBlock,
    ToolResultBlock,
    ToolSpec,
    ToolUse,
)

__all__ = [
    "block_from_fields",
    "block_to_fields",
    "encodable",
    "message_from_fields",
    "message_to_fields",
    "tool_to_fields",
]

Fields = dict[str, Any]


def block_to_fields(block: Block) -> Fields:
    """The block as JSON fields, in one fixed order so that the prefix is stable to the byte."""
    match block:
        case TextBlock(text):
            return {"type": "text", "text": encodable(text)}
        case ToolUse(id=use_id, name=name, input=given):
            return {"type": "tool_use", "id": use_id, "name": name, "input": _clean(given)}
        case ToolResultBlock(tool_use_id, content, is_error):
            return {
                "type": "tool_result",
                "tool_use_id": tool_use_id,
                "content": encodable(content),
                "is_error": is_error,
            }
        case KeptBlock(fields):
            return cast(Fields, _clean(fields))


def block_from_fields(fields: Mapping[str, Any]) -> Block:
    """The block that these fields describe; an unknown kind is kept verbatim."""
    match fields:
        case {"type": "text", "text": str(text), **others} if not others:
            return TextBlock(text)
        case {"type": "tool_use", "id": str(use_id), "name": str(name), "input": dict(given)}:
            return ToolUse(use_id, name, given)
        case {"type": "tool_result", "tool_use_id": str(use_id), "content": str(content)}:
            return ToolResultBlock(use_id, content, bool(fields.get("is_error")))
        case _:
            return KeptBlock(dict(fields))


def message_to_fields(message: Message) -> Fields:
    return {
        "role": message.role,
        "content": [block_to_fields(block) for block in message.content],
    }


def message_from_fields(fields: Mapping[str, Any]) -> Message:
    role: Role = "assistant" if fields["role"] == "assistant" else "user"
    return Message(role, tuple(block_from_fields(block) for block in fields["content"]))


def tool_to_fields(tool: ToolSpec) -> Fields:
    return {"name": tool.name, "description": tool.description, "input_schema": dict(tool.schema)}


def encodable(text: str) -> str:
    """`text` without lone surrogates, which no UTF-8 can carry; two that make a pair become it."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping):
        return {encodable(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value
