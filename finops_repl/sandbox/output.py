"""What a script prints: live text as it comes, and head and tail of it for the record."""

from __future__ import annotations

import codecs
from collections.abc import Callable

from finops_repl.sandbox.frames import FrameError
from finops_repl.sandbox.limits import MB

__all__ = ["HeadAndTail", "PrintedStream"]

KEPT_BYTES = 32 * 1024
MOST_BYTES = 16 * MB + 256 * 1024
"""A runner sends no more of one stream; a box that does is no runner."""


class HeadAndTail:
    """The first and the last bytes of a stream of any length."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept = kept_bytes
        self._head = bytearray()
        self._tail = bytearray()
        self._cut = 0

    @property
    def cut(self) -> int:
        """How many bytes between head and tail were left out."""
        return self._cut

    def add(self, data: bytes) -> None:
        """Append bytes."""
        room = self._kept - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        excess = len(self._tail) - self._kept
        if excess > 0:
            del self._tail[:excess]
            self._cut += excess

    def skip(self, count: int) -> None:
        """Count bytes that are not there; what is kept of the tail lies before them and goes."""
        self._cut += count + len(self._tail)
        self._tail.clear()

    def text(self) -> str:
        """Head and tail, with a line between them that says how much was left out."""
        if not self._cut:
            return (self._head + self._tail).decode(errors="replace")
        head = codecs.getincrementaldecoder("utf-8")("replace").decode(bytes(self._head))
        tail = bytes(self._tail)
        # A tail may begin within a character: up to three bytes that only continue one.
        begins = next((n for n in range(min(4, len(tail))) if tail[n] & 0xC0 != 0x80), 0)
        return f"{head}{_gap(self._cut)}{tail[begins:].decode(errors='replace')}"


class PrintedStream:
    """One stream of a run: each piece is shown as text when it comes, whatever bytes it has."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._kept = HeadAndTail()
        self._left = MOST_BYTES

    @property
    def cut(self) -> int:
        return self._kept.cut

    def add(self, data: bytes) -> None:
        """Keep and show bytes; a character cut in two waits for its end.

        Raises `FrameError` for more of them than a runner sends.
        """
        self._left -= len(data)
        if self._left < 0:
            raise FrameError("more output than a runner sends")
        self._kept.add(data)
        text = self._decoder.decode(data)
        if text:
            self._show(text)

    def skip(self, count: int) -> None:
        """Note that the box left out `count` bytes here."""
        self._kept.skip(count)
        self._show(self._decoder.decode(b"", True) + _gap(count))

    def finish(self, last_words: str = "") -> str:
        """Show what is left and what is to be added; the text of the record."""
        rest = self._decoder.decode(b"", True) + last_words
        if rest:
            self._show(rest)
        return self._kept.text() + last_words


def _gap(count: int) -> str:
    return f"\n[... {count:,} bytes left out ...]\n"
