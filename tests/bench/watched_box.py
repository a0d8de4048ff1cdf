"""A box that notes when which frame passed it: where the time of a run goes, seen from outside.

It stands between the sandbox and a real box, at the port that both know.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

from finops_repl.sandbox import frames
from finops_repl.sandbox.port import Box, BoxExit, Bytes, Engine

__all__ = ["Mark", "WatchedBox", "WatchedEngine"]

Mark = str

NAMES: Final = {
    frames.READY: "ready",
    frames.JOB: "ordered",
    frames.STARTED: "started",
    frames.STDOUT: "printed",
    frames.ENDED: "ended",
    frames.DONE: "done",
}


@dataclass
class WatchedBox:
    """Passes everything on; `marks` holds when each thing first happened (seconds, monotonic)."""

    box: Box
    marks: dict[Mark, float] = field(default_factory=dict)
    _sent: frames.Decoder = field(
        default_factory=lambda: frames.Decoder(frozenset(frames.LONGEST)), init=False
    )
    _received: frames.Decoder = field(
        default_factory=lambda: frames.Decoder(frozenset(frames.LONGEST)), init=False
    )

    def send(self, data: Bytes) -> None:
        self.box.send(data)
        self._note(self._sent, bytes(data))

    def receive(self) -> bytes:
        data = self.box.receive()
        self._note(self._received, data)
        return data

    def kill(self) -> None:
        self.marks.setdefault("kill begun", time.perf_counter())
        self.box.kill()
        self.marks.setdefault("killed", time.perf_counter())

    def wait(self) -> BoxExit:
        return self.box.wait()

    def _note(self, decoder: frames.Decoder, data: bytes) -> None:
        now = time.perf_counter()
        for kind, _ in decoder.feed(data):
            if kind in NAMES:
                self.marks.setdefault(NAMES[kind], now)


class WatchedEngine:
    """The boxes of an engine, each of them watched."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.boxes: list[WatchedBox] = []

    @property
    def warnings(self) -> tuple[str, ...]:
        return self._engine.warnings

    def start(self, name: str, *, data_bytes: int) -> WatchedBox:
        began = time.perf_counter()
        box = WatchedBox(self._engine.start(name, data_bytes=data_bytes))
        box.marks["start begun"] = began
        box.marks["container runs"] = time.perf_counter()
        self.boxes.append(box)
        return box
