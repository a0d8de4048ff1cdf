"""Files that a run left: checked, counted and put into workspace/data by the host, one by one.

The box is not believed: names, sizes and order are checked here again. A file appears under its
name only when it is complete, and never through a link. What a failed run leaves replaces nothing:
where its name is taken it lies beside, as `costs.failed-RUN.csv`.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from finops_repl.sandbox.file_names import MAX_PART_BYTES, name_problem
from finops_repl.sandbox.frames import FrameError
from finops_repl.sandbox.limits import MAX_TOTAL_BYTES
from finops_repl.sandbox.picture_size import picture_size
from finops_repl.sandbox.port import OutputFile
from finops_repl.sandbox.table_shape import table_shape

__all__ = ["Collection"]

MAX_FILES = 200
MAX_REJECTED = 51
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Collection:
    """Receives one run's files: FILE, its CHUNKs, the next FILE; REJECTED where one stays."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._announced = 0
        self._total = 0
        self._left = 0
        self._arriving: _Arriving | None = None
        self._failed_run = ""
        self.files: list[OutputFile] = []
        self.rejected: list[str] = []

    def keep_what_is_there(self, run: str) -> None:
        """From now on nothing is replaced: the run, whose id this is, has failed."""
        self._failed_run = run

    def begin(self, payload: bytes) -> None:
        """A file is announced; raises `FrameError` beyond the limits that the box must keep."""
        if self._left:
            raise FrameError("a file began before the last one was complete")
        name, size = _field(payload, "name", str), _field(payload, "size", int)
        self._announced += 1
        self._total += size
        if self._announced > MAX_FILES or size < 0 or self._total > MAX_TOTAL_BYTES:
            raise FrameError("more files than the box may send")
        self._left = size
        problem = name_problem(name)
        if problem:
            self._reject(name, problem)
        else:
            try:
                self._arriving = _Arriving(self._data, name, size, self._failed_run)
            except OSError as error:
                self._reject(name, f"cannot be placed: {error.strerror}")
        self._place_if_complete()

    def add(self, chunk: bytes) -> None:
        """The next bytes of the announced file."""
        if not 0 < len(chunk) <= self._left:
            raise FrameError("bytes of a file that was not announced")
        self._left -= len(chunk)
        if self._arriving is not None:
            try:
                self._arriving.write(chunk)
            except OSError as error:
                self._reject(self._arriving.name, f"cannot be placed: {error.strerror}")
                self.close()
        self._place_if_complete()

    def reject(self, payload: bytes) -> None:
        """The box keeps a file back; one that was arriving is not complete."""
        self._left = 0
        self.close()
        self._reject(_field(payload, "name", str), _field(payload, "reason", str))

    def finish(self) -> None:
        """Nothing follows; raises `FrameError` where a file is not complete."""
        if self._left:
            raise FrameError("the box ended before a file was complete")

    def close(self) -> None:
        """Remove what is incomplete."""
        if self._arriving is not None:
            self._arriving.discard()
            self._arriving = None

    def _place_if_complete(self) -> None:
        if self._left or self._arriving is None:
            return
        arriving, self._arriving = self._arriving, None
        try:
            self.files.append(arriving.place())
        except OSError as error:
            self._reject(arriving.name, f"cannot be placed: {error.strerror}")
            arriving.discard()

    def _reject(self, name: str, reason: str) -> None:
        if len(self.rejected) > MAX_REJECTED + MAX_FILES:
            raise FrameError("more files than the box may send")
        shown = ascii(name)[1:-1] if not name.isprintable() else name
        self.rejected.append(f"{shown[:200]}: {reason[:200]}")


class _Arriving:
    """A file on its way, under a temporary name beside its place."""

    def __init__(self, data: Path, name: str, size: int, failed_run: str) -> None:
        """`failed_run` is the id of a run whose files replace none; empty where they may."""
        self.name = name
        self._failed_run = failed_run
        self.size = size
        *folders, self._last = name.split("/")
        self._temporary = f".{secrets.token_hex(8)}.part"
        self._folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for folder in folders:
                self._enter(folder)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            descriptor = os.open(self._temporary, flags, 0o644, dir_fd=self._folder)
        except OSError:
            os.close(self._folder)
            raise
        self._content = os.fdopen(descriptor, "w+b")

    def write(self, chunk: bytes) -> None:
        self._content.write(chunk)

    def place(self) -> OutputFile:
        """Give the complete file its name; a file or link that bore it is replaced, or stays."""
        self._content.flush()
        os.fsync(self._content.fileno())
        self._content.seek(0)
        picture = picture_size(self.name, self._content)
        self._content.seek(0)
        rows, columns = table_shape(self.name, self._content, self.size)
        last = self._last
        if self._failed_run and self._is_taken():
            last = _name_beside(last, self._failed_run)
        os.rename(self._temporary, last, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        self._content.close()
        os.close(self._folder)
        name = self.name.removesuffix(self._last) + last
        instead_of = self.name if name != self.name else ""
        return OutputFile(name, self.size, rows, columns, picture, instead_of)

    def discard(self) -> None:
        with contextlib.suppress(OSError):  # a full disk fails the last flush, too
            self._content.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._temporary, dir_fd=self._folder)
        os.close(self._folder)

    def _is_taken(self) -> bool:
        try:
            os.stat(self._last, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def _enter(self, folder: str) -> None:
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o755, dir_fd=self._folder)
        inner = os.open(folder, FOLDER, dir_fd=self._folder)
        os.close(self._folder)
        self._folder = inner


def _name_beside(name: str, run: str) -> str:
    """`costs.failed-RUN.csv` for costs.csv; a stem that leaves no room for that is cut."""
    stem, dot, suffix = name.partition(".")
    mark = f".failed-{run}"
    room = MAX_PART_BYTES - len(f"{mark}{dot}{suffix}".encode())
    if room < 1:
        stem, dot, suffix, room = name, "", "", MAX_PART_BYTES - len(mark)
    return stem.encode()[:room].decode(errors="ignore") + mark + dot + suffix


def _field(payload: bytes, name: str, kind: type) -> Any:
    try:
        value = json.loads(payload)[name]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise FrameError(f"a file is announced without its {name}") from error
    if type(value) is not kind:
        raise FrameError(f"a file is announced with a {name} of the wrong kind")
    return value
