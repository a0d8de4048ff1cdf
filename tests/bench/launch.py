"""How soon a command asks the engine for its container: a door before the engine that looks."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Sequence

from tests.sandbox.forwarder import Forwarder

__all__ = ["LaunchWatch"]

CREATE = b"/containers/create"
PATIENCE_S = 60.0


class LaunchWatch(Forwarder):
    """Forwards to the engine and notes when the first container is asked for, and how many are."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._asked_at = 0.0
        self._asked = threading.Event()
        self.asked_for = 0

    def launch_ms(self, command: Sequence[str]) -> float:
        """Milliseconds from the start of `command` to that request; the command runs to its end."""
        self._asked.clear()
        began = time.perf_counter()
        running = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "DOCKER_HOST": self.host},
        )
        try:
            if not self._asked.wait(PATIENCE_S):
                raise SystemExit(f"{' '.join(command[:3])} asked for no container")
            return (self._asked_at - began) * 1_000
        finally:
            running.wait(PATIENCE_S)

    def _pump(self, source: socket.socket, sink: socket.socket, one_call: threading.Lock) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if CREATE in data:
                    self.asked_for += 1
                    if not self._asked.is_set():
                        self._asked_at = time.perf_counter()
                        self._asked.set()
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
