"""Answers of AWS on the user's own disk: asked once, paid once, read again while they are true.

An answer is found by who asks, in which account, at which endpoint and region, and by all that was
asked. What cannot be read, what was changed and what is of another version is no answer: AWS is
asked, and the entry written anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.base.files import write_atomic
from finops_repl.base.places import cache_dir
from finops_repl.gateway.exact_json import from_json, to_json
from finops_repl.gateway.freshness import LONGEST, is_kept, lifetime, next_page
from finops_repl.gateway.turns import Turns

__all__ = ["AnswerCache", "Asker", "open_cache"]

SCHEMA: Final = 1
ENTRY_BYTES: Final = 4 << 20
CACHE_BYTES: Final = 256 << 20
SWEEPS: Final = 16
"""The folder is looked through at the first entry, then whenever this part of it was written."""
TOKENS_LAST: Final = timedelta(minutes=10)
"""Later than this the next page is not asked by a token of the cache: AWS may have forgotten it."""
PAGES_FOLLOWED: Final = 200
_SETS: Final = frozenset({"Metrics", "Values"})
"""Lists of Cost Explorer whose order says nothing."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Under whose name answers are kept: an ARN, never a credential; 12 digits; an address."""

    principal: str
    account: str
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    result: Result
    age: timedelta


class AnswerCache:
    """The answers of one asker; threads and processes may share the folder.

    With `fresh` nothing is read from it, and what AWS answers replaces what was kept.
    """

    def __init__(
        self,
        folder: Path,
        asker: Asker,
        *,
        fresh: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        limit: int = CACHE_BYTES,
    ) -> None:
        self._folder = folder
        self._asker = asker
        self._fresh = fresh
        self._now = now
        self._limit = limit
        self._turns = Turns()
        self._lock = threading.Lock()
        self._unswept = limit

    def answer(
        self, call: Call, ask: Callable[[], Answer], *, cancelled: threading.Event
    ) -> tuple[Answer, timedelta | None]:
        """The kept answer and its age, else what `ask` answers and None.

        Of calls that ask the same at the same time one is asked, and the others wait for it.
        """
        if not is_kept(call):
            return ask(), None
        asked = self._text_of(call)
        with self._turns.taken(asked, cancelled) as taken:
            if not taken:
                return Refusal("RequestAborted", "the run was cancelled"), None
            entry = None if self._fresh else self._find(call)
            if entry is not None:
                return entry.result, entry.age
            answer = ask()
            if isinstance(answer, Result):
                self._keep(asked, answer)
            return answer, None

    def _find(self, call: Call) -> _Entry | None:
        """The fresh entry of a call; of a page, where the pages after it can be had as well."""
        found = entry = self._read(call)
        for _ in range(PAGES_FOLLOWED):
            if entry is None:
                return None
            following = next_page(call, entry.result)
            if following is None or entry.age <= TOKENS_LAST:
                return found
            call, entry = following, self._read(following)
        return None

    def _read(self, call: Call) -> _Entry | None:
        asked = self._text_of(call)
        try:
            fields = json.loads(_content(self._path(asked)))
            if fields["schema"] != SCHEMA or fields["asked"] != asked:
                return None
            if fields["sha256"] != _digest(asked, fields["kept_at"], fields["answer"]):
                return None
            kept_at = datetime.fromisoformat(fields["kept_at"])
            age = self._now() - kept_at
            result = Result(from_json(json.loads(fields["answer"])))
        except (OSError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
            return None  # whatever lies there, it is no answer of ours
        # An entry of a time to come was written by another clock: how old it is cannot be told.
        if not timedelta(0) <= age < lifetime(call, result, kept_at):
            return None
        return _Entry(result, age)

    def _keep(self, asked: str, answer: Result) -> None:
        """Write the entry; one that is too large or finds no room is not kept, and no failure."""
        kept_at = self._now().isoformat()
        try:
            text = json.dumps(to_json(answer.fields), separators=(",", ":"))
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
        return self._folder / f"{hashlib.sha256(asked.encode()).hexdigest()}.json"

    def _text_of(self, call: Call) -> str:
        """Everything that an answer depends on, the same text for the same question."""
        named = {
            "principal": self._asker.principal,
            "account": self._asker.account,
            "endpoint": self._asker.endpoint,
            "region": call.region,
            "service": call.service,
            "operation": call.operation,
            "params": _canonical(call),
        }
        return json.dumps(named, sort_keys=True, separators=(",", ":"))

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


def open_cache(asker: Asker, *, fresh: bool = False) -> AnswerCache:
    """The cache in the user's private cache folder."""
    return AnswerCache(cache_dir("answers"), asker, fresh=fresh)


def _canonical(call: Call) -> Any:
    """What was asked, whatever the order in which it was said."""
    params = {name: value for name, value in call.params.items() if name != "ClientRequestToken"}
    return _without_order(to_json(params)) if call.service == "ce" else to_json(params)


def _without_order(asked: Any) -> Any:
    if isinstance(asked, list):
        return [_without_order(item) for item in asked]
    if not isinstance(asked, Mapping):
        return asked
    return {
        name: sorted(map(str, item))
        if name in _SETS and isinstance(item, list)
        else _without_order(item)
        for name, item in asked.items()
    }


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
