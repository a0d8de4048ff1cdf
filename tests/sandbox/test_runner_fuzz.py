"""The runner's end of the wire under random fire; and its files, held against the host's rules."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops_repl.base.places import bundled
from finops_repl.sandbox.collect import Collection
from finops_repl.sandbox.file_names import name_problem
from tests.sandbox.mutations import Frame, mutated, pieces

sys.path.insert(0, str(bundled("sandbox")))  # the runner's modules know each other by bare names
try:
    import files
    import frames
    import place
    from tunnel import Tunnel
    from wire import CONGESTED_BYTES, FROM_HOST, HostGone, Wire
finally:
    sys.path.pop(0)

CUTS = st.lists(st.integers(0, 3000), max_size=12)
ANY_FRAME = st.sampled_from(sorted(FROM_HOST)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.binary(max_size=min(frames.LONGEST[kind], 300)))
)


@contextlib.contextmanager
def wired() -> Iterator[tuple[Wire, int, int]]:
    """The runner's wire, and the host's ends of it: where it writes, where it reads."""
    source, to_box = os.pipe()
    from_box, sink = os.pipe()
    ends = [source, to_box, from_box, sink]
    os.set_blocking(from_box, False)
    try:
        yield Wire(source, sink), to_box, from_box
    finally:
        for end in ends:
            with contextlib.suppress(OSError):
                os.close(end)


@settings(deadline=None)
@given(mutated(st.lists(ANY_FRAME, max_size=12)), CUTS)
def test_wire_gives_frames_of_the_host_or_a_breach_and_ends_with_it(
    stream: bytes, cuts: list[int]
) -> None:
    with wired() as (wire, to_box, _):
        try:
            for piece in pieces(stream, cuts):
                os.write(to_box, piece)
                for kind, payload in wire.receive():
                    assert kind in FROM_HOST
                    assert len(payload) <= frames.LONGEST[kind]
        except frames.FrameError:
            return
        os.close(to_box)
        with pytest.raises(HostGone):
            list(wire.receive())


NO_FRAMES = {
    "a frame of a box": frames.frame(frames.STDOUT, b"x"),
    "no known kind": b"\xff" * 20,
    "beyond its length": frames.HEADER.pack(frames.JOB, 1 << 31),
}


@pytest.mark.parametrize("sent", NO_FRAMES.values(), ids=list(NO_FRAMES))
def test_what_no_host_sends_is_a_breach(sent: bytes) -> None:
    with wired() as (wire, to_box, _):
        os.write(to_box, sent)
        with pytest.raises(frames.FrameError):
            list(wire.receive())


def test_wire_whose_host_has_gone_says_so_when_it_writes() -> None:
    with wired() as (wire, _, from_box):
        os.close(from_box)
        wire.send(frames.READY)
        with pytest.raises(HostGone):
            wire.flush()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


NUMBER = st.integers(0, 5)
GRANT = st.one_of(
    st.integers(0, 3000).map(frames.STREAM.pack),
    st.sampled_from([frames.WINDOW, 2**32 - 1]).map(frames.STREAM.pack),
    st.binary(max_size=5),
)
CONTENT = st.one_of(
    st.binary(max_size=30), st.sampled_from([1, 5000, frames.CHUNK_BYTES]).map(bytes)
)


def _of_stream(kind: int, payload: st.SearchStrategy[bytes]) -> st.SearchStrategy[Frame]:
    return st.tuples(
        st.just(kind), st.builds(lambda n, rest: frames.STREAM.pack(n) + rest, NUMBER, payload)
    )


TUNNEL_FRAMES = st.lists(
    st.one_of(
        _of_stream(frames.DATA, CONTENT),
        _of_stream(frames.CREDIT, GRANT),
        _of_stream(frames.CLOSE, st.just(b"")),
        st.tuples(
            st.sampled_from([frames.DATA, frames.CREDIT, frames.CLOSE]), st.binary(max_size=9)
        ),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(TUNNEL_FRAMES, st.integers(0, 4), st.booleans())
def test_runners_tunnel_breaks_off_or_carries_and_holds_no_more_than_its_windows(
    said: list[Frame], connections: int, reading: bool
) -> None:
    taken: dict[int, int] = defaultdict(int)
    granted: dict[int, int] = defaultdict(lambda: frames.WINDOW)
    with contextlib.ExitStack() as held:
        wire, _, from_box = held.enter_context(wired())
        selector = held.enter_context(selectors.EpollSelector())
        port = free_port()
        tunnel = Tunnel(wire, selector, port)
        held.callback(tunnel.shut)
        clients = [
            held.enter_context(socket.create_connection(("127.0.0.1", port)))
            for _ in range(connections)
        ]
        decoder = frames.Decoder(frozenset({frames.OPEN, frames.DATA, frames.CREDIT, frames.CLOSE}))

        def work() -> None:
            for key, ready in selector.select(0):
                key.data(ready)
            wire.flush()
            with contextlib.suppress(BlockingIOError):
                for kind, payload in decoder.feed(os.read(from_box, 1 << 20)):
                    if kind == frames.CREDIT:
                        number, size = frames.GRANT.unpack(payload)
                        granted[number] += size

        for client in clients:
            client.setblocking(False)
            client.send(b"hello")
        work()
        try:
            for kind, payload in said:
                tunnel.frame(kind, payload)
                if kind == frames.DATA:
                    taken[frames.STREAM.unpack_from(payload)[0]] += len(payload)
                for client in clients if reading else ():
                    with contextlib.suppress(OSError):
                        client.recv(1 << 20)
                work()
                assert all(count <= granted[number] for number, count in taken.items())
        except frames.FrameError:
            pass


@contextlib.contextmanager
def one_connection() -> Iterator[tuple[Tunnel, socket.socket, Callable[[], list[Frame]]]]:
    """The runner's tunnel with one client, and what its host hears."""
    with contextlib.ExitStack() as held:
        wire, _, from_box = held.enter_context(wired())
        selector = held.enter_context(selectors.EpollSelector())
        port = free_port()
        tunnel = Tunnel(wire, selector, port)
        held.callback(tunnel.shut)
        client = held.enter_context(socket.create_connection(("127.0.0.1", port)))
        client.setblocking(False)
        decoder = frames.Decoder(frozenset(frames.LONGEST))

        def hear() -> list[Frame]:
            heard: list[Frame] = []
            for _ in range(5):
                for key, ready in selector.select(0.005):
                    key.data(ready)
                wire.flush()
                with contextlib.suppress(BlockingIOError):
                    heard += decoder.feed(os.read(from_box, 1 << 20))
            return heard

        yield tunnel, client, hear


BREACHES: dict[str, list[Frame]] = {
    "no number": [(frames.CLOSE, b"")],
    "stream zero": [(frames.DATA, frames.STREAM.pack(0) + b"x")],
    "never opened": [(frames.DATA, frames.STREAM.pack(2) + b"x")],
    "grant of no size": [(frames.CREDIT, frames.STREAM.pack(1))],
    "grant beyond the window": [(frames.CREDIT, frames.GRANT.pack(1, 1))],
    "no frame of the tunnel": [(frames.PING, frames.STREAM.pack(1))],
    "beyond its credit": [(frames.DATA, frames.STREAM.pack(1) + bytes(frames.CHUNK_BYTES))] * 60,
}


@pytest.mark.parametrize("breach", BREACHES.values(), ids=list(BREACHES))
def test_host_that_breaks_the_rules_is_told_by_the_runner(breach: list[Frame]) -> None:
    with one_connection() as (tunnel, _, hear):
        assert hear() == [(frames.OPEN, frames.STREAM.pack(1))]

        def send_all() -> None:
            for kind, payload in breach:
                tunnel.frame(kind, payload)

        with pytest.raises(frames.FrameError):
            send_all()


@pytest.mark.parametrize(
    ("others", "widened"), [(frames.WIDE_STREAMS - 1, True), (frames.WIDE_STREAMS, False)]
)
def test_client_that_keeps_up_is_granted_more_ahead_while_few_do(
    others: int, widened: bool
) -> None:
    with one_connection() as (tunnel, client, hear), contextlib.ExitStack() as held:
        for _ in range(others):
            held.enter_context(socket.create_connection(client.getpeername()))
        assert len(hear()) == 1 + others
        chunk = bytes(frames.WINDOW // 4)
        tunnel.frame(frames.DATA, frames.STREAM.pack(1) + chunk)
        heard: list[Frame] = []
        while not heard:
            with contextlib.suppress(BlockingIOError):
                client.recv(len(chunk))
            heard = hear()
        more = frames.WIDE_WINDOW - frames.WINDOW if widened else 0
        assert heard == [(frames.CREDIT, frames.GRANT.pack(1, len(chunk) + more))]


def test_client_that_sends_more_than_its_window_waits() -> None:
    with one_connection() as (_, client, hear):
        received = sent = 0
        while sent < 4 * frames.WINDOW:
            try:
                sent += client.send(bytes(100_001))  # no even part of the window
            except BlockingIOError:
                break
            received += sum(len(payload) - 4 for kind, payload in hear() if kind == frames.DATA)
        received += sum(len(payload) - 4 for kind, payload in hear() if kind == frames.DATA)
        assert received == frames.WINDOW


def test_what_is_read_for_a_host_that_does_not_listen_stays_small() -> None:
    with contextlib.ExitStack() as held:
        wire, _, from_box = held.enter_context(wired())
        selector = held.enter_context(selectors.EpollSelector())
        port = free_port()
        tunnel = Tunnel(wire, selector, port)
        held.callback(tunnel.shut)
        for _ in range(8):
            client = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    client.send(bytes(frames.CHUNK_BYTES))
        for _ in range(100):
            if not wire.congested:
                for key, ready in selector.select(0):
                    key.data(ready)
        assert wire.congested
        waiting = 0
        while wire.waiting:
            wire.flush()
            with contextlib.suppress(BlockingIOError):
                waiting += len(os.read(from_box, 1 << 20))
        # One pass over the connections may come on top of what makes it congested.
        assert waiting < CONGESTED_BYTES + 9 * (frames.CHUNK_BYTES + 100)


@given(
    st.one_of(
        st.binary(max_size=60),
        st.lists(st.none() | st.integers() | st.text()).map(
            lambda value: json.dumps(value).encode()
        ),
        st.sampled_from(
            [
                b'{"name": "a"}',
                b'{"name": "", "size": 1}',
                b'{"name": "a", "size": -1}',
                b'{"name": 1, "size": 1}',
                b"[" * 4000,
            ]
        ),
    )
)
def test_announcement_that_is_none_is_a_breach(payload: bytes) -> None:
    with pytest.raises(frames.FrameError):
        files.Inputs().begin(payload)


NAMES = st.one_of(
    st.sampled_from(
        ["a.csv", "b.json", ".hidden", "back\\slash", "new\nline", " blank", "caf\xe9"]
    ),
    st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=8),
).filter(lambda name: name not in (".", ".."))
KIND = st.sampled_from(["file", "file", "file", "folder", "link", "fifo", "hard link", "sparse"])


def plant(folder: Path, things: list[tuple[str, str, bytes]]) -> None:
    """Leave things in a folder as a job would; a folder takes the things that come after it."""
    first: Path | None = None
    for kind, name, content in things:
        path = folder / name
        if os.path.lexists(path):
            continue
        with contextlib.suppress(OSError):
            if kind == "file":
                path.write_bytes(content)
                first = first or path
            elif kind == "folder":
                path.mkdir()
                folder = path
            elif kind == "link":
                path.symlink_to("/etc/passwd")
            elif kind == "fifo":
                os.mkfifo(path)
            elif kind == "hard link" and first is not None:
                path.hardlink_to(first)
            elif kind == "sparse":
                with path.open("wb") as sparse:
                    sparse.truncate(1 << 40)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(things=st.lists(st.tuples(KIND, NAMES, st.binary(max_size=40)), max_size=12))
def test_what_the_runner_hands_over_of_any_folder_the_host_takes_without_a_breach(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    things: list[tuple[str, str, bytes]],
) -> None:
    left, taken = tmp_path_factory.mktemp("left"), tmp_path_factory.mktemp("taken")
    plant(left, things)
    monkeypatch.setattr(place, "DATA", str(left))
    collection = Collection(taken)
    for kind, payload in files.outputs({}):
        assert len(payload) <= frames.LONGEST[kind]
        {
            frames.FILE: collection.begin,
            frames.CHUNK: collection.add,
            frames.REJECTED: collection.reject,
        }[kind](payload)
    collection.close()

    wanted = {}
    for path in left.rglob("*"):
        name = path.relative_to(left).as_posix()
        if path.is_symlink() or not path.is_file() or path.stat().st_nlink > 1:
            continue
        if path.stat().st_size < 1 << 20 and not name_problem(name):
            wanted[name] = path.read_bytes()
    found = {p.relative_to(taken).as_posix(): p for p in taken.rglob("*") if not p.is_dir()}
    assert {name: path.read_bytes() for name, path in found.items()} == wanted
    assert {file.name for file in collection.files} == set(wanted)
