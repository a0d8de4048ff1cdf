"""What a run is and what it leaves; what the sandbox needs of an engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from finops_repl.aws.http import WireRequest, WireResponse

__all__ = [
    "Box",
    "BoxExit",
    "Bytes",
    "Engine",
    "Job",
    "Language",
    "Order",
    "OutputFile",
    "Reason",
    "RunResult",
    "Sandbox",
    "Stream",
]

Bytes = bytes | memoryview
Language = Literal["python", "javascript"]
Stream = Literal["stdout", "stderr"]
Reason = Literal["exit", "timeout", "memory", "cancelled", "sandbox died"]


@dataclass(frozen=True, slots=True)
class Order:
    """A script to run and what it is given: who orders knows nothing of runs and folders."""

    code: str
    language: Language
    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    timeout_s: float = 30.0
    bill: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """One script to run once.

    `data` is the folder that holds its inputs and gets its files (workspace/data), `inputs` are
    names or globs below it, beyond what the code names in strings.
    """

    run: str
    code: str
    language: Language
    data: Path
    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    bill: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file that a run left and the host placed.

    Rows and columns where it is a table; width and height in pixels where it is a picture.
    `instead_of` is the name that a run which failed gave it, where another file bears that.
    """

    name: str
    size: int
    rows: int | None = None
    columns: tuple[str, ...] = ()
    picture: tuple[int, int] | None = None
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended and what is known of it; a failing script is data, not an exception.

    `stdout` and `stderr` hold head and tail when `*_cut` bytes were left out between them.
    `declared` are the figures that the script itself declared: its word, not the host's.
    `rejected` names what it left that was not collected, with the reason; `warnings` are the
    limits of its box that the engine does not hold.
    """

    run: str
    reason: Reason
    exit_code: int | None
    duration_s: float
    stdout: str
    stderr: str
    stdout_cut: int = 0
    stderr_cut: int = 0
    files: tuple[OutputFile, ...] = ()
    rejected: tuple[str, ...] = ()
    declared: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.reason == "exit" and self.exit_code == 0


@dataclass(frozen=True, slots=True)
class BoxExit:
    """What the engine itself says about the end of a box; what its runner last complained of."""

    exit_code: int
    out_of_memory: bool
    last_words: str = ""


class Box(Protocol):
    """A started container: duplex bytes, kill, and the engine's word on its end.

    Nothing relies on half-close or on the host's process ids.
    """

    def send(self, data: Bytes) -> None: ...

    def receive(self) -> bytes:
        """The next bytes from the box; empty when its end is reached."""
        ...

    def kill(self) -> None:
        """End it and everything in it; harmless when it has already ended."""
        ...

    def wait(self) -> BoxExit: ...


class Engine(Protocol):
    """Where boxes come from."""

    def start(self, name: str, *, data_bytes: int) -> Box:
        """A new box, marked with its name, whose work folder holds `data_bytes`.

        Raises `SandboxUnavailable`.
        """
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user must know of the boxes that were started: limits that do not hold."""
        ...


class Sandbox(Protocol):
    """Runs one job; the door is the only way out of it."""

    def run(
        self,
        job: Job,
        door: Callable[[WireRequest], WireResponse],
        *,
        on_output: Callable[[Stream, str], None],
        cancelled: threading.Event,
    ) -> RunResult: ...
