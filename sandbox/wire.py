"""The runner's end of the wire: frames in from stdin, frames out to stdout, never blocking."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections import deque
from collections.abc import Iterator

import frames

FROM_HOST = frozenset(
    {
        frames.PREPARE,
        frames.FILE,
        frames.CHUNK,
        frames.JOB,
        frames.STOP,
        frames.PING,
        frames.DATA,
        frames.CREDIT,
        frames.CLOSE,
    }
)
CONGESTED_BYTES = 1024 * 1024
READ_BYTES = 1024 * 1024
PIPE_BYTES = 1024 * 1024
"""What Linux lets any process ask for. In the usual 64 KB the engine, which copies into this pipe,
would wait for each of our reads."""


class HostGone(Exception):
    """The wire's other end is closed: nobody is left to work for."""


class Wire:
    """Frames over two pipes. Reading never waits for writing: the host cannot be deadlocked."""

    def __init__(self, source: int, sink: int) -> None:
        self.source = source
        self.sink = sink
        for end in (source, sink):
            os.set_blocking(end, False)
            with contextlib.suppress(OSError):  # no pipe, or the user's share of pipes is spent
                fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._decoder = frames.Decoder(FROM_HOST)
        self._waiting: deque[memoryview] = deque()
        self._waiting_bytes = 0

    @property
    def congested(self) -> bool:
        """Whether so much waits for the host that nothing more should be read for it."""
        return self._waiting_bytes >= CONGESTED_BYTES

    @property
    def waiting(self) -> bool:
        """Whether anything waits to be written."""
        return bool(self._waiting)

    def receive(self) -> Iterator[tuple[int, bytes]]:
        """The frames that have arrived; raises `HostGone` at the end of the stream."""
        try:
            data = os.read(self.source, READ_BYTES)
        except BlockingIOError:
            return iter(())
        except OSError as error:
            raise HostGone from error
        if not data:
            raise HostGone
        return self._decoder.feed(data)

    def send(self, kind: int, payload: bytes = b"") -> None:
        """Queue a frame; it leaves with the next `flush`."""
        data = frames.frame(kind, payload)
        self._waiting.append(memoryview(data))
        self._waiting_bytes += len(data)

    def flush(self) -> None:
        """Write as much as the pipe takes now."""
        try:
            while self._waiting:
                first = self._waiting[0]
                written = os.write(self.sink, first)
                self._waiting_bytes -= written
                if written < len(first):
                    self._waiting[0] = first[written:]
                    return
                self._waiting.popleft()
        except BlockingIOError:
            return
        except OSError as error:
            raise HostGone from error
