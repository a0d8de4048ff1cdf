"""The folder of kept answers: a file for each question, whole or not at all, the user's alone.

A file is believed where it is of this version, answers this very question and was not changed;
whatever else lies in its place is no answer, and is written over.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from finops_repl.aws.call import Result
from finops_repl.base.files import write_atomic
from finops_repl.gateway.exact_json import from_json, to_json
from finops_repl.gateway.freshness import LONGEST

__all__ = ["CACHE_BYTES", "ENTRY_BYTES", "AnswerFolder", "KeptAnswer"]

SCHEMA: Final = 1
ENTRY_BYTES: Final = 4 << 20
CACHE_BYTES: Final = 256 << 20
SWEEPS: Final = 16
"""The folder is looked through at the first entry, then whenever this part of it was written."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What AWS answered, and when."""

    result: Result
    at: datetime


class AnswerFolder:
    """Answers by the text of their question; threads and processes may share it.

    At `limit` bytes the oldest give way.
    """

    def __init__(
        self, folder: Path, now: Callable[[], datetime], *, limit: int = CACHE_BYTES
    ) -> None:
        self._folder = folder
        self._now = now
        self._limit = limit
        self._lock = threading.Lock()
        self._unswept = limit

    def read(self, asked: str) -> KeptAnswer | None:
        """What was kept for a question, however old it is."""
        try:
            fields = json.loads(_content(self._path(asked)))
            if fields["schema"] != SCHEMA or fields["asked"] != asked:
                return None
            if fields["sha256"] != _digest(asked, fields["kept_at"], fields["answer"]):
                return None
            result = Result(from_json(json.loads(fields["answer"])))
            return KeptAnswer(result, datetime.fromisoformat(fields["kept_at"]))
        except (OSError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
            return None  # whatever lies there, it is no answer of ours

    def write(self, asked: str, result: Result) -> None:
        """Keep what was answered now; what is too large or finds no room is not, and no failure."""
        kept_at = self._now().isoformat()
        try:
            text = json.dumps(to_json(result.fields), separators=(",", ":"))
        except TypeError:
            return  # a body, or what no model of AWS has
        fields = {
            "schema": SCHEMA,
            "kept_at": kept_at,
            "asked": asked,
            "sha256": _digest(asked, kept_at, text),
            "answer": text,
        }
        content = json.dumps(fields).encode()
        if len(content) > ENTRY_BYTES:
            return
        with suppress(OSError):
            write_atomic(self._path(asked), content, mode=0o600)
            self._wrote(len(content))

    def _path(self, asked: str) -> Path:
        return self._folder / f"{_digest(asked)}.json"

    def _wrote(self, size: int) -> None:
        with self._lock:
            self._unswept += size
            if self._unswept < self._limit // SWEEPS:
                return
            self._unswept = 0
            self._sweep()

    def _sweep(self) -> None:
        """Delete what nothing reads any more, then the oldest until the rest has room."""
        too_old = (self._now() - LONGEST).timestamp()
        files = [(path, path.lstat()) for path in self._folder.iterdir()]
        files.sort(key=lambda file: file[1].st_mtime)
        total = sum(file.st_size for _, file in files)
        for path, file in files:
            if file.st_mtime >= too_old and total <= self._limit:
                break
            path.unlink(missing_ok=True)  # another process may have been faster
            total -= file.st_size


def _content(path: Path) -> bytes:
    """The bytes of an entry, of a link or a pipe in its place none; raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is no file")
        return os.read(descriptor, ENTRY_BYTES + 1)
    finally:
        os.close(descriptor)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
