"""How a tool is driven: a process in the tool's own environment, asked a JSON line at a time.

Stdlib only. What a driver offers are *ways*: the manners in which its tool runs scripts (a
session that is kept, a pool, a kernel). Times are taken here, beside the tool: from the call
until the script's output is in hand. What the tool does for a run after that holds its place in
a burst and is otherwise not counted.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Protocol, Self

__all__ = ["NothingKept", "Way", "drive"]


class Way(Protocol):
    """One manner of running scripts, open for use; closed by leaving it."""

    def __enter__(self) -> Way: ...

    def __exit__(self, *_: object) -> None: ...

    def output(self, code: str) -> AbstractContextManager[str]:
        """Run a script; entered with what it printed, left when the tool is done with the run."""
        ...

    def settle(self) -> None:
        """Wait until what the tool does in the background has been done."""
        ...


class NothingKept:
    """What is common to ways that open nothing ahead: all that a run takes ends with it."""

    def __init__(self, in_flight: int) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def settle(self) -> None:
        """Nothing goes on behind it."""


OpenWay = Callable[[int], Way]
"""Makes a way that runs so many scripts at a time."""


def drive(ways: Mapping[str, OpenWay]) -> None:
    """Answer requests from stdin until it ends; every way is closed then, and at a SIGTERM."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the asker's: it closes our stdin
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # a tool that prints must not spoil the answers
    with ExitStack() as stack:
        driver = _Driver(ways, stack)
        for line in sys.stdin:
            try:
                answer = driver.answer(json.loads(line))
            except Exception as error:  # whatever a tool raises is its answer
                answer = {"error": f"{type(error).__name__}: {error}"}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


class _Driver:
    def __init__(self, ways: Mapping[str, OpenWay], stack: ExitStack) -> None:
        self._ways = ways
        self._stack = stack
        self._open: dict[str, Way] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """What was asked for, in milliseconds."""
        name, code = request["way"], request.get("code", "")
        if request["ask"] == "open":
            self._open[name] = self._stack.enter_context(self._ways[name](request["in_flight"]))
            return {}
        if request["ask"] == "cold":
            return self._cold(self._ways[name], code)
        way = self._open[name]
        if request["ask"] == "settle":
            way.settle()
            return {}
        if request["ask"] == "burst":
            return _burst(way, code, request["jobs"], request["in_flight"])
        return _once(way, code)

    def _cold(self, open_way: OpenWay, code: str) -> dict[str, Any]:
        began = time.perf_counter()
        with open_way(1) as way, way.output(code) as printed:
            took = time.perf_counter() - began
        closed = time.perf_counter() - began - took
        return {"ms": took * 1_000, "closing_ms": closed * 1_000, "printed": [printed]}


def _once(way: Way, code: str) -> dict[str, Any]:
    began = time.perf_counter()
    with way.output(code) as printed:
        took = time.perf_counter() - began
    return {"ms": took * 1_000, "printed": [printed]}


def _burst(way: Way, code: str, jobs: int, in_flight: int) -> dict[str, Any]:
    def job() -> tuple[float, str]:
        with way.output(code) as printed:
            return time.perf_counter(), printed

    began = time.perf_counter()
    with ThreadPoolExecutor(in_flight) as workers:
        ended = [future.result() for future in [workers.submit(job) for _ in range(jobs)]]
    took = max(at for at, _ in ended) - began
    return {"ms": took * 1_000, "printed": [printed for _, printed in ended]}
