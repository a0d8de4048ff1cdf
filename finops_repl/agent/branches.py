"""Where a conversation goes on from when it does not simply go on: undo, clear, another model.

Each of these is a `BranchOpened` to record and then to follow; the history itself never shrinks
in any other way.
"""

from __future__ import annotations

from collections.abc import Sequence

from finops_repl.agent.history import question_of
from finops_repl.agent.models.port import KeptBlock, Message, TextBlock
from finops_repl.agent.models.wire import message_to_fields
from finops_repl.base.errors import InputError
from finops_repl.base.events import BranchOpened

__all__ = ["emptied", "for_model", "last_question", "without_last_turn"]


def last_question(messages: Sequence[Message]) -> tuple[int, str] | None:
    """The place and the words of the user's last question; None where there is none."""
    for place in range(len(messages) - 1, -1, -1):
        if (question := question_of(messages[place])) is not None:
            return place, question
    return None


def without_last_turn(messages: Sequence[Message]) -> BranchOpened:
    """The conversation before its last question; raises `InputError` where there is none."""
    found = last_question(messages)
    if found is None:
        raise InputError("there is no turn to undo", hint="a compacted turn cannot be taken back")
    place, question = found
    # A summary of what came before may stand in front of the question: it stays.
    blocks = messages[place].content
    before = blocks[: blocks.index(TextBlock(question))]
    added = (message_to_fields(Message("user", before)),) if before else ()
    return BranchOpened("undo", place, added, turns_undone=1)


def emptied() -> BranchOpened:
    """A conversation from nothing; the session's record, figures and files stay."""
    return BranchOpened("clear", 0)


def for_model(messages: Sequence[Message], model: str) -> BranchOpened:
    """The same conversation for another model, without the thinking that the last one signed."""
    spoken = [_without_thinking(message) for message in messages]
    kept = next((i for i, m in enumerate(messages) if spoken[i] != m), len(messages))
    added = (message_to_fields(message) for message in spoken[kept:] if message.content)
    return BranchOpened("model", kept, tuple(added), model)


def _without_thinking(message: Message) -> Message:
    blocks = (
        block
        for block in message.content
        if not (isinstance(block, KeptBlock) and block.is_thinking)
    )
    return Message(message.role, tuple(blocks))
