"""What comes out of a job's pipes, on its way to the host: printed bytes and declared figures."""

from __future__ import annotations

import frames
from wire import Wire

FORWARDED_BYTES = 16 * 1024 * 1024
"""Of each stream the first so many bytes are sent on as they come, then its end alone."""
TAIL_BYTES = 64 * 1024


class Output:
    """One stream of a job; however much it prints, the host gets no more than this."""

    def __init__(self, wire: Wire, kind: int) -> None:
        self._wire = wire
        self._kind = kind
        self._forwarded = 0
        self._tail = bytearray()
        self._skipped = 0

    def add(self, data: bytes) -> None:
        """Forward the bytes, or keep the latest of them."""
        if self._forwarded < FORWARDED_BYTES:
            self._forwarded += len(data)
            self._wire.send(self._kind, data)
            return
        self._tail += data
        excess = len(self._tail) - TAIL_BYTES
        if excess > 0:
            del self._tail[:excess]
            self._skipped += excess

    def finish(self) -> None:
        """Send the end of a stream that was too long to forward."""
        if self._skipped:
            self._wire.send(frames.SKIPPED, frames.GAP.pack(self._kind, self._skipped))
        if self._tail:
            self._wire.send(self._kind, bytes(self._tail))


class Figures:
    """The lines of the figure pipe, a frame each; what is too long or too much is dropped."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._line = bytearray()
        self._sent = 0

    def add(self, data: bytes) -> None:
        """Take bytes of the pipe and send the lines that they complete."""
        self._line += data
        *lines, rest = self._line.split(b"\n")
        for line in lines:
            if 0 < len(line) <= frames.FIGURE_BYTES and self._sent < frames.MAX_FIGURES:
                self._sent += 1
                self._wire.send(frames.FIGURE, bytes(line))
        # A line without an end keeps one byte too many, so that it stays too long.
        self._line = rest[: frames.FIGURE_BYTES + 1]

    def finish(self) -> None:
        """A line without an end is no figure."""
