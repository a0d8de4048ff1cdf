"""The wire to one box: one thread reads its frames, one writes to it and shows it we are there."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Final

from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.sandbox import frames
from finops_repl.sandbox.allowance import Allowance
from finops_repl.sandbox.frames import Decoder, FrameError
from finops_repl.sandbox.outbox import Outbox
from finops_repl.sandbox.port import Box, BoxExit, Bytes
from finops_repl.sandbox.stream_http import serve_http
from finops_repl.sandbox.tunnel import Stream, Tunnel

__all__ = ["Conversation", "WireClosed"]

Door = Callable[[WireRequest], WireResponse]

HEARTBEAT_S = 1.0
BATCH_BYTES = 64 * 1024
"""Shorter pieces leave together, in one packet; a longer one is not copied once more."""
FILE_AHEAD_BYTES = 8 * 1024 * 1024
"""Of input files at most so much is read before the box has taken it."""
MOST_WAITING = (
    frames.MAX_STREAMS * frames.WINDOW
    + frames.WIDE_STREAMS * frames.WIDE_WINDOW
    + 2 * FILE_AHEAD_BYTES
)
"""More bytes never wait for a box that keeps to its windows."""
FRAMES_WAITING = 256
"""Frames of the job that may wait to be dealt with; then the box is not read either."""

OF_TUNNEL: Final = frozenset({frames.OPEN, frames.DATA, frames.CREDIT, frames.CLOSE})
OF_JOB: Final = frozenset(
    {
        frames.READY,
        frames.PREPARED,
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
    """Frames to and from one box. The tunnel's are dealt with here, the job's are handed on.

    A box that is being made ready has no door yet: a connection then is a breach.
    """

    def __init__(self, box: Box) -> None:
        self._box = box
        self._door: Door | None = None
        self._allowance = Allowance()
        self._tunnel = Tunnel(self.send, self._serve)
        self._leaving = Outbox()
        self._arrived: queue.Queue[tuple[int, bytes] | WireClosed] = queue.Queue(FRAMES_WAITING)
        self._closed = threading.Event()
        self._fault: Exception | None = None
        self._breach = ""
        self._reader = threading.Thread(target=self._read, name="sandbox reader", daemon=True)
        self._reader.start()
        threading.Thread(target=self._write, name="sandbox writer", daemon=True).start()

    def open(self, door: Door) -> None:
        """From now on what comes through the tunnel is answered by the door."""
        self._door = door

    def send(self, kind: int, /, *payload: Bytes) -> None:
        """Queue a frame for the box, its payload in parts; never waits.

        A box that asks for ever more and reads none of it is at fault: `next` says so.
        """
        header = frames.HEADER.pack(kind, sum(map(len, payload)))
        if self._leaving.put(header, *payload) > MOST_WAITING:
            self._breach = "the box does not read what it asks for"

    def send_file(
        self, name: str, size: int, content: Iterator[bytes], cancelled: threading.Event
    ) -> None:
        """Send a file, read as fast as the box takes it.

        What is left of it when the box ends, or the run is cancelled, stays here.
        """
        self.send(frames.FILE, json.dumps({"name": name, "size": size}).encode())
        for chunk in content:
            while not self._leaving.shorter_than(FILE_AHEAD_BYTES, HEARTBEAT_S):
                if self.ended or cancelled.is_set():
                    return
            self.send(frames.CHUNK, chunk)

    def next(self, patience_s: float) -> tuple[int, bytes] | None:
        """The job's next frame, None when none came in time.

        Raises `WireClosed` at the end, and what the door raised: a fault of ours is not hidden.
        """
        if self._fault is not None:
            raise self._fault
        if self._breach:
            raise WireClosed(self._breach)
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

    @property
    def ended(self) -> bool:
        """Whether nothing more comes from the box."""
        return not self._reader.is_alive()

    def exit(self) -> BoxExit:
        """The engine's word on the end of the box."""
        return self._box.wait()

    def close(self) -> None:
        """End the box and both threads."""
        self._closed.set()
        self._tunnel.shut()
        self._box.kill()

    def _serve(self, stream: Stream, open_now: int) -> None:
        assert self._door is not None
        try:
            serve_http(stream, open_now, self._door, self._allowance)
        except Exception as error:  # a fault of the door; `next` raises it where it is seen
            self._fault = error

    def _read(self) -> None:
        decoder = Decoder(OF_TUNNEL | OF_JOB)
        breach = ""
        try:
            while data := self._box.receive():
                for kind, payload in decoder.feed(data):
                    if kind in OF_TUNNEL:
                        if self._door is None:
                            raise FrameError("a connection before there was a job")
                        self._tunnel.frame(kind, payload)
                    else:
                        self._hand_on((kind, payload))
        except FrameError as error:
            breach = str(error)
        finally:  # a run never waits for a reader that is no more
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
            batch = self._leaving.take(BATCH_BYTES, HEARTBEAT_S) or frames.frame(frames.PING)
            try:
                self._box.send(batch)
            except OSError:
                return  # the reader sees the end and says so
