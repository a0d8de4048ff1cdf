"""autogen-ext's command line executor: one that is kept, and one a run."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, Self, TypeVar

from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock
from autogen_ext.code_executors.docker import DockerCommandLineCodeExecutor

from tests.peers.driving import NothingKept, drive

Result = TypeVar("Result")


class Loop:
    """The event loop that the executors live on, in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The result of work on the loop, awaited from another thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


LOOP = Loop()


class Kept:
    """One executor for all runs; they share its container and its folder on the host."""

    def __init__(self, in_flight: int) -> None:
        self._executor = _executor()

    def __enter__(self) -> Self:
        LOOP.wait(self._executor.start())
        return self

    def __exit__(self, *_: object) -> None:
        LOOP.wait(self._executor.stop())

    @contextlib.contextmanager
    def output(self, code: str) -> Iterator[str]:
        yield _printed(self._executor, code)

    def settle(self) -> None:
        """Nothing goes on behind it."""


class ExecutorARun(NothingKept):
    """An executor, so a container, for each run."""

    @contextlib.contextmanager
    def output(self, code: str) -> Iterator[str]:
        executor = _executor()
        LOOP.wait(executor.start())
        try:
            yield _printed(executor, code)
        finally:
            LOOP.wait(executor.stop())


def _executor() -> DockerCommandLineCodeExecutor:
    return DockerCommandLineCodeExecutor(image=os.environ["PEERS_IMAGE"])


def _printed(executor: DockerCommandLineCodeExecutor, code: str) -> str:
    block = CodeBlock(code=code, language="python")
    ended = LOOP.wait(executor.execute_code_blocks([block], CancellationToken()))
    if ended.exit_code != 0:
        raise RuntimeError(f"exit code {ended.exit_code}: {ended.output}")
    return str(ended.output)


if __name__ == "__main__":
    drive({"executor kept": Kept, "executor a run": ExecutorARun})
