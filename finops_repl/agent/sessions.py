"""A session on disk: one JSON line per event or message, appended and never rewritten.

Events are what a face showed; messages are the conversation as the model saw it. A crash leaves
at most a torn last line, which is dropped on reading, and perhaps tool calls without results,
which are answered as interrupted when the conversation goes on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finops_repl.agent.history import History
from finops_repl.agent.models.port import Message
from finops_repl.agent.models.wire import message_from_fields, message_to_fields
from finops_repl.base.errors import DamagedFile
from finops_repl.base.events import BranchOpened, CodeOutput, Event, to_json
from finops_repl.base.files import append_line
from finops_repl.base.places import state_dir

__all__ = ["SCHEMA", "SessionFile"]

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class SessionFile:
    """The file of one session, in the user's private state folder."""

    path: Path

    @staticmethod
    def create(session: str) -> SessionFile:
        """The file of a session; it appears with its first line."""
        return SessionFile(state_dir("sessions") / f"{session}.jsonl")

    def record(self, event: Event) -> None:
        """Append an event. It is on the disk when this returns, but for a script's output, which
        a crash may take along."""
        self._append(to_json(event), sync=not isinstance(event.fact, CodeOutput))

    def commit(self, message: Message) -> None:
        """Append a message of the conversation, before it is sent."""
        self._append({"type": "Message", **message_to_fields(message)}, sync=True)

    def events(self) -> list[dict[str, Any]]:
        """The recorded events, in order."""
        return [line for line in self._lines() if line["type"] != "Message"]

    def history(self) -> History:
        """The conversation so far, ready to go on: calls left open by a crash are answered."""
        self._drop_torn_line()
        messages: list[Message] = []
        for line in self._lines():
            if line["type"] == "Message":
                messages.append(message_from_fields(line))
            elif line["type"] == BranchOpened.__name__:
                replayed = History(messages)
                replayed.follow(BranchOpened(line["why"], line["kept"], tuple(line["added"])))
                messages = list(replayed.messages)
        history = History(messages, self.commit)
        history.answer_open_calls()
        return history

    def _drop_torn_line(self) -> None:
        """Cut off what a crash left of a line: nothing was ever shown or sent on its word."""
        if self.path.exists():
            content = self.path.read_bytes()
            os.truncate(self.path, content.rfind(b"\n") + 1)

    def _append(self, fields: dict[str, Any], *, sync: bool) -> None:
        if not self.path.exists() or self.path.stat().st_size == 0:
            append_line(self.path, json.dumps({"type": "Session", "schema": SCHEMA}))
        append_line(self.path, json.dumps(fields, ensure_ascii=True, default=str), sync=sync)

    def _lines(self) -> Iterator[dict[str, Any]]:
        if not self.path.exists():
            return
        lines = self.path.read_bytes().split(b"\n")
        complete = lines[:-1]  # what follows the last line end is empty, or torn
        for number, line in enumerate(complete):
            try:
                fields = json.loads(line)
            except ValueError as error:
                raise DamagedFile(
                    f"{self.path}, line {number + 1}: {error}", hint="it was left untouched"
                ) from error
            if number == 0 and fields != {"type": "Session", "schema": SCHEMA}:
                raise DamagedFile(
                    f"{self.path} is no session that this version reads",
                    hint="it was left untouched; it may come from a newer finops-repl",
                )
            if number > 0:
                yield fields
