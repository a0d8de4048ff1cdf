"""A small HTTP/1.1 server for one function: bytes in, `WireRequest`, `WireResponse`, bytes out."""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from email.utils import formatdate
from http import HTTPStatus
from io import BufferedReader
from typing import Any

from finops_repl.aws.call import Refusal
from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.aws.wire.framing import MAX_BODY_BYTES
from finops_repl.aws.wire.head import MAX_HEAD_BYTES, body_length, read_head
from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.gateway.http_body import read_body

__all__ = ["HttpServer"]

HOST = "127.0.0.1"
IDLE_S = 120.0
_log = logging.getLogger(__name__)


class HttpServer(socketserver.ThreadingTCPServer):
    """A thread for each connection on 127.0.0.1; all connections end with the server.

    `answer` takes what could be read as a request, `refuse` words a refusal for what could not.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        answer: Callable[[WireRequest], WireResponse],
        refuse: Callable[[Refusal], WireResponse],
    ) -> None:
        self.answer = answer
        self.refuse = refuse
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        super().__init__((HOST, port), _Connection)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        with self._lock:
            still_open = list(self._connections)
        for connection in still_open:
            with suppress(OSError):  # its client was faster
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        _log.exception("a loopback request failed")


class _Connection(socketserver.StreamRequestHandler):
    """Reads requests off one connection and writes what the function answers."""

    # A whole response in one packet and no Nagle: otherwise each waits 40 ms for an ACK.
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True
    timeout = IDLE_S
    server: HttpServer
    rfile: BufferedReader

    def handle(self) -> None:
        while self._serve():
            pass

    def _serve(self) -> bool:
        """Answer one request; whether another may follow on this connection."""
        method = ""
        try:
            head = self._head()
            if head is None:
                return False
            method = head.method
            request = replace(head, body=self._body(head))
        except MalformedRequest as error:
            return self._write(method, self.server.refuse(error.refusal), last=True)
        except (TimeoutError, ConnectionError):
            return False  # the client has gone, or says nothing
        last = "close" in request.header("Connection").lower()
        return self._write(method, self.server.answer(request), last=last)

    def _head(self) -> WireRequest | None:
        """The next request's head; None when the client ends the connection between two."""
        data = bytearray()
        while len(data) <= MAX_HEAD_BYTES:
            line = self.rfile.readline(MAX_HEAD_BYTES + 1)
            data += line
            if not line.endswith(b"\n") or line in (b"\r\n", b"\n"):
                break
        return read_head(bytes(data)) if data else None

    def _body(self, head: WireRequest) -> bytes:
        length = body_length(head)
        if head.header("Expect").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()  # the client waits 1 s for this line before it sends the body
        return read_body(self.rfile, length, limit=MAX_BODY_BYTES)

    def _write(self, method: str, response: WireResponse, *, last: bool) -> bool:
        """Send a response; whether the client is there and may ask for more."""
        try:
            reason = HTTPStatus(response.status).phrase
        except ValueError:
            reason = ""
        lines = [f"HTTP/1.1 {response.status} {reason}", f"Date: {formatdate(usegmt=True)}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        if last:
            lines.append("Connection: close")
        body = b"" if method == "HEAD" else response.body
        try:
            self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
            self.wfile.flush()
        except (TimeoutError, ConnectionError):
            return False
        return not last
