"""Connections to 127.0.0.1 inside the container, carried to the host as frames.

Each accepted connection is a stream with a number. Either end sends at most `WINDOW` bytes of a
stream before the other grants more, so that neither has to hold what is not read. A client that
keeps up, while few do, is granted `WIDE_WINDOW` ahead.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
from collections import deque
from dataclasses import dataclass, field

import frames
from wire import Wire

BACKLOG = 1024


@dataclass(eq=False)
class Stream:
    """One connection: what may still be sent to the host, and what waits for the client."""

    number: int
    connection: socket.socket
    credit: int = frames.WINDOW
    window: int = frames.WINDOW
    granted: int = frames.WINDOW
    delivered: int = 0
    waiting: deque[memoryview] = field(default_factory=deque)
    closing: bool = False

    @property
    def interest(self) -> int:
        """The readiness that this stream waits for; nothing while it has neither."""
        wanted = selectors.EVENT_WRITE if self.waiting else 0
        if self.credit > 0 and not self.closing:
            wanted |= selectors.EVENT_READ
        return wanted


class Tunnel:
    """The listener on loopback and the streams that came through it."""

    def __init__(self, wire: Wire, selector: selectors.BaseSelector, port: int) -> None:
        self._wire = wire
        self._selector = selector
        self._streams: dict[int, Stream] = {}
        self._opened = 0
        self._listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        self._listener.setblocking(False)
        self._listening = False
        self._listen()

    def frame(self, kind: int, payload: bytes) -> None:
        """Act on a frame of the host; one for a stream that has ended here is dropped."""
        if len(payload) < frames.STREAM.size:
            raise frames.FrameError("a frame of the tunnel names no stream")
        (number,) = frames.STREAM.unpack_from(payload)
        if number == 0 or number > self._opened:
            raise frames.FrameError(f"stream {number} was never opened")
        stream = self._streams.get(number)
        if stream is None:
            return
        if kind == frames.DATA:
            self._to_client(stream, memoryview(payload)[frames.STREAM.size :])
        elif kind == frames.CREDIT and len(payload) == frames.GRANT.size:
            stream.credit += frames.GRANT.unpack(payload)[1]
            if stream.credit > frames.WINDOW:
                raise frames.FrameError(f"stream {number} was granted more than its window")
            self._watch(stream)
        elif kind == frames.CLOSE:
            stream.closing = True
            self._deliver(stream)
        else:
            raise frames.FrameError(f"a frame of kind {kind} is no frame of the tunnel")

    def shut(self) -> None:
        """Stop listening and drop every connection."""
        if self._listening:
            self._selector.unregister(self._listener)
            self._listening = False
        self._listener.close()
        for stream in list(self._streams.values()):
            self._drop(stream)

    def _listen(self) -> None:
        if not self._listening:
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
            self._listening = True

    def _accept(self, _ready: int) -> None:
        while len(self._streams) < frames.MAX_STREAMS:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # nobody waits, or who waited has gone, or no descriptor is left
                return
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._opened += 1
            stream = Stream(self._opened, connection)
            self._streams[stream.number] = stream
            self._wire.send(frames.OPEN, frames.STREAM.pack(stream.number))
            self._watch(stream)
        self._selector.unregister(self._listener)
        self._listening = False

    def _ready(self, stream: Stream, ready: int) -> None:
        if ready & selectors.EVENT_WRITE:
            self._deliver(stream)
        if ready & selectors.EVENT_READ and stream.number in self._streams:
            self._to_host(stream)

    def _to_host(self, stream: Stream) -> None:
        try:
            data = stream.connection.recv(min(frames.CHUNK_BYTES, stream.credit))
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end(stream)
            return
        stream.credit -= len(data)
        self._wire.send(frames.DATA, frames.STREAM.pack(stream.number) + data)
        if stream.credit == 0:
            self._watch(stream)

    def _to_client(self, stream: Stream, data: memoryview) -> None:
        stream.granted -= len(data)
        if stream.granted < 0 or stream.closing:
            raise frames.FrameError(f"stream {stream.number} was sent more than it granted")
        stream.waiting.append(data)
        self._deliver(stream)

    def _deliver(self, stream: Stream) -> None:
        try:
            while stream.waiting:
                first = stream.waiting[0]
                sent = stream.connection.send(first)
                stream.delivered += sent
                if sent < len(first):
                    stream.waiting[0] = first[sent:]
                    break
                stream.waiting.popleft()
        except BlockingIOError:
            pass
        except OSError:
            self._end(stream)
            return
        if stream.closing and not stream.waiting:
            self._drop(stream)
            return
        if stream.delivered >= stream.window // 4:
            self._grant(stream)
        self._watch(stream)

    def _grant(self, stream: Stream) -> None:
        size = stream.delivered
        if not stream.waiting and len(self._streams) <= frames.WIDE_STREAMS:
            size += frames.WIDE_WINDOW - stream.window
            stream.window = frames.WIDE_WINDOW
        self._wire.send(frames.CREDIT, frames.GRANT.pack(stream.number, size))
        stream.granted += size
        stream.delivered = 0

    def _watch(self, stream: Stream) -> None:
        """Wait for exactly what the stream can go on with."""
        registered = self._selector.get_map().get(stream.connection)
        if registered is None:
            if stream.interest:
                self._selector.register(
                    stream.connection,
                    stream.interest,
                    lambda ready: self._ready(stream, ready),
                )
        elif not stream.interest:
            self._selector.unregister(stream.connection)
        elif registered.events != stream.interest:
            self._selector.modify(stream.connection, stream.interest, registered.data)

    def _end(self, stream: Stream) -> None:
        """The client has gone: tell the host, unless the host closed first."""
        if not stream.closing:
            self._wire.send(frames.CLOSE, frames.STREAM.pack(stream.number))
        self._drop(stream)

    def _drop(self, stream: Stream) -> None:
        del self._streams[stream.number]
        with contextlib.suppress(KeyError):
            self._selector.unregister(stream.connection)
        stream.connection.close()
        if self._listener.fileno() >= 0:
            self._listen()
