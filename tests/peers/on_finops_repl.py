"""Our own sandbox, driven like the others: with a pool, and a container a run without one."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from finops_repl.aws.http import WireResponse
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.port import Job
from tests.peers.driving import drive

READY_S = 60.0


class Ours:
    """A sandbox that keeps `pool` boxes ready; each is used for one run."""

    def __init__(self, pool: int) -> None:
        self._pool = pool
        self._data = Path(tempfile.mkdtemp())
        self._sandbox = ContainerSandbox(DockerEngine(image=os.environ["PEERS_IMAGE"]), pool=pool)

    def __enter__(self) -> Self:
        self._sandbox.prepare()
        return self

    def __exit__(self, *_: object) -> None:
        self._sandbox.close()

    @contextlib.contextmanager
    def output(self, code: str) -> Iterator[str]:
        result = self._sandbox.run(
            Job(f"peers-{secrets.token_hex(4)}", code, "python", self._data),
            lambda request: WireResponse(400, ()),
            on_output=lambda stream, text: None,
            cancelled=threading.Event(),
        )
        if not result.ok:
            raise RuntimeError(f"{result.reason}: {result.stderr}")
        yield result.stdout

    def settle(self) -> None:
        """Wait until the pool is full."""
        if self._pool and not self._sandbox.wait_ready(READY_S):
            raise RuntimeError("the pool did not get ready")


if __name__ == "__main__":
    drive(
        {
            "pool of 2 (the default)": lambda in_flight: Ours(2),
            "pool of 4": Ours,
            "container a run": lambda in_flight: Ours(0),
        }
    )
