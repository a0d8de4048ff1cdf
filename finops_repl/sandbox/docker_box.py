"""A running container as a box: its attached stream, its end, and the engine's word on it."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from finops_repl.sandbox.port import BoxExit, Bytes
from finops_repl.sandbox.tls_wire import TlsWire

if TYPE_CHECKING:
    import docker
    import requests

__all__ = ["DockerBox", "events_of"]

STREAM_HEADER = 8
RUNNER_STDOUT, RUNNER_STDERR = 1, 2
READ_BYTES = 256 * 1024
LAST_WORDS_BYTES = 4096
END_WAIT_S = 10.0
"""How long the engine is given to report the end of a container that was killed."""
OOM_WAIT_S = 0.3
"""How much later than the end itself the engine may report that memory ended it."""
KILLED = 137


class DockerBox:
    """The box port over the engine's attach connection and its stream of events.

    Without a terminal the engine interleaves stdout and stderr in blocks with a header of 8
    bytes: one of kind, three of nothing, four of length.
    """

    def __init__(
        self,
        client: docker.DockerClient,
        container: str,
        attached: Any,
        events: requests.Response,
    ) -> None:
        self._client = client
        self._container = container
        self._attached = attached  # collected as garbage, it would take the connection with it
        wire: socket.socket = getattr(attached, "_sock", attached)
        wire.settimeout(None)
        if wire.family != socket.AF_UNIX:
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wire = TlsWire(wire) if isinstance(wire, ssl.SSLSocket) else wire
        self._buffer = bytearray()
        self._last_words = b""
        self._ended = threading.Event()
        self._out_of_memory = threading.Event()
        self._exit_code = -1
        self._events = events
        self._killing = threading.Lock()
        self._killed = False
        threading.Thread(target=self._listen, name=f"events {container[:8]}", daemon=True).start()

    def send(self, data: Bytes) -> None:
        """Write to the runner; raises `OSError` when the box has ended."""
        self._wire.sendall(data)

    def receive(self) -> bytes:
        """The next bytes of the runner's stdout; its stderr is kept as its last words."""
        while True:
            output = b"".join(self._blocks())
            if output:
                return output
            try:
                data = self._wire.recv(READ_BYTES)
            except OSError:
                return b""
            if not data:
                return b""
            self._buffer += data

    def kill(self) -> None:
        """End the container; the engine removes it."""
        import docker.errors
        import requests.exceptions

        with self._killing:
            if self._killed:
                return
            self._killed = True
            # An engine that does not answer: the runner ends at the closed wire.
            with contextlib.suppress(docker.errors.APIError, requests.exceptions.RequestException):
                self._client.api.kill(self._container)
            with contextlib.suppress(OSError):
                self._wire.shutdown(socket.SHUT_RDWR)  # wakes a reader, which close() does not
            self._attached.close()
            self._wire.close()
            if isinstance(self._wire, TlsWire):
                self._attached._response.close()  # it holds the descriptor, too

    def wait(self) -> BoxExit:
        """What the engine says of the end; -1 where it says nothing."""
        self._ended.wait(END_WAIT_S)
        if self._exit_code == KILLED:
            self._out_of_memory.wait(OOM_WAIT_S)
        words = self._last_words.decode(errors="replace").strip()
        return BoxExit(self._exit_code, self._out_of_memory.is_set(), words)

    def _blocks(self) -> Iterator[bytes]:
        """Cut complete and begun blocks of stdout out of the buffer."""
        while len(self._buffer) > STREAM_HEADER:
            kind = self._buffer[0]
            length = int.from_bytes(self._buffer[4:STREAM_HEADER], "big")
            end = STREAM_HEADER + length
            if len(self._buffer) < end:
                return
            content = bytes(memoryview(self._buffer)[STREAM_HEADER:end])
            del self._buffer[:end]
            if kind == RUNNER_STDOUT:
                yield content
            elif kind == RUNNER_STDERR:
                self._last_words = (self._last_words + content)[-LAST_WORDS_BYTES:]

    def _listen(self) -> None:
        """Take the engine's events of this container until it has ended."""
        import requests.exceptions
        import urllib3.exceptions

        lost = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError)
        with (
            contextlib.ExitStack() as afterwards,
            contextlib.closing(self._events),
            contextlib.suppress(*lost),
        ):
            afterwards.callback(self._ended.set)
            for line in self._events.iter_lines():
                event = json.loads(line)
                if event["Action"] == "oom":
                    self._out_of_memory.set()
                elif event["Action"] == "die":
                    self._exit_code = int(event["Actor"]["Attributes"]["exitCode"])
                    self._ended.set()
                elif event["Action"] == "destroy":
                    break


def events_of(client: docker.DockerClient, container: str) -> requests.Response:
    """The engine's events of one container, a JSON object a line, until it is closed.

    The SDK's own `events` cannot be closed without a descriptor left open.
    """
    wanted = {"container": [container], "event": ["oom", "die", "destroy"]}
    response = client.api.get(
        f"{client.api.base_url}/v{client.api.api_version}/events",
        params={"filters": json.dumps(wanted)},
        stream=True,
        timeout=None,
    )
    response.raise_for_status()
    return response
