"""A box that has been taken over: whatever it sends, the host ends it and keeps its own word."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops_repl.aws.http import WireResponse
from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox import frames
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.frames import frame
from finops_repl.sandbox.port import BoxExit, Bytes, Job, RunResult
from tests.sandbox.running import identity


class ScriptedBox:
    """A box that says what it was given to say, then what `silent` has: nothing, or its end."""

    def __init__(self, said: bytes, exit: BoxExit, *, silent: bool) -> None:
        self._said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        for at in range(0, len(said), 50_000):
            self._said.put(said[at : at + 50_000])
        if not silent:
            self._said.put(b"")
        self._exit = exit
        self.killed = False
        self.when_told_to_stop = b""

    def send(self, data: Bytes) -> None:
        """Nobody listens, unless it was given something to say to a stop."""
        if self.when_told_to_stop and frame(frames.STOP) in bytes(data):
            self._said.put(self.when_told_to_stop)

    def receive(self) -> bytes:
        return self._said.get()

    def kill(self) -> None:
        self.killed = True
        self._said.put(b"")

    def wait(self) -> BoxExit:
        assert self.killed
        return self._exit


class ScriptedEngine:
    """Boxes that all say the same."""

    warnings = ()

    def __init__(self, said: bytes, exit: BoxExit, *, silent: bool = False) -> None:
        self.box = ScriptedBox(said, exit, silent=silent)

    def start(self, name: str, *, data_bytes: int) -> ScriptedBox:
        return self.box


def run_with(
    folder: Path, *said: bytes, out_of_memory: bool = False, silent: bool = False
) -> RunResult:
    engine = ScriptedEngine(b"".join(said), BoxExit(137, out_of_memory), silent=silent)
    job = Job("test", "print(1)", "python", folder, timeout_s=0.3)
    with ContainerSandbox(engine, stop_s=0.2) as sandbox:
        result = sandbox.run(
            job, identity, on_output=lambda stream, text: None, cancelled=threading.Event()
        )
    assert engine.box.killed
    return result


BEGUN = frame(frames.READY) + frame(frames.STARTED)


def ended(code: object) -> bytes:
    return frame(frames.ENDED, json.dumps({"exit_code": code}).encode())


def file(name: object, size: object) -> bytes:
    return frame(frames.FILE, json.dumps({"name": name, "size": size}).encode())


DONE = frame(frames.DONE)


def test_orderly_box_is_believed_in_what_only_it_knows(tmp_path: Path) -> None:
    result = run_with(tmp_path, BEGUN, frame(frames.STDOUT, b"1\n"), ended(3), DONE)
    assert (result.reason, result.exit_code, result.stdout) == ("exit", 3, "1\n")


def test_memory_is_the_engines_word_and_not_the_boxs(tmp_path: Path) -> None:
    assert run_with(tmp_path, BEGUN, ended(-9), DONE).reason == "exit"
    assert run_with(tmp_path, BEGUN, ended(-9), DONE, out_of_memory=True).reason == "memory"
    assert run_with(tmp_path, BEGUN, out_of_memory=True).reason == "memory"


def test_time_is_the_hosts_clock_even_if_the_box_is_silent(tmp_path: Path) -> None:
    result = run_with(tmp_path, BEGUN, frame(frames.STDOUT, b"so far"), silent=True)
    assert (result.reason, result.stdout) == ("timeout", "so far")


def test_success_after_the_time_was_up_is_no_success(tmp_path: Path) -> None:
    engine = ScriptedEngine(BEGUN, BoxExit(0, False), silent=True)
    engine.box.when_told_to_stop = ended(0) + DONE
    job = Job("test", "print(1)", "python", tmp_path, timeout_s=0.1)
    result = ContainerSandbox(engine).run(
        job, identity, on_output=lambda stream, text: None, cancelled=threading.Event()
    )
    assert (result.reason, result.exit_code) == ("timeout", None)


def test_box_that_never_starts_its_job_is_an_error_and_no_result(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable):
        run_with(tmp_path, frame(frames.READY))


FIGURE = frame(frames.FIGURE, json.dumps({"value": "1", "unit": "", "label": ""}).encode())
REJECTED = frame(frames.REJECTED, b'{"name": "n", "reason": "r"}')
WHILE_IT_RUNS = {
    "started twice": frame(frames.STARTED),
    "done before its end": DONE,
    "a file before its end": file("a", 1) + frame(frames.CHUNK, b"x"),
    "a gap of no size": frame(frames.SKIPPED, b""),
    "a gap in no stream": frame(frames.SKIPPED, frames.GAP.pack(7, 1)),
    "more figures than allowed": FIGURE * 201,
    "bytes that are no frame": b"\xff" * 100,
    "a frame of the host": frame(frames.PING),
    "a stream out of turn": frame(frames.OPEN, frames.STREAM.pack(9)),
    "more output than a runner sends": frame(frames.STDOUT, bytes(frames.CHUNK_BYTES)) * 131,
}
AS_ITS_END = {
    "no exit code": frame(frames.ENDED, b"{}"),
    "no JSON": frame(frames.ENDED, b"[" * 900),
    "a text": ended("0"),
    "a truth value": ended(True),
    "too large": ended(999),
    "too small": ended(-65),
}
AFTER_ITS_END = {
    "output": frame(frames.STDOUT, b"late"),
    "another end": ended(0),
    "bytes of no file": frame(frames.CHUNK, b"x"),
    "no bytes": file("a", 2) + frame(frames.CHUNK, b"") + frame(frames.CHUNK, b"xy"),
    "more bytes than announced": file("a", 2) + frame(frames.CHUNK, b"xyz"),
    "a file within a file": file("a", 2) + file("b", 0),
    "a file that is not complete": file("a", 2) + frame(frames.CHUNK, b"x"),
    "a size below nothing": file("a", -1),
    "a file beyond all size": file("a", 1 << 40) + REJECTED,
    "a size that is a truth value": file("a", True) + frame(frames.CHUNK, b"x"),
    "a name that is a list": file(["a"], 0),
    "more files than allowed": b"".join(file(f"f{n}", 0) for n in range(201)),
    "more refusals than a runner sends": REJECTED * 300,
}


def no_success(folder: Path, *said: bytes) -> None:
    result = run_with(folder, BEGUN, *said)
    assert (result.reason, result.exit_code, result.ok) == ("sandbox died", None, False)
    assert [path for path in folder.iterdir() if path.name.endswith(".part")] == []


@pytest.mark.parametrize("breach", WHILE_IT_RUNS.values(), ids=list(WHILE_IT_RUNS))
def test_breach_while_a_job_runs_ends_the_box(tmp_path: Path, breach: bytes) -> None:
    no_success(tmp_path, breach, ended(0), DONE)


@pytest.mark.parametrize("breach", AS_ITS_END.values(), ids=list(AS_ITS_END))
def test_end_that_no_process_has_ends_the_box(tmp_path: Path, breach: bytes) -> None:
    no_success(tmp_path, breach, DONE)


@pytest.mark.parametrize("breach", AFTER_ITS_END.values(), ids=list(AFTER_ITS_END))
def test_breach_while_files_are_handed_over_ends_the_box(tmp_path: Path, breach: bytes) -> None:
    no_success(tmp_path, ended(0), breach, DONE)


def test_many_figures_that_are_none_are_no_breach(tmp_path: Path) -> None:
    result = run_with(tmp_path, BEGUN, frame(frames.FIGURE, b"{}") * 300, ended(0), DONE)
    assert (result.reason, result.declared) == ("exit", ())


class GreedyBox(ScriptedBox):
    """A box that goes on with `saying` for ever, and reads nothing after its order."""

    def __init__(self, saying: Callable[[int], bytes]) -> None:
        super().__init__(BEGUN, BoxExit(137, False), silent=True)
        self._saying = saying
        self._dead = threading.Event()
        self._ordered = threading.Event()
        self._orders = frames.Decoder(frozenset({frames.PREPARE, frames.JOB, frames.PING}))
        self.received = 0

    def send(self, data: Bytes) -> None:
        if self._ordered.is_set():
            self._dead.wait()
            raise OSError
        if any(kind == frames.JOB for kind, _ in self._orders.feed(bytes(data))):
            self._ordered.set()

    def receive(self) -> bytes:
        if self._dead.is_set():
            return b""
        self.received += 1
        if self.received == 1:
            return BEGUN
        self._ordered.wait(10)
        return self._saying(self.received - 1)

    def kill(self) -> None:
        self.killed = True
        self._dead.set()


def follow(
    box: GreedyBox, folder: Path, show: Callable[[object, str], None], timeout_s: float
) -> RunResult:
    engine = ScriptedEngine(b"", BoxExit(137, False))
    engine.box = box
    return ContainerSandbox(engine, stop_s=0.2).run(
        Job("test", "print(1)", "python", folder, timeout_s=timeout_s),
        lambda _request: WireResponse(200, (), bytes(frames.WINDOW)),
        on_output=show,
        cancelled=threading.Event(),
    )


def test_box_that_asks_for_ever_more_and_reads_nothing_is_ended(tmp_path: Path) -> None:
    request = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"

    def saying(number: int) -> bytes:
        stream = frames.STREAM.pack(number)
        time.sleep(0.002)  # for its answer to be on the way
        asked = frame(frames.OPEN, stream) + frame(frames.DATA, stream + request)
        if number <= 100:
            return asked
        return frame(frames.CLOSE, frames.STREAM.pack(number - 100)) + asked

    result = follow(GreedyBox(saying), tmp_path, lambda _stream, _text: None, 20)
    assert result.reason == "sandbox died"
    assert "does not read what it asks for" in result.stderr


def test_box_is_not_read_faster_than_its_frames_are_dealt_with(tmp_path: Path) -> None:
    box = GreedyBox(lambda _number: frame(frames.STDOUT, b"x"))
    seen: list[int] = []

    def slow(_stream: object, _text: str) -> None:
        if not seen:
            time.sleep(0.5)
            seen.append(box.received)

    follow(box, tmp_path, slow, 1)
    assert seen[0] < 400


UNSAFE = {
    "climbs": "../up.csv",
    "absolute": "/etc/passwd",
    "climbs on its way": "a/../../up.csv",
    "NUL": "nul\0.csv",
    "no folder": "a//b.csv",
    "here": "./a.csv",
    "hidden": ".bashrc",
    "in a hidden folder": "a/.ssh/key",
    "line break": "line\nbreak.csv",
    "escape": "esc\x1b.csv",
    "backslash": "back\\slash.csv",
    "blank at its end": "blank ",
    "dot at its end": "dot.",
    "none": "",
    "long": "x" * 200,
    "deep": "a/b/c/d/e.csv",
    "half a character": "half\udc80.csv",
    "backwards": "\u202efdp.csv",
}


@pytest.mark.parametrize("name", UNSAFE.values(), ids=list(UNSAFE))
def test_unsafe_name_is_refused_by_the_host_too(tmp_path: Path, name: str) -> None:
    data = tmp_path / "outer" / "data"
    data.mkdir(parents=True)
    result = run_with(
        data, BEGUN, ended(0), file(name, 1), frame(frames.CHUNK, b"x"), file("ok.csv", 0), DONE
    )
    assert [placed.name for placed in result.files] == ["ok.csv"]
    assert len(result.rejected) == 1
    assert result.rejected[0].isprintable()
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left == [data / "ok.csv"]


PIECE = st.one_of(
    st.binary(max_size=60),
    st.tuples(st.sampled_from(sorted(frames.LONGEST)), st.binary(max_size=40)).map(
        lambda piece: frame(piece[0], piece[1][: frames.LONGEST[piece[0]]])
    ),
    st.sampled_from([BEGUN, ended(0), DONE, file("a.csv", 3), frame(frames.CHUNK, b"a,b")]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECE, max_size=12))
def test_any_bytes_end_in_a_result_or_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, said: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("data")
    try:
        result = run_with(folder, *said)
    except SandboxUnavailable:
        return
    assert result.reason in ("exit", "sandbox died", "timeout")
    assert {path.name for path in folder.iterdir()} <= {"a.csv"}
