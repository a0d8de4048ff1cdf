"""Files in before the job, files out after it: regular files below data/, never through a link.

Nothing here is trusted by the host, which checks each name and counts each byte again.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

import frames
import place

MAX_FILES = 200
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_TOTAL_BYTES = 128 * 1024 * 1024
MAX_DEPTH = 4
MAX_NAME = 300
MAX_ENTRIES = 20_000
MAX_REJECTED = 50

Mark = tuple[int, int, int, int]
Frame = tuple[int, bytes]


class Inputs:
    """Writes the files that the host sends, and remembers how each looked."""

    def __init__(self) -> None:
        self.marks: dict[str, Mark] = {}
        self._name = ""
        self._left = 0
        self._open: BinaryIO | None = None

    def begin(self, payload: bytes) -> None:
        """Start the file of a FILE frame."""
        if self._open is not None:
            raise frames.FrameError("a file began before the last one was complete")
        try:
            match json.loads(payload):
                case {"name": str(name), "size": int(size)} if name and size >= 0:
                    self._name, self._left = name, size
                case _:
                    raise ValueError
        except (ValueError, RecursionError) as error:
            raise frames.FrameError("a file without its name and size") from error
        path = f"{place.DATA}/{self._name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self._open = open(path, "xb")  # noqa: SIM115 - its bytes come with later frames
        self._finish_if_complete()

    def add(self, payload: bytes) -> None:
        """Append the bytes of a CHUNK frame."""
        if self._open is None or len(payload) > self._left:
            raise frames.FrameError("bytes of a file that was not announced")
        self._open.write(payload)
        self._left -= len(payload)
        self._finish_if_complete()

    def _finish_if_complete(self) -> None:
        if self._open is not None and self._left == 0:
            self._open.close()
            self._open = None
            self.marks[self._name] = _mark(os.stat(f"{place.DATA}/{self._name}"))


def outputs(marks: dict[str, Mark]) -> Iterator[Frame]:
    """The frames of what the job left below data/: each new or changed file, or why it stays."""
    sent = total = rejected = 0
    for name, folder, entry in _walk():
        reason, size = "", 0
        try:
            status = os.stat(entry, dir_fd=folder, follow_symlinks=False)
            if _mark(status) == marks.get(name):
                continue
            reason, size = _refusal(status), status.st_size
            if not reason and len(name) > MAX_NAME:
                reason = "its name is too long"
            if not reason and sent >= MAX_FILES:
                reason = f"more than {MAX_FILES} files"
            if not reason and total + size > MAX_TOTAL_BYTES:
                reason = f"more than {MAX_TOTAL_BYTES >> 20} MB in all"
            if not reason:
                yield from _content(name, folder, entry, size)
                sent, total = sent + 1, total + size
        except OSError as error:
            reason = error.strerror or "cannot be read"
        if reason:
            rejected += 1
            if rejected <= MAX_REJECTED:
                yield _rejection(name, reason)
    if rejected > MAX_REJECTED:
        yield _rejection(f"{rejected - MAX_REJECTED} more", "not listed")


def _walk() -> Iterator[tuple[str, int, str]]:
    """Every file: its name below data/, its folder's descriptor, its own name; of folders those
    that lie too deep to be entered.

    Folders are opened without following links, each while it is walked only.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    budget = MAX_ENTRIES

    def inside(folder: int, prefix: str, depth: int) -> Iterator[tuple[str, int, str]]:
        nonlocal budget
        with os.scandir(folder) as entries:
            for entry in entries:
                budget -= 1
                if budget < 0:
                    return
                if depth == MAX_DEPTH or not entry.is_dir(follow_symlinks=False):
                    yield prefix + entry.name, folder, entry.name
                else:
                    try:
                        below = os.open(entry.name, flags, dir_fd=folder)
                    except OSError:
                        continue
                    try:
                        yield from inside(below, f"{prefix}{entry.name}/", depth + 1)
                    finally:
                        os.close(below)

    with contextlib.suppress(OSError):  # the job removed the folder, or put a link in its place
        top = os.open(place.DATA, flags)
        try:
            yield from inside(top, "", 1)
        finally:
            os.close(top)


def _refusal(status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return "a link"
    if stat.S_ISDIR(status.st_mode):
        return f"more than {MAX_DEPTH - 1} folders deep"
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if status.st_nlink > 1:
        return "a hard link"
    if status.st_size > MAX_FILE_BYTES:
        return f"larger than {MAX_FILE_BYTES >> 20} MB"
    return ""


def _content(name: str, folder: int, entry: str, size: int) -> Iterator[Frame]:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    with open(os.open(entry, flags, dir_fd=folder), "rb", buffering=0) as content:
        # A name that is no UTF-8 reaches the host as escapes, which it refuses.
        yield frames.FILE, json.dumps({"name": name, "size": size}).encode()
        left = size
        while left:
            chunk = content.read(min(frames.CHUNK_BYTES, left))
            if not chunk:  # nobody is left to truncate it: only a damaged file system gets here
                raise OSError(0, "shorter than announced")
            yield frames.CHUNK, chunk
            left -= len(chunk)


def _rejection(name: str, reason: str) -> Frame:
    return frames.REJECTED, json.dumps({"name": name[:MAX_NAME], "reason": reason}).encode()


def _mark(status: os.stat_result) -> Mark:
    """What changes with every write: the change time is the kernel's and cannot be set."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
