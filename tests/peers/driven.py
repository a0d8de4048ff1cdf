"""The other end of a driver: asks a tool in its own process, and checks that scripts were run."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tests.bench.scripts import DONE

__all__ = ["Driven", "ToolFailed"]

CHECKOUT = Path(__file__).resolve().parents[2]


class ToolFailed(Exception):
    """A tool could not do what was asked; in its own words."""


@dataclass
class Driven:
    """A driver's process; `module` is run by the interpreter of the tool's environment."""

    module: str
    python: str
    image: str
    environment: dict[str, str]
    complaints: IO[str]
    _process: subprocess.Popen[str] = field(init=False)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [self.python, "-W", "ignore", "-m", self.module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            text=True,
            cwd=CHECKOUT,
            env=self.environment | {"PEERS_IMAGE": self.image},
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            print(f"{self.module} did not end by itself", file=sys.stderr)
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def open(self, way: str, in_flight: int) -> None:
        self._ask(ask="open", way=way, in_flight=in_flight)

    def settle(self, way: str) -> None:
        self._ask(ask="settle", way=way)

    def once(self, way: str, code: str) -> float:
        """Milliseconds until the output is in hand."""
        return self._timed(ask="run", way=way, code=code)

    def cold(self, way: str, code: str) -> float:
        """Milliseconds from nothing to the first output."""
        return self._timed(ask="cold", way=way, code=code)

    def burst(self, way: str, code: str, jobs: int, in_flight: int) -> float:
        """Milliseconds until the last of the jobs' outputs is in hand."""
        return self._timed(ask="burst", way=way, code=code, jobs=jobs, in_flight=in_flight)

    def printed(self, way: str, code: str) -> str:
        """What a script prints there."""
        printed: list[str] = self._ask(ask="run", way=way, code=code)["printed"]
        return printed[0]

    def _timed(self, **request: Any) -> float:
        answer = self._ask(**request)
        for printed in answer["printed"]:
            if not printed.rstrip().endswith(DONE):
                raise ToolFailed(f"the script printed {printed[:200]!r}")
        return float(answer["ms"])

    def _ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise ToolFailed(f"{self.module} ended with code {self._process.wait(10)}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise ToolFailed(answer["error"])
        return answer
