"""smolagents' Docker executor: kernels that are kept, and a kernel a run."""

from __future__ import annotations

import contextlib
import os
import queue
import socket
from collections.abc import Iterator
from typing import Self

from smolagents.monitoring import AgentLogger, LogLevel
from smolagents.remote_executors import DockerExecutor

from tests.peers.driving import NothingKept, drive


class Kept:
    """As many kernels as scripts run at a time, each in a container of its own, all kept."""

    def __init__(self, in_flight: int) -> None:
        self._count = in_flight
        self._all: list[DockerExecutor] = []
        self._free: queue.LifoQueue[DockerExecutor] = queue.LifoQueue()

    def __enter__(self) -> Self:
        for _ in range(self._count):
            self._all.append(_executor())
            self._free.put(self._all[-1])
        return self

    def __exit__(self, *_: object) -> None:
        for executor in self._all:
            executor.cleanup()

    @contextlib.contextmanager
    def output(self, code: str) -> Iterator[str]:
        executor = self._free.get()
        try:
            yield str(executor(code).logs)
        finally:
            self._free.put(executor)

    def settle(self) -> None:
        """Nothing goes on behind it."""


class KernelARun(NothingKept):
    """An executor, so a container with a kernel, for each run."""

    @contextlib.contextmanager
    def output(self, code: str) -> Iterator[str]:
        executor = _executor()
        try:
            yield str(executor(code).logs)
        finally:
            executor.cleanup()


def _executor() -> DockerExecutor:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return DockerExecutor(
        additional_imports=[],
        logger=AgentLogger(level=LogLevel.OFF),
        port=port,
        image_name=os.environ["PEERS_IMAGE"],
        build_new_image=False,
    )


if __name__ == "__main__":
    drive({"4 kernels kept": Kept, "kernel a run": KernelARun})
