"""llm-sandbox as it offers itself: a session that is kept, pools, a session a run."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any, Self

from llm_sandbox import SandboxSession
from llm_sandbox.pool import PoolConfig, create_pool_manager

from tests.peers.driving import NothingKept, drive

# Nothing is installed at start: the image has it all.
SESSION: dict[str, Any] = {
    "image": os.environ["PEERS_IMAGE"],
    "lang": "python",
    "skip_environment_setup": True,
    "runtime_configs": {"network_mode": "none"},
}


class Kept:
    """One session for all runs; they share its container."""

    def __init__(self, in_flight: int) -> None:
        self._session = SandboxSession(**SESSION)

    def __enter__(self) -> Self:
        self._session.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    @contextlib.contextmanager
    def output(self, code: str) -> Iterator[str]:
        yield _printed(self._session.run(code))

    def settle(self) -> None:
        """Nothing goes on behind it."""


class SessionARun(NothingKept):
    """A session, so a container, for each run."""

    @contextlib.contextmanager
    def output(self, code: str) -> Iterator[str]:
        with SandboxSession(**SESSION) as session:
            yield _printed(session.run(code))


class Pooled:
    """A pool of containers; with `uses`, each is replaced after so many runs."""

    def __init__(self, in_flight: int, uses: int | None = None) -> None:
        config = PoolConfig(
            max_pool_size=in_flight, min_pool_size=in_flight, max_container_uses=uses
        )
        self._size = in_flight
        self._pool = create_pool_manager(backend="docker", config=config, **SESSION)

    def __enter__(self) -> Self:
        self.settle()
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    @contextlib.contextmanager
    def output(self, code: str) -> Iterator[str]:
        with SandboxSession(pool=self._pool, lang="python") as session:
            yield _printed(session.run(code))

    def settle(self) -> None:
        """Wait until the pool is full."""
        waited = threading.Event()
        while self._pool.get_stats()["state_counts"]["idle"] < self._size:
            waited.wait(0.02)


def _printed(ended: Any) -> str:
    if ended.exit_code != 0:
        raise RuntimeError(f"exit code {ended.exit_code}: {ended.stderr or ended.stdout}")
    return str(ended.stdout)


if __name__ == "__main__":
    drive(
        {
            "session kept": Kept,
            "pool of 4, reused": Pooled,
            "pool of 4, used once": lambda in_flight: Pooled(in_flight, uses=1),
            "session a run": SessionARun,
        }
    )
