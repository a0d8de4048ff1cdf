"""A network between the tests and their engine: TCP or TLS on loopback, the local socket behind.

Half-closes never pass it: an end that closes is a connection that is gone, or, on a network that
loses even that, one that nobody hears of.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field

DOCKER_SOCKET = "/var/run/docker.sock"
PIECE = 64 * 1024


@dataclass
class Forwarder:
    """Forwards until it is closed; `delay_s` holds up each piece, `loses_ends` swallows closes."""

    delay_s: float = 0.0
    loses_ends: bool = False
    tls: ssl.SSLContext | None = None
    behind: str = DOCKER_SOCKET
    _open: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def host(self) -> str:
        """As DOCKER_HOST has it."""
        return f"tcp://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Die: no new connection, and every one there is drops."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in tuple(self._open):
            _drop(end)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client: socket.socket) -> None:
        try:
            if self.tls is not None:
                client = self.tls.wrap_socket(client, server_side=True)
        except OSError:  # a client that does not trust us, or that we do not know
            client.close()
            return
        engine = socket.socket(socket.AF_UNIX)
        engine.connect(self.behind)
        self._open += [client, engine]
        if isinstance(client, ssl.SSLSocket):
            client.settimeout(0.01)  # one lock for both directions: neither may keep it
        one_call = threading.Lock()
        for source, sink in ((client, engine), (engine, client)):
            threading.Thread(target=self._pump, args=(source, sink, one_call), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, one_call: threading.Lock) -> None:
        with contextlib.suppress(OSError):
            while data := _receive(source, one_call):
                if self.delay_s:
                    time.sleep(self.delay_s)
                _send(sink, data, one_call)
        if not self.loses_ends:
            _drop(source)
            _drop(sink)


def _receive(source: socket.socket, one_call: threading.Lock) -> bytes:
    if not isinstance(source, ssl.SSLSocket):
        return source.recv(PIECE)
    while True:
        with one_call, contextlib.suppress(TimeoutError):
            return source.recv(PIECE)
        time.sleep(0.001)


def _send(sink: socket.socket, data: bytes, one_call: threading.Lock) -> None:
    if not isinstance(sink, ssl.SSLSocket):
        sink.sendall(data)
        return
    with one_call:
        sink.settimeout(None)
        sink.sendall(data)
        sink.settimeout(0.01)


def _drop(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(end, socket.SHUT_RDWR)
    end.close()
