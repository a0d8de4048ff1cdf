"""The first process of a sandbox container: runs one job for the host and hands over what it left.

It speaks frames over stdin and stdout, carries the job's connections to the host, and outlives
whatever the job does: as process 1 it cannot be killed from inside, its descriptors are closed in
the job, and as a non-dumpable process its memory and /proc entries are closed to the job, which
has the same user. It ends when the host closes the wire or falls silent.
"""

from __future__ import annotations

import contextlib
import os
import sys

# Started isolated (-I), Python does not look beside the script.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import ctypes
import json
import selectors
import signal
from collections.abc import Iterator
from typing import Any

import files
import frames
import place
from job_process import JobProcess, end_everything, reap
from printed import Figures, Output
from tunnel import Tunnel
from wire import HostGone, Wire

SILENCE_S = 6
"""Waits of a second without a byte from the host after which it counts as gone. Waits, not
time: after the machine slept the host is given its chance to speak first."""
PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4


class PreparationFailed(Exception):
    """An interpreter did not live to have its order: this box can run no job."""


class Runner:
    """One job's life: prepared, ordered, started, ended, handed over."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._selector = selectors.EpollSelector()
        # What feeds the wire stands apart: while the host is slow, none of it is looked at.
        self._feeders = selectors.EpollSelector()
        self._tunnel = Tunnel(wire, self._feeders, place.PORT)
        self._inputs = files.Inputs()
        self._prepared: dict[str, JobProcess] = {}
        self._warming: set[int] = set()
        self._job: JobProcess | None = None
        self._pipes: dict[int, Output | Figures] = {}
        self._ended = False
        self._outputs: Iterator[files.Frame] | None = None

    def serve(self) -> None:
        """Work until the host has gone; raises `HostGone` then."""
        children = _child_signals()
        self._selector.register(self._wire.source, selectors.EVENT_READ)
        self._selector.register(children, selectors.EVENT_READ)
        self._wire.send(frames.READY)
        silent = 0
        while True:
            handing_over = self._outputs is not None and not self._wire.congested
            ready = self._wait(0 if handing_over else 1)
            if self._wire.source in ready:
                silent = 0
                for kind, payload in self._wire.receive():
                    self._act(kind, payload)
            elif not ready and not handing_over:
                silent += 1
                if silent >= SILENCE_S:
                    raise HostGone
            if self._feeders.fileno() in ready:
                for key, mask in self._feeders.select(0):
                    key.data(mask)
            if children in ready:
                os.read(children, 4096)
                self._reap()
            self._hand_over()
            self._wire.flush()

    def _wait(self, patience: float) -> set[int]:
        """The descriptors that can be gone on with; none when `patience` seconds brought none."""
        self._watch(self._wire.sink, selectors.EVENT_WRITE, self._wire.waiting)
        self._watch(self._feeders.fileno(), selectors.EVENT_READ, not self._wire.congested)
        return {key.fd for key, _ in self._selector.select(patience)}

    def _watch(self, fd: int, events: int, wanted: bool) -> None:
        watched = fd in self._selector.get_map()
        if wanted and not watched:
            self._selector.register(fd, events)
        elif watched and not wanted:
            self._selector.unregister(fd)

    def _act(self, kind: int, payload: bytes) -> None:
        if kind == frames.PREPARE:
            self._prepare(json.loads(payload))
        elif kind == frames.FILE:
            self._inputs.begin(payload)
        elif kind == frames.CHUNK:
            self._inputs.add(payload)
        elif kind == frames.JOB:
            self._start(json.loads(payload))
        elif kind == frames.STOP:
            self._end(None)
        elif kind != frames.PING and not self._ended:
            self._tunnel.frame(kind, payload)

    def _prepare(self, wanted: dict[str, Any]) -> None:
        """Start an interpreter of each language, and say so when all of them are ready."""
        if self._prepared:
            raise frames.FrameError("a box is prepared once")
        for language in wanted["languages"]:
            job = JobProcess(language, warm=wanted["warm"])
            self._prepared[language] = job
            self._warming.add(job.ready)
            self._feeders.register(
                job.ready, selectors.EVENT_READ, lambda _, fd=job.ready: self._is_ready(fd)
            )

    def _is_ready(self, ready: int) -> None:
        self._no_longer_warming(ready)
        if not self._warming:
            self._wire.send(frames.PREPARED)

    def _no_longer_warming(self, ready: int) -> None:
        self._feeders.unregister(ready)
        os.close(ready)
        self._warming.discard(ready)

    def _start(self, order: dict[str, Any]) -> None:
        if self._job or self._ended:
            raise frames.FrameError("a box runs one job")
        self._job = job = self._prepared.pop(order["language"])
        for other in self._prepared.values():
            other.drop()
        self._prepared.clear()
        for ready in tuple(self._warming):
            self._no_longer_warming(ready)
        self._pipes = {
            job.stdout: Output(self._wire, frames.STDOUT),
            job.stderr: Output(self._wire, frames.STDERR),
            job.figures: Figures(self._wire),
        }
        for pipe in self._pipes:
            self._feeders.register(pipe, selectors.EVENT_READ, lambda _, fd=pipe: self._read(fd))
        self._wire.send(frames.STARTED)
        job.order(order)

    def _read(self, pipe: int) -> bool:
        """Take what a pipe of the job holds now; whether there may be more."""
        try:
            data = os.read(pipe, frames.CHUNK_BYTES)
        except BlockingIOError:
            return False
        if data:
            self._pipes[pipe].add(data)
        elif pipe in self._feeders.get_map():
            self._feeders.unregister(pipe)
        return bool(data)

    def _reap(self) -> None:
        ended = reap()
        if self._job is not None and self._job.pid in ended:
            self._end(ended[self._job.pid])
        for job in self._prepared.values():
            if job.pid in ended:
                raise PreparationFailed(f"{job.language} ended before it had its order")

    def _end(self, status: int | None) -> None:
        """End the whole job, whatever of it is left, and begin to hand over what it did."""
        if self._ended:
            return
        self._ended = True
        for ready in tuple(self._warming):
            self._no_longer_warming(ready)
        last = end_everything(self._job.pid if self._job else 0)
        status = last if status is None else status
        self._tunnel.shut()
        for pipe, reader in self._pipes.items():
            while self._read(pipe):
                pass
            reader.finish()
        exit_code = None if status is None else os.waitstatus_to_exitcode(status)
        self._wire.send(frames.ENDED, json.dumps({"exit_code": exit_code}).encode())
        self._outputs = files.outputs(self._inputs.marks)

    def _hand_over(self) -> None:
        """Queue files of the job while the host keeps up."""
        while self._outputs is not None and not self._wire.congested:
            following = next(self._outputs, None)
            if following is None:
                self._outputs = None
                self._wire.send(frames.DONE)
            else:
                self._wire.send(*following)


def main() -> int:
    """Serve one host; the container's exit code."""
    if os.getpid() != 1:
        print("the runner is the first process of a sandbox container", file=sys.stderr)
        return 64
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of Python's handlers the one a job could call
    _close_to_others()
    _furnish()
    try:
        Runner(Wire(0, 1)).serve()
    except HostGone:
        return 0
    except frames.FrameError as error:
        print(f"the host broke the protocol: {error}", file=sys.stderr)
    except PreparationFailed as error:
        print(error, file=sys.stderr)
    return 70


def _close_to_others() -> None:
    """Make this process non-dumpable: /proc/1/fd, /proc/1/mem and ptrace are root's alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    if libc.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the runner stays dumpable")


def _furnish() -> None:
    """The work folder as scripts know it (data/, also as workspace/data/), and what helps them."""
    os.chdir(place.WORK)
    os.mkdir("data")
    os.mkdir("workspace")
    os.symlink("../data", "workspace/data")
    with contextlib.suppress(OSError):  # without its list of fonts, matplotlib makes one: seconds
        os.mkdir(place.MATPLOTLIB)
        for name in os.listdir(f"{place.FILES}/matplotlib"):
            os.symlink(f"{place.FILES}/matplotlib/{name}", f"{place.MATPLOTLIB}/{name}")


def _child_signals() -> int:
    """A descriptor that is readable after a child has ended."""
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    return reader


if __name__ == "__main__":
    sys.exit(main())
