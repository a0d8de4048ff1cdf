"""One run as the host follows it, and how it ended: by its own clock and the engine's word.

The box is asked for what only it can know (the exit code, what was printed, the files) and
believed in that alone. Whether time, a cancel, memory or a death ended the run is decided here.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any, Final

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox import frames
from finops_repl.sandbox.collect import Collection
from finops_repl.sandbox.conversation import Conversation, WireClosed
from finops_repl.sandbox.declared import read_figure
from finops_repl.sandbox.frames import FrameError
from finops_repl.sandbox.output import PrintedStream
from finops_repl.sandbox.port import Job, Reason, RunResult, Stream

__all__ = ["FollowedRun", "Phase"]

START_S = 60.0
"""How long a box may take to be ready and to have its inputs and its order."""
HAND_OVER_S = 30.0
TICK_S = 0.05
KILLED: Final = -9


class Phase(Enum):
    """A time of a run."""

    STARTING = auto()
    RUNNING = auto()
    STOPPING = auto()
    HANDING_OVER = auto()


_OF_RUNNING: Final = frozenset(
    {frames.STDOUT, frames.STDERR, frames.SKIPPED, frames.FIGURE, frames.ENDED}
)
_OF_STARTING: Final = frozenset({frames.READY, frames.PREPARED, frames.STARTED, frames.ENDED})
ALLOWED: Final = {
    Phase.STARTING: _OF_STARTING,
    Phase.RUNNING: _OF_RUNNING,
    Phase.STOPPING: _OF_STARTING | _OF_RUNNING,
    Phase.HANDING_OVER: frozenset({frames.FILE, frames.CHUNK, frames.REJECTED, frames.DONE}),
}
"""What the box may send in each."""


class _OutOfTime(Exception):
    """The box did not finish what it was told to; it will be killed."""


class FollowedRun:
    """Deals with what a box sends for one job; made when the order is on its way."""

    def __init__(
        self,
        job: Job,
        conversation: Conversation,
        collection: Collection,
        on_output: Callable[[Stream, str], None],
        cancelled: threading.Event,
        stop_s: float,
    ) -> None:
        self._job = job
        self._stop_s = stop_s
        self._conversation = conversation
        self._cancelled = cancelled
        self._collection = collection
        self._stdout = PrintedStream(lambda text: on_output("stdout", text))
        self._stderr = PrintedStream(lambda text: on_output("stderr", text))
        self._streams = {frames.STDOUT: self._stdout, frames.STDERR: self._stderr}
        self._declared: list[Mapping[str, Any]] = []
        self._stopped: Reason | None = None
        self._exit_code: int | None = None
        self._began = self._ended = 0.0
        self._done = False
        self._enter(Phase.STARTING, START_S)

    def follow(self) -> RunResult:
        """Deal with what the box sends until it is done, dies or runs out of time."""
        breach = ""
        try:
            while not self._done:
                self._keep_time()
                arrived = self._conversation.next(TICK_S)
                if arrived is not None:
                    self._take(*arrived)
        except WireClosed as closed:
            breach = closed.breach
        except FrameError as error:
            breach = str(error)
        except _OutOfTime:
            breach = "its runner does not answer"
        if self._phase is Phase.STARTING:
            self._conversation.close()
            last = breach or self._conversation.exit().last_words
            raise SandboxUnavailable(f"the sandbox did not start its job: {last}")
        return self._result(breach)

    def _enter(self, phase: Phase, limit_s: float) -> None:
        self._phase = phase
        self._until = time.monotonic() + limit_s

    def _keep_time(self) -> None:
        late = time.monotonic() >= self._until
        if self._phase in (Phase.STARTING, Phase.RUNNING) and self._cancelled.is_set():
            self._stop("cancelled")
        elif late and self._phase is Phase.RUNNING:
            self._stop("timeout")
        elif late:
            raise _OutOfTime

    def _stop(self, reason: Reason) -> None:
        self._stopped = reason
        self._conversation.send(frames.STOP)
        self._enter(Phase.STOPPING, self._stop_s)

    def _take(self, kind: int, payload: bytes) -> None:
        if kind not in ALLOWED[self._phase]:
            raise FrameError(f"a frame of kind {kind} came at the wrong time")
        if kind in self._streams:
            self._streams[kind].add(payload)
        elif kind == frames.SKIPPED:
            self._skip(payload)
        elif kind == frames.FIGURE:
            self._declare(payload)
        elif kind == frames.FILE:
            self._collection.begin(payload)
        elif kind == frames.CHUNK:
            self._collection.add(payload)
        elif kind == frames.REJECTED:
            self._collection.reject(payload)
        elif kind == frames.STARTED and self._stopped is None:
            self._began = time.monotonic()
            self._enter(Phase.RUNNING, self._job.timeout_s)
        elif kind == frames.ENDED:
            self._end(payload)
        elif kind == frames.DONE:
            self._collection.finish()
            self._done = True

    def _skip(self, payload: bytes) -> None:
        if len(payload) != frames.GAP.size:
            raise FrameError("a gap in the output of no length")
        stream, count = frames.GAP.unpack(payload)
        if stream not in self._streams:
            raise FrameError("a gap in the output of no stream")
        self._streams[stream].skip(count)

    def _declare(self, payload: bytes) -> None:
        if len(self._declared) >= frames.MAX_FIGURES:
            raise FrameError("more figures than a script may declare")
        figure = read_figure(payload)
        if figure is not None:
            self._declared.append(figure)

    def _end(self, payload: bytes) -> None:
        try:
            code = json.loads(payload)["exit_code"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise FrameError("an end without an exit code") from error
        if code is not None and (type(code) is not int or not -64 <= code <= 255):
            raise FrameError("an exit code that no process has")
        self._exit_code = code
        self._ended = time.monotonic()
        if self._stopped is not None or code != 0:
            self._collection.keep_what_is_there(self._job.run)
        self._conversation.shut_tunnel()
        self._enter(Phase.HANDING_OVER, HAND_OVER_S)

    def _result(self, breach: str) -> RunResult:
        reason = self._reason()
        words = ""
        if reason == "sandbox died":
            last = breach or self._conversation.exit().last_words
            words = f"\nThe sandbox died under the run{': ' + last if last else ''}.\n"
        exit_code = None
        if reason == "exit" and self._exit_code is not None:
            # As shells have it: a process that a signal ended.
            exit_code = self._exit_code if self._exit_code >= 0 else 128 - self._exit_code
        duration = (self._ended or time.monotonic()) - self._began if self._began else 0.0
        return RunResult(
            run=self._job.run,
            reason=reason,
            exit_code=exit_code,
            duration_s=duration,
            stdout=self._stdout.finish(),
            stderr=self._stderr.finish(words),
            stdout_cut=self._stdout.cut,
            stderr_cut=self._stderr.cut,
            files=tuple(self._collection.files),
            rejected=tuple(self._collection.rejected),
            declared=tuple(self._declared),
        )

    def _reason(self) -> Reason:
        """Why the run ended: by our own decision, else by what the engine says of the box."""
        if self._stopped is not None:
            return self._stopped
        told_an_end = self._done and self._exit_code is not None
        if told_an_end and self._exit_code != KILLED:
            return "exit"
        self._conversation.close()
        if self._conversation.exit().out_of_memory:
            return "memory"
        return "exit" if told_an_end else "sandbox died"
