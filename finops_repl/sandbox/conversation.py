"""The wire to one box: one thread reads its frames, one writes to it and shows it we are there."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Final

from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.sandbox import frames
from finops_repl.sandbox.frames import Decoder, FrameError
from finops_repl.sandbox.port import Box
from finops_repl.sandbox.stream_http import serve_http
from finops_repl.sandbox.tunnel import Stream, Tunnel

__all__ = ["Conversation", "WireClosed"]

HEARTBEAT_S = 1.0
BATCH_BYTES = 1024 * 1024
FRAMES_WAITING = 256
"""Frames of the job that may wait to be dealt with; then the box is not read either."""

OF_TUNNEL: Final = frozenset({frames.OPEN, frames.DATA, frames.CREDIT, frames.CLOSE})
OF_JOB: Final = frozenset(
    {
        frames.READY,
        frames.STARTED,
        frames.STDOUT,
        frames.STDERR,
        frames.SKIPPED,
        frames.FIGURE,
        frames.ENDED,
        frames.FILE,
        frames.CHUNK,
        frames.REJECTED,
        frames.DONE,
    }
)


class WireClosed(Exception):
    """Nothing more comes from the box; in `breach` what it did wrong, if it did."""

    def __init__(self, breach: str = "") -> None:
        super().__init__(breach)
        self.breach = breach


class Conversation:
    """Frames to and from one box. The tunnel's are dealt with here, the job's are handed on."""

    def __init__(self, box: Box, door: Callable[[WireRequest], WireResponse]) -> None:
        self._box = box
        self._door = door
        self._tunnel = Tunnel(self.send, self._serve)
        self._leaving: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._arrived: queue.Queue[tuple[int, bytes] | WireClosed] = queue.Queue(FRAMES_WAITING)
        self._closed = threading.Event()
        self._fault: Exception | None = None
        for name, work in (("reader", self._read), ("writer", self._write)):
            threading.Thread(target=work, name=f"sandbox {name}", daemon=True).start()

    def send(self, kind: int, payload: bytes = b"") -> None:
        """Queue a frame for the box."""
        self._leaving.put(frames.frame(kind, payload))

    def next(self, patience_s: float) -> tuple[int, bytes] | None:
        """The job's next frame, None when none came in time.

        Raises `WireClosed` at the end, and what the door raised: a fault of ours is not hidden.
        """
        if self._fault is not None:
            raise self._fault
        try:
            arrived = self._arrived.get(timeout=patience_s)
        except queue.Empty:
            return None
        if isinstance(arrived, WireClosed):
            raise arrived
        return arrived

    def shut_tunnel(self) -> None:
        """The job has ended: nobody waits for what its connections still had under way."""
        self._tunnel.shut()

    def close(self) -> None:
        """End the box and both threads."""
        self._closed.set()
        self._tunnel.shut()
        self._box.kill()

    def _serve(self, stream: Stream, open_now: int) -> None:
        try:
            serve_http(stream, open_now, self._door)
        except Exception as error:  # a fault of the door; `next` raises it where it is seen
            self._fault = error

    def _read(self) -> None:
        decoder = Decoder(OF_TUNNEL | OF_JOB)
        breach = ""
        try:
            while data := self._box.receive():
                for kind, payload in decoder.feed(data):
                    if kind in OF_TUNNEL:
                        self._tunnel.frame(kind, payload)
                    else:
                        self._hand_on((kind, payload))
        except FrameError as error:
            breach = str(error)
        self._tunnel.shut()
        self._hand_on(WireClosed(breach))

    def _hand_on(self, arrived: tuple[int, bytes] | WireClosed) -> None:
        while not self._closed.is_set():
            try:
                self._arrived.put(arrived, timeout=HEARTBEAT_S)
            except queue.Full:
                continue
            return

    def _write(self) -> None:
        while not self._closed.is_set():
            try:
                batch = [self._leaving.get(timeout=HEARTBEAT_S)]
                size = len(batch[0])
                while size < BATCH_BYTES and not self._leaving.empty():
                    batch.append(self._leaving.get_nowait())
                    size += len(batch[-1])
            except queue.Empty:
                batch = [frames.frame(frames.PING)]
            try:
                self._box.send(b"".join(batch))
            except OSError:
                return  # the reader sees the end and says so
