"""A box with one connection through the tunnel, spoken for by a test."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator

import pytest

from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.sandbox import frames
from finops_repl.sandbox.allowance import Allowance
from finops_repl.sandbox.stream_http import serve_http
from finops_repl.sandbox.tunnel import Tunnel

Door = Callable[[WireRequest], WireResponse]


def echo(request: WireRequest) -> WireResponse:
    """A door that says what it was asked."""
    said = f"{request.method} {request.target} {len(request.body)}".encode()
    return WireResponse(200, (("Content-Type", "text/plain"),), said)


class Client:
    """Sends frames as a box would; `ask` has one request and its response."""

    def __init__(self, door: Door = echo, *, allowance: Allowance | None = None) -> None:
        self.allowance = allowance or Allowance()
        self._granted = frames.WINDOW
        self._heard: list[tuple[int, bytes]] = []
        self.sent: queue.SimpleQueue[tuple[int, bytes]] = queue.SimpleQueue()
        self.tunnel = Tunnel(
            lambda kind, /, *payload: self.sent.put((kind, b"".join(payload))),
            lambda stream, open_now: serve_http(stream, open_now, door, self.allowance),
        )

    def open(self, number: int = 1) -> None:
        self.tunnel.frame(frames.OPEN, frames.STREAM.pack(number))

    def send(self, data: bytes, number: int = 1) -> None:
        for at in range(0, len(data), frames.CHUNK_BYTES):
            chunk = data[at : at + frames.CHUNK_BYTES]
            self.tunnel.frame(frames.DATA, frames.STREAM.pack(number) + chunk)

    def received(self) -> Iterator[bytes]:
        """What the host sends, until it closes the stream; grants what it takes."""
        while True:
            kind, payload = self.hear()
            if kind == frames.CLOSE:
                return
            if kind == frames.DATA:
                yield payload[frames.STREAM.size :]
                grant = frames.GRANT.pack(1, len(payload) - frames.STREAM.size)
                self.tunnel.frame(frames.CREDIT, grant)

    def hear(self) -> tuple[int, bytes]:
        """The next frame of the host, which has to come."""
        if self._heard:
            return self._heard.pop(0)
        try:
            return self.sent.get(timeout=5)
        except queue.Empty:
            pytest.fail("the host says nothing")

    def ask(self, request: bytes) -> bytes:
        self.open()
        for at in range(0, len(request), frames.CHUNK_BYTES):
            chunk = request[at : at + frames.CHUNK_BYTES]
            if not self._may_send(len(chunk)):
                break
            self.send(chunk)
        return b"".join(self.received())

    def _may_send(self, size: int) -> bool:
        """Wait until so much is granted; False when the host answers before it is."""
        while self._granted < size:
            kind, payload = self.hear()
            if kind != frames.CREDIT:
                self._heard.append((kind, payload))
                return False
            self._granted += frames.GRANT.unpack(payload)[1]
        self._granted -= size
        return True
