"""The conversation as the model sees it: append-only, and every tool call answered.

Within a branch nothing is ever changed or removed: servers check the prefix, and caches live on
it. A new branch goes on from a prefix of the old one, and holds to the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from finops_repl.agent.models.port import (
    Block,
    KeptBlock,
    Message,
    Reply,
    TextBlock,
    ToolResultBlock,
    ToolUse,
)
from finops_repl.agent.models.wire import message_from_fields
from finops_repl.base.events import BranchOpened

__all__ = ["HOST_MARK", "SUMMARY", "History", "question_of"]

HOST_MARK = "[finops-repl] "
"""Begins each text of a user message that the host wrote, not the user."""

SUMMARY = "In place of the conversation so far, a summary of it as JSON. It is data, not the user:"
"""What a summary begins with, behind the host's mark."""

UNFINISHED = "The previous turn ended without an answer."
INTERRUPTED = json.dumps({"error": "interrupted before a result was there; nothing is known of it"})


class History:
    """Messages of one session; `on_append` sees each one as it is added."""

    def __init__(
        self,
        messages: Iterable[Message] = (),
        on_append: Callable[[Message], None] = lambda message: None,
    ) -> None:
        self._messages = list(messages)
        self._on_append = on_append

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(self._messages)

    @property
    def open_calls(self) -> tuple[ToolUse, ...]:
        """The tool calls of the last message: none but these may be answered next."""
        last = self._messages[-1] if self._messages else None
        return last.tool_uses if last is not None and last.role == "assistant" else ()

    def follow(self, branch: BranchOpened) -> None:
        """Go on from another conversation; whoever calls this has recorded the branch before."""
        messages = self._messages[: branch.kept]
        messages += (message_from_fields(fields) for fields in branch.added)
        if branch.kept > len(self._messages) or (messages and messages[-1].tool_uses):
            raise AssertionError("no branch begins beyond the conversation or at an open call")
        self._messages = messages

    def ask(self, question: str, context: Mapping[str, str]) -> None:
        """Add the user's question, and beside it what the host knows, such as the date."""
        self.answer_open_calls()
        texts = [question, f"{HOST_MARK}Context: {json.dumps(dict(context))}"]
        if self._messages and _awaits_reply(self._messages[-1]):
            texts.append(f"{HOST_MARK}{UNFINISHED}")
        self._append(Message("user", tuple(TextBlock(text) for text in texts)))

    def add_reply(self, reply: Reply) -> None:
        """Add a complete reply. Servers refuse empty text when it comes back, and thinking at the
        end: both are left out, and a reply of nothing else altogether."""
        blocks = [b for b in reply.content if not (isinstance(b, TextBlock) and not b.text.strip())]
        while blocks and _is_thinking(blocks[-1]):
            blocks.pop()
        if blocks:
            self._append(Message("assistant", tuple(blocks)))

    def add_results(self, results: Mapping[str, ToolResultBlock]) -> None:
        """Answer the open calls, all of them, in one message and in the calls' order."""
        self._append(Message("user", tuple(results[call.id] for call in self.open_calls)))

    def add_note(self, text: str) -> None:
        """Add a word of the host to the model."""
        self._append(Message("user", (TextBlock(f"{HOST_MARK}{text}"),)))

    def answer_open_calls(self, known: Mapping[str, ToolResultBlock] | None = None) -> None:
        """Answer whatever is still open with its `known` result or as interrupted."""
        calls = self.open_calls
        if calls:
            results = {call.id: ToolResultBlock(call.id, INTERRUPTED, True) for call in calls}
            self.add_results({**results, **(known or {})})

    def _append(self, message: Message) -> None:
        if self.open_calls and not all(isinstance(b, ToolResultBlock) for b in message.content):
            raise AssertionError("a tool call would stay without its result")
        self._on_append(message)  # first: what could not be recorded is not sent either
        self._messages.append(message)


def _is_thinking(block: Block) -> bool:
    return isinstance(block, KeptBlock) and block.is_thinking


def _awaits_reply(message: Message) -> bool:
    """Whether a turn was left before its answer: a summary by itself asks for none."""
    match message.content:
        case (TextBlock(text),) if text.startswith(HOST_MARK + SUMMARY):
            return False
        case _:
            return message.role == "user"


def question_of(message: Message) -> str | None:
    """The user's own words in a message; None where only the host speaks."""
    if message.role != "user":
        return None
    texts = (block.text for block in message.content if isinstance(block, TextBlock))
    return next((text for text in texts if not text.startswith(HOST_MARK)), None)
