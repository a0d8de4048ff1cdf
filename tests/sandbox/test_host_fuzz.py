"""The host's end of the wire under random fire: only declared errors, bounded memory, no thread."""

from __future__ import annotations

import json
import threading
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox import frames
from finops_repl.sandbox.allowance import Allowance
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.conversation import OF_JOB, OF_TUNNEL
from finops_repl.sandbox.file_names import name_problem
from finops_repl.sandbox.frames import Decoder, FrameError
from finops_repl.sandbox.port import BoxExit, Bytes, Job
from finops_repl.sandbox.stream_http import serve_http
from finops_repl.sandbox.tunnel import Stream, Tunnel
from tests.sandbox.mutations import Frame, mutated, pieces
from tests.sandbox.test_hostile_box import ScriptedBox, ScriptedEngine

FROM_BOX = OF_TUNNEL | OF_JOB
CUTS = st.lists(st.integers(0, 3000), max_size=12)
MOST_HELD = 20_000


def threads(*prefixes: str) -> list[threading.Thread]:
    """The threads at work whose names begin so."""
    return [thread for thread in threading.enumerate() if thread.name.startswith(prefixes)]


def all_end(*prefixes: str) -> bool:
    """Whether these threads come to their end."""
    for thread in threads(*prefixes):
        thread.join(10)
    return not threads(*prefixes)


ANY_FRAME = st.sampled_from(sorted(FROM_BOX)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.binary(max_size=min(frames.LONGEST[kind], 300)))
)


@given(mutated(st.lists(ANY_FRAME, max_size=12)), CUTS)
def test_decoder_gives_allowed_frames_or_a_breach_and_holds_one_frame_at_most(
    stream: bytes, cuts: list[int]
) -> None:
    decoder = Decoder(FROM_BOX)
    fed = given_on = 0
    try:
        for piece in pieces(stream, cuts):
            fed += len(piece)
            for kind, payload in decoder.feed(piece):
                assert kind in FROM_BOX
                assert len(payload) <= frames.LONGEST[kind]
                given_on += frames.HEADER.size + len(payload)
            assert fed - given_on < frames.HEADER.size + max(frames.LONGEST[k] for k in FROM_BOX)
    except FrameError:
        pass


HEAD = b"POST /x HTTP/1.1\r\nHost: h\r\n"
HTTP = st.sampled_from(
    [
        HEAD + b"Content-Length: 5\r\n\r\nhello",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 9000\r\n\r\n" + bytes(9000),
        HEAD + b"Content-Length: 90000\r\nExpect: 100-continue\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n",
        b"\r\n",
        b"0\r\n\r\n",
        b"X: y\r\n",
    ]
)
NUMBER = st.integers(0, 5)


def _of_stream(kind: int, payload: st.SearchStrategy[bytes]) -> st.SearchStrategy[Frame]:
    return st.tuples(
        st.just(kind), st.builds(lambda n, rest: frames.STREAM.pack(n) + rest, NUMBER, payload)
    )


GRANT = st.one_of(
    st.integers(0, 3000).map(frames.STREAM.pack),
    st.sampled_from([frames.WINDOW, 2**32 - 1]).map(frames.STREAM.pack),
    st.binary(max_size=5),
)
OPENINGS = st.integers(1, 4).map(
    lambda count: [(frames.OPEN, frames.STREAM.pack(n + 1)) for n in range(count)]
)
TUNNEL_FRAME = st.one_of(
    _of_stream(frames.DATA, st.one_of(HTTP, st.binary(max_size=40))),
    _of_stream(frames.CREDIT, GRANT),
    _of_stream(frames.CLOSE, st.just(b"")),
    _of_stream(frames.OPEN, st.just(b"")),
    st.tuples(st.sampled_from(sorted(OF_TUNNEL)), st.binary(max_size=9)),
)
TUNNEL_FRAMES = st.builds(
    lambda opened, rest: [*opened, *rest], OPENINGS, st.lists(TUNNEL_FRAME, max_size=25)
)


@settings(max_examples=150, deadline=None)
@given(TUNNEL_FRAMES)
def test_tunnel_breaks_off_or_serves_and_holds_no_more_than_it_may(said: list[Frame]) -> None:
    allowance = Allowance(MOST_HELD)
    faults: list[Exception] = []
    sent: dict[int, int] = defaultdict(int)
    granted: dict[int, int] = defaultdict(lambda: frames.WINDOW)

    def door(request: WireRequest) -> WireResponse:
        assert request.method
        assert len(request.body) <= allowance.held <= MOST_HELD
        return WireResponse(200, (), bytes(len(request.body)))

    def serve(stream: Stream, open_now: int) -> None:
        try:
            serve_http(stream, open_now, door, allowance)
        except Exception as error:
            faults.append(error)

    def send(kind: int, /, *payload: Bytes) -> None:
        if kind == frames.DATA:
            number, data = payload
            sent[frames.STREAM.unpack(number)[0]] += len(data)

    tunnel = Tunnel(send, serve)
    try:
        for kind, payload in said:
            if kind == frames.CREDIT and len(payload) == frames.GRANT.size:
                number, size = frames.GRANT.unpack(payload)
                granted[number] += size
            tunnel.frame(kind, payload)
            assert len(threads("stream ")) <= 2 * frames.MAX_STREAMS
    except FrameError:
        pass
    tunnel.shut()
    assert all_end("stream ")
    assert faults == []
    assert allowance.held == 0
    assert all(count <= granted[number] for number, count in sent.items())


def _file(name: str, content: bytes) -> list[Frame]:
    announced = json.dumps({"name": name, "size": len(content)}).encode()
    return [(frames.FILE, announced), (frames.CHUNK, content)]


NAME = st.one_of(
    st.sampled_from(["a.csv", "b/c.json", "d.jsonl", "../up.csv", "/etc/x", ".hidden", "a\0b"]),
    st.text(max_size=12),
)
FILES = st.lists(st.builds(_file, NAME, st.binary(min_size=1, max_size=60)), max_size=4).map(
    lambda files: [frame for file in files for frame in file]
)
DURING = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([frames.STDOUT, frames.STDERR]), st.binary(max_size=60)),
        st.builds(
            lambda kind, n: (frames.SKIPPED, frames.GAP.pack(kind, n)),
            st.sampled_from([frames.STDOUT, frames.STDERR, 0]),
            st.integers(0, 2**64 - 1),
        ),
        st.just((frames.FIGURE, b'{"value": "1", "unit": "USD", "label": "x"}')),
        TUNNEL_FRAME,
    ),
    max_size=8,
)
SESSIONS = st.builds(
    lambda during, code, files: [
        (frames.READY, b""),
        (frames.PREPARED, b""),
        (frames.STARTED, b""),
        (frames.OPEN, frames.STREAM.pack(1)),
        *during,
        (frames.ENDED, json.dumps({"exit_code": code}).encode()),
        *files,
        (frames.REJECTED, b'{"name": "x", "reason": "a link"}'),
        (frames.DONE, b""),
    ],
    DURING,
    st.integers(-64, 255),
    FILES,
)


class CutBox(ScriptedBox):
    """A box that says what it has to say in the pieces that the test cuts."""

    def __init__(self, said: bytes, cuts: list[int]) -> None:
        super().__init__(b"", BoxExit(137, False), silent=True)
        for piece in pieces(said, cuts):
            if piece:
                self._said.put(piece)
        self._said.put(b"")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=mutated(SESSIONS), cuts=CUTS)
def test_session_ends_in_a_result_or_in_our_own_error_and_leaves_nothing_behind(
    tmp_path_factory: pytest.TempPathFactory, said: bytes, cuts: list[int]
) -> None:
    outer = tmp_path_factory.mktemp("outer")
    engine = ScriptedEngine(b"", BoxExit(137, False))
    engine.box = box = CutBox(said, cuts)
    job = Job("test", "print(1)", "python", outer / "data", timeout_s=0.5)
    shown: list[str] = []
    try:
        result = ContainerSandbox(engine, stop_s=0.2).run(
            job,
            lambda request: WireResponse(200, (), bytes(len(request.body))),
            on_output=lambda _stream, text: shown.append(text),
            cancelled=threading.Event(),
        )
    except SandboxUnavailable:
        placed: set[str] = set()
    else:
        assert result.reason in ("exit", "sandbox died", "timeout")
        assert result.ok <= (result.reason == "exit")
        placed = {file.name for file in result.files}
        assert len("".join(shown)) <= 2 * len(said) + 2_000
    assert box.killed
    assert all_end("stream ", "sandbox reader", "sandbox writer")
    left = {path.relative_to(outer).as_posix() for path in outer.rglob("*") if path.is_file()}
    assert left == {f"data/{name}" for name in placed}
    assert not any(name_problem(name) for name in placed)
    assert not any(path.is_symlink() for path in outer.rglob("*"))
