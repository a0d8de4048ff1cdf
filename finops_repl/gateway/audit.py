"""The audit: one JSON line for every call, the refused and the unreadable ones too.

Each line holds the hash of the line before it, so that a line which was changed, removed or put
in shows in the next one. What is cut off at the very end does not. A line whose writer died within
it is closed by the next writer, whose own line holds the hash of what there is of it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from finops_repl.base.places import state_dir
from finops_repl.gateway.record import CallRecord, audit_fields

__all__ = ["AuditLog", "AuditedCall", "open_audit"]

LINE_BYTES = 64 * 1024
"""More than a line takes: reasons are cut, and nothing else of a call's own is in it."""


@dataclass(frozen=True, slots=True)
class AuditedCall:
    """A line of the audit; `problem` says what is wrong with its place in the chain, if it is."""

    place: str
    fields: dict[str, Any]
    problem: str = ""


class AuditLog:
    """Appends to `<folder>/<year>-<month>.jsonl`; threads and processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._end = (Path(), 0, "")
        """The file that was written last, its size then and the hash of its last line."""

    def append(self, record: CallRecord) -> None:
        """Write the record; a call that cannot be recorded is not answered either."""
        path = self.folder / f"{record.at:%Y-%m}.jsonl"
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        with self._lock, os.fdopen(os.open(path, flags, 0o600), "ab", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            before = self._hash_at_end(path, file.fileno())
            fields = {**audit_fields(record), "previous": before}
            line = json.dumps(fields, ensure_ascii=False).encode()
            _write(file, (b"\n" if _is_torn(file.fileno()) else b"") + line + b"\n")
            self._end = (path, os.fstat(file.fileno()).st_size, _digest(line))

    def calls(self) -> Iterator[AuditedCall]:
        """Every line in its order, each held against the line before it."""
        before = ""
        for path in sorted(self.folder.glob("*.jsonl")):
            with path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    yield _read(f"{path.name}:{number}", line.rstrip(b"\n"), before)
                    before = _digest(line.rstrip(b"\n"))

    def _hash_at_end(self, path: Path, descriptor: int) -> str:
        size = os.fstat(descriptor).st_size
        known, known_size, known_hash = self._end
        if (path, size) == (known, known_size):
            return known_hash
        if size:
            return _digest(_last_line(descriptor, size))
        earlier = [each for each in sorted(self.folder.glob("*.jsonl")) if each.name < path.name]
        if not earlier:
            return ""
        with earlier[-1].open("rb") as file:
            return _digest(_last_line(file.fileno(), os.fstat(file.fileno()).st_size))


def open_audit() -> AuditLog:
    """The audit in the user's private state folder."""
    return AuditLog(state_dir("audit"))


def _write(file: FileIO, content: bytes) -> None:
    """All of it: a disk that is full takes a part, and fails the next time."""
    while content:
        content = content[file.write(content) :]


def _is_torn(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"


def _last_line(descriptor: int, size: int) -> bytes:
    tail = os.pread(descriptor, LINE_BYTES, max(0, size - LINE_BYTES))
    return tail.rstrip(b"\n").rpartition(b"\n")[2]


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _read(place: str, line: bytes, before: str) -> AuditedCall:
    try:
        fields = json.loads(line)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        return AuditedCall(place, {}, "it is no whole line of the audit")
    if fields.get("previous") != before:
        return AuditedCall(place, fields, "the line before it was changed, removed or put in")
    return AuditedCall(place, fields)
