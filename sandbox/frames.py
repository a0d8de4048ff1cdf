"""The frames in which this runner and the host speak over the container's stdin and stdout.

A frame is one byte of kind, four bytes of length (big-endian) and the payload. The host keeps
the same table in `finops_repl/sandbox/frames.py`; a test holds the two equal.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

PREPARE: Final = 1  # host: JSON, the languages of the job to come, and whether to warm them
FILE: Final = 2  # both: JSON, name and size of the file whose bytes follow as CHUNK
CHUNK: Final = 3  # both: bytes of the file announced last
JOB: Final = 4  # host: JSON, the order; the job starts
STOP: Final = 5  # host: end the job now and hand over what it left
PING: Final = 6  # host: still there
DATA: Final = 16  # both: stream number, then bytes
CREDIT: Final = 17  # both: stream number, then how many more bytes may be sent
CLOSE: Final = 18  # both: stream number
READY: Final = 32  # box: the runner waits for its order
STARTED: Final = 33  # box: the job has its order
STDOUT: Final = 34  # box: bytes that the job printed
STDERR: Final = 35  # box
SKIPPED: Final = 36  # box: STDOUT or STDERR, then how many bytes were left out here
FIGURE: Final = 37  # box: JSON, a figure that the script declared
OPEN: Final = 38  # box: stream number of a new connection
ENDED: Final = 39  # box: JSON, how the job's process ended
REJECTED: Final = 40  # box: JSON, a file that is not handed over and why
DONE: Final = 41  # box: nothing follows
PREPARED: Final = 42  # box: what was to be prepared is ready for its order

HEADER: Final = struct.Struct("!BI")
STREAM: Final = struct.Struct("!I")
GRANT: Final = struct.Struct("!II")
GAP: Final = struct.Struct("!BQ")

CHUNK_BYTES: Final = 128 * 1024
"""The most bytes of a file, of output or of a connection in one frame."""
WINDOW: Final = 512 * 1024
"""Bytes that either end may have under way in one stream before it is granted more."""
WIDE_WINDOW: Final = 4 * 1024 * 1024
"""What the runner grants a stream whose client keeps up: a round trip through an engine's own
copying takes milliseconds."""
WIDE_STREAMS: Final = 8
"""With more streams than these, none is widened."""
MAX_STREAMS: Final = 128
"""Connections at a time; the next ones wait in the listener's queue."""
FIGURE_BYTES: Final = 4096
MAX_FIGURES: Final = 200

LONGEST: Final[dict[int, int]] = {
    PREPARE: 1024,
    FILE: 4096,
    CHUNK: CHUNK_BYTES,
    JOB: 8 * 1024 * 1024,
    STOP: 0,
    PING: 0,
    DATA: STREAM.size + CHUNK_BYTES,
    CREDIT: GRANT.size,
    CLOSE: STREAM.size,
    READY: 0,
    STARTED: 0,
    STDOUT: CHUNK_BYTES,
    STDERR: CHUNK_BYTES,
    SKIPPED: GAP.size,
    FIGURE: FIGURE_BYTES,
    OPEN: STREAM.size,
    ENDED: 1024,
    REJECTED: 4096,
    DONE: 0,
    PREPARED: 0,
}
"""The longest payload of each kind; what is not listed does not exist."""


class FrameError(Exception):
    """The other end sent what the protocol does not allow."""


def frame(kind: int, payload: bytes = b"") -> bytes:
    """The bytes of one frame, header and payload together."""
    return HEADER.pack(kind, len(payload)) + payload


class Decoder:
    """Cuts a byte stream into frames, refusing unknown kinds and excessive lengths."""

    def __init__(self, accepted: frozenset[int]) -> None:
        self._accepted = accepted
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._needed = HEADER.size

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The frames that `data` completes, in order."""
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes < self._needed:
            return  # joined once it is complete: a long frame comes in many pieces
        whole, at = b"".join(self._held), 0
        self._needed = HEADER.size
        try:
            while len(whole) - at >= HEADER.size:
                kind, length = HEADER.unpack_from(whole, at)
                if kind not in self._accepted:
                    raise FrameError(f"no frame of kind {kind} is expected here")
                if length > LONGEST[kind]:
                    raise FrameError(f"a frame of kind {kind} with {length} bytes is too long")
                start, end = at + HEADER.size, at + HEADER.size + length
                if len(whole) < end:
                    self._needed = end - at
                    break
                at = end
                yield kind, whole[start:end]
        finally:
            self._held, self._held_bytes = [whole[at:]], len(whole) - at
