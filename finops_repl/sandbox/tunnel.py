"""The host's end of the tunnel: streams of bytes from 127.0.0.1 inside a box.

What comes from a box is hostile: each frame's stream must be open, and neither end may send
more than the other granted. A breach is a `FrameError`, which ends the box.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from finops_repl.sandbox import frames
from finops_repl.sandbox.frames import FrameError
from finops_repl.sandbox.port import Bytes

__all__ = ["Send", "Stream", "StreamEnded", "Tunnel"]


class Send(Protocol):
    """Queues a frame for the box, its payload in parts; never waits."""

    def __call__(self, kind: int, /, *payload: Bytes) -> None: ...


GRANT_BYTES = frames.WINDOW // 4
MOST_SERVED = 2 * frames.MAX_STREAMS
"""A stream that was closed is served until its call returns; so many threads at the most."""


class StreamEnded(Exception):
    """The client or the box has gone; nothing more can be sent."""


class Stream:
    """One connection, read and written by a thread of its own."""

    def __init__(self, number: int, send: Send) -> None:
        self.number = number
        self._send = send
        self._arrived: deque[bytes] = deque()
        self._may_receive = frames.WINDOW
        self._consumed = 0
        self._may_send = frames.WINDOW
        self._ended = False
        self._changed = threading.Condition()

    def read(self, patience_s: float) -> bytes:
        """The next bytes; empty at the end, or when none came for `patience_s` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._arrived or self._ended, patience_s)
            if not self._arrived:
                return b""
            data = self._arrived.popleft()
            self._consumed += len(data)
            if self._consumed >= GRANT_BYTES and not self._ended:
                self._may_receive += self._consumed
                self._send(frames.CREDIT, frames.GRANT.pack(self.number, self._consumed))
                self._consumed = 0
            return data

    def write(self, data: bytes) -> None:
        """Send it all, waiting while the client does not read; raises `StreamEnded`."""
        left = memoryview(data)
        prefix = frames.STREAM.pack(self.number)
        while left:
            with self._changed:
                self._changed.wait_for(lambda: self._may_send > 0 or self._ended)
                if self._ended:
                    raise StreamEnded
                size = min(len(left), self._may_send, frames.CHUNK_BYTES)
                self._may_send -= size
            self._send(frames.DATA, prefix, left[:size])
            left = left[size:]

    def arrived(self, data: bytes) -> None:
        """Take bytes of the client; raises `FrameError` beyond what was granted."""
        if not data:
            raise FrameError(f"stream {self.number} sent an empty frame")
        with self._changed:
            self._may_receive -= len(data)
            if self._may_receive < 0:
                raise FrameError(f"stream {self.number} sent more than it was granted")
            self._arrived.append(data)
            self._changed.notify_all()

    def granted(self, size: int) -> None:
        """May send `size` bytes more; raises `FrameError` where that exceeds the window."""
        with self._changed:
            self._may_send += size
            if self._may_send > frames.WIDE_WINDOW:
                raise FrameError(f"stream {self.number} was granted more than its window")
            self._changed.notify_all()

    def end(self) -> None:
        """No more comes and none can be sent; whoever waits is told."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()


class Tunnel:
    """The open streams of one box, each served in a thread by `serve`."""

    def __init__(self, send: Send, serve: Callable[[Stream, int], None]) -> None:
        self._send = send
        self._serve = serve
        self._streams: dict[int, Stream] = {}
        self._opened = 0
        self._serving = 0
        self._shut = False
        self._lock = threading.Lock()

    def frame(self, kind: int, payload: bytes) -> None:
        """Act on a frame of the box; raises `FrameError` for what the protocol does not allow."""
        if len(payload) < frames.STREAM.size:
            raise FrameError("a frame of the tunnel names no stream")
        (number,) = frames.STREAM.unpack_from(payload)
        if kind == frames.OPEN:
            self._open(number)
            return
        if not 0 < number <= self._opened:
            raise FrameError(f"stream {number} was never opened")
        with self._lock:
            stream = self._streams.get(number)
        if stream is None:
            return  # closed here while this frame was under way
        if kind == frames.DATA:
            stream.arrived(payload[frames.STREAM.size :])
        elif kind == frames.CREDIT and len(payload) == frames.GRANT.size:
            stream.granted(frames.GRANT.unpack(payload)[1])
        elif kind == frames.CLOSE:
            with self._lock:
                self._streams.pop(number, None)
            stream.end()
        else:
            raise FrameError(f"a frame of kind {kind} with {len(payload)} bytes is no tunnel frame")

    def shut(self) -> None:
        """End every stream and take no more: whoever waits for the box is told."""
        with self._lock:
            self._shut = True
            streams = list(self._streams.values())
            self._streams.clear()
        for stream in streams:
            stream.end()

    def _open(self, number: int) -> None:
        if number != self._opened + 1:
            raise FrameError(f"stream {number} was opened out of turn")
        with self._lock:
            if self._shut:
                raise FrameError(f"stream {number} was opened after the end")
            if len(self._streams) >= frames.MAX_STREAMS:
                raise FrameError(f"more than {frames.MAX_STREAMS} streams at a time")
            if self._serving >= MOST_SERVED:
                raise FrameError(f"more than {MOST_SERVED} streams still being served")
            self._serving += 1
            self._opened = number
            stream = Stream(number, self._send)
            self._streams[number] = stream
            open_now = len(self._streams)
        threading.Thread(
            target=self._run, args=(stream, open_now), name=f"stream {number}", daemon=True
        ).start()

    def _run(self, stream: Stream, open_now: int) -> None:
        try:
            self._serve(stream, open_now)
        finally:
            with self._lock:
                self._serving -= 1
                still_open = self._streams.pop(stream.number, None) is not None
            if still_open:
                self._send(frames.CLOSE, frames.STREAM.pack(stream.number))
            stream.end()
