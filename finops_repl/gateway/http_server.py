"""A small HTTP/1.1 server for one function: bytes in, `WireRequest`, `WireResponse`, bytes out."""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

from finops_repl.aws.call import Refusal
from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.aws.wire.framing import MAX_BODY_BYTES
from finops_repl.gateway.http_body import BadFraming, read_body

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


class _Connection(BaseHTTPRequestHandler):
    """Reads requests off one connection and writes what the function answers."""

    protocol_version = "HTTP/1.1"
    # A whole response in one packet and no Nagle: otherwise each waits 40 ms for an ACK.
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True
    timeout = IDLE_S
    server: HttpServer

    def handle_expect_100(self) -> bool:
        self.send_response_only(100)
        self.end_headers()
        self.wfile.flush()  # the client waits 1 s for this line before it sends the body
        return True

    def _serve(self) -> None:
        try:
            body = read_body(self.rfile, self.headers, limit=MAX_BODY_BYTES)
        except BadFraming as error:
            self.send_error(400, str(error))
            return
        request = WireRequest(self.command, self.path, tuple(self.headers.items()), body)
        self._write(self.server.answer(request))

    do_DELETE = do_GET = do_HEAD = do_PATCH = do_POST = do_PUT = _serve

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no readable request, in AWS's words and never in HTML; then hang up."""
        self.close_connection = True
        why = message or explain or f"HTTP {code}"
        self._write(self.server.refuse(Refusal("InvalidRequest", f"the request is refused: {why}")))

    def _write(self, response: WireResponse) -> None:
        if self.request_version == "HTTP/0.9":
            self.request_version = "HTTP/1.0"  # else neither status nor headers would be written
        self.send_response_only(response.status)
        self.send_header("Date", self.date_time_string())
        for name, value in response.headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, format: str, *args: Any) -> None:
        _log.debug(format, *args)
