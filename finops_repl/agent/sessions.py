"""A session on disk: one JSON line per event or message, appended and never rewritten.

Events are what a face showed; messages are the conversation as the model saw it. A crash leaves
at most a torn last line, which is dropped when the session goes on, and perhaps tool calls
without results, which are answered as interrupted then. One process at a time goes on with a
session: the kernel holds its lock, and lets go of it when the process dies.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from finops_repl.agent.history import History
from finops_repl.agent.models.port import Message
from finops_repl.agent.models.wire import message_from_fields, message_to_fields
from finops_repl.base.errors import DamagedFile, InputError
from finops_repl.base.events import BranchOpened, CodeOutput, Event, to_json
from finops_repl.base.places import state_dir
from finops_repl.base.recorded import recorded_fact

__all__ = ["SCHEMA", "SessionFile", "SessionHead", "read_head", "read_lines", "sessions_dir"]

SCHEMA = 2
WITHOUT_HEAD = 1
"""Sessions of this schema say nothing of their account in the first line."""

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SessionHead:
    """Whose session it is: what opens the same account and workspace again.

    `reopen` are the flags of the account (`account`, `aws_profile`, `aws_role`), a simulated
    one's day among them; it is empty in sessions of an older version. `started` is ISO, UTC.
    """

    session: str
    account: str = ""
    account_id: str = ""
    reopen: dict[str, str] = field(default_factory=dict)
    workspace: str = ""
    started: str = ""


class SessionFile:
    """The file of one session, in the user's private state folder."""

    def __init__(self, path: Path, head: SessionHead) -> None:
        self.path = path
        self.head = head
        self._descriptor: int | None = None
        self._lock = threading.Lock()

    @staticmethod
    def create(head: SessionHead) -> SessionFile:
        """The file of a new session; it appears with its first line."""
        return SessionFile(sessions_dir() / f"{head.session}.jsonl", head)

    @staticmethod
    def reopen(path: Path) -> SessionFile:
        """A session to go on with, held for this process; what a crash tore is cut off.

        Raises `InputError` where another process goes on with it, `DamagedFile` for what is no
        session that this version reads.
        """
        file = SessionFile(path, read_head(path))
        with file._lock:
            descriptor = file._held()
        content = path.read_bytes()
        os.truncate(descriptor, content.rfind(b"\n") + 1)
        return file

    def close(self) -> None:
        """Let another process go on with it."""
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def record(self, event: Event) -> None:
        """Append an event. It is on the disk when this returns, but for a script's output, which
        a crash may take along."""
        self._append(to_json(event), sync=not isinstance(event.fact, CodeOutput))

    def commit(self, message: Message) -> None:
        """Append a message of the conversation, before it is sent."""
        self._append({"type": "Message", **message_to_fields(message)}, sync=True)

    def events(self) -> list[Fields]:
        """The recorded events, in order."""
        return [line for line in read_lines(self.path) if line["type"] != "Message"]

    def history(self) -> History:
        """The conversation so far, ready to go on: calls left open by a crash are answered."""
        replayed = History()
        messages: list[Message] = []
        for line in read_lines(self.path):
            if line["type"] == "Message":
                messages.append(message_from_fields(line))
            elif line["type"] == BranchOpened.__name__:
                replayed = History(messages)
                branch = recorded_fact(line)
                assert isinstance(branch, BranchOpened)
                replayed.follow(branch)
                messages = list(replayed.messages)
        history = History(messages, self.commit)
        history.answer_open_calls()
        return history

    def _append(self, line: Fields, *, sync: bool) -> None:
        with self._lock:
            descriptor = self._held()
            end = os.fstat(descriptor).st_size
            content = _encoded(line)
            if end == 0:
                content = _encoded({"type": "Session", "schema": SCHEMA, **asdict(self.head)}) + (
                    content
                )
            try:
                written = 0
                while written < len(content):
                    written += os.write(descriptor, content[written:])
            except OSError:
                os.ftruncate(descriptor, end)  # half a line would spoil the next one
                raise
            if sync:
                os.fsync(descriptor)

    def _held(self) -> int:
        """The file, open and locked."""
        if self._descriptor is not None:
            return self._descriptor
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        descriptor = os.open(self.path, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise InputError(
                f"another process goes on with the session {self.head.session}",
                hint="go on there, or end it; without --resume and --continue a new one begins",
            ) from None
        self._descriptor = descriptor
        return descriptor


def sessions_dir() -> Path:
    """Where the sessions of this user lie."""
    return state_dir("sessions")


def read_head(path: Path) -> SessionHead:
    """Whose session a file holds; raises `DamagedFile` for what is none that we read."""
    with path.open("rb") as file:
        line = file.readline()
    if not line.endswith(b"\n"):
        return SessionHead(path.stem)  # a crash came before its first line was whole
    return _head(path, line)


def read_lines(path: Path, kinds: tuple[str, ...] = ()) -> Iterator[Fields]:
    """The events and messages of a session, of these kinds alone where some are named.

    What a crash left of a last line is passed over: nothing was ever shown or sent on its word.
    """
    if not path.exists():
        return
    starts = tuple(f'{{"type": "{kind}"'.encode() for kind in kinds)
    with path.open("rb") as file:
        for number, line in enumerate(file):
            if not line.endswith(b"\n"):
                return
            if number == 0:
                _head(path, line)
            elif not kinds or line.startswith(starts):
                yield _decoded(path, number, line)


def _head(path: Path, line: bytes) -> SessionHead:
    fields_read = _decoded(path, 0, line)
    schema = fields_read.get("schema")
    if fields_read.get("type") != "Session" or schema not in (WITHOUT_HEAD, SCHEMA):
        raise DamagedFile(
            f"{path} is no session that this version reads",
            hint="it was left untouched; it may come from a newer finops-repl",
        )
    names = {each.name for each in fields(SessionHead)}
    known = {name: value for name, value in fields_read.items() if name in names}
    return SessionHead(**{"session": path.stem, **known})


def _encoded(line: Fields) -> bytes:
    return json.dumps(line, ensure_ascii=True, default=str).encode() + b"\n"


def _decoded(path: Path, number: int, line: bytes) -> Fields:
    try:
        decoded = json.loads(line)
    except ValueError as error:
        raise DamagedFile(
            f"{path}, line {number + 1}: {error}", hint="it was left untouched"
        ) from error
    if not isinstance(decoded, dict) or "type" not in decoded:
        raise DamagedFile(
            f"{path}, line {number + 1} is no event and no message", hint="it was left untouched"
        )
    return decoded
