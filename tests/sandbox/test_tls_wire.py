"""One TLS connection, read by one thread while another writes."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
import sys
import threading
from collections.abc import Iterator

import pytest
import trustme

from finops_repl.sandbox.tls_wire import TlsWire

SENT = 8_000_000


Contexts = tuple[ssl.SSLContext, ssl.SSLContext]


@pytest.fixture(scope="module")
def contexts() -> Contexts:
    """Of a client and of the server that it trusts."""
    authority = trustme.CA()
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(theirs)
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    return ours, theirs


@contextlib.contextmanager
def connection(contexts: Contexts) -> Iterator[tuple[TlsWire, TlsWire]]:
    """Both ends of a connection, over a pair of sockets."""
    ours, theirs = contexts
    here, there = socket.socketpair()
    accepted: list[ssl.SSLSocket] = []
    server = threading.Thread(
        target=lambda: accepted.append(theirs.wrap_socket(there, server_side=True))
    )
    server.start()
    connected = ours.wrap_socket(here, server_hostname="localhost")
    server.join()
    pair = TlsWire(connected), TlsWire(accepted[0])
    yield pair
    for end in pair:
        end.close()


@pytest.fixture
def ends(contexts: Contexts) -> Iterator[tuple[TlsWire, TlsWire]]:
    with connection(contexts) as pair:
        yield pair


@pytest.fixture
def threads_in_turns() -> Iterator[None]:
    """Threads change places as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def in_threads(*works: object) -> None:
    threads = [threading.Thread(target=work, daemon=True) for work in works]  # type: ignore[arg-type]  # all take nothing
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_much_goes_both_ways_at_once_and_arrives_whole(ends: tuple[TlsWire, TlsWire]) -> None:
    content = bytes(range(256)) * (SENT // 256)
    arrived: dict[TlsWire, str] = {}

    def receive(end: TlsWire) -> None:
        digest, left = hashlib.sha256(), SENT
        while left and (data := end.recv(100_000)):
            digest.update(data)
            left -= len(data)
        arrived[end] = digest.hexdigest()

    one, other = ends
    in_threads(
        lambda: one.sendall(content),
        lambda: other.sendall(content),
        lambda: receive(one),
        lambda: receive(other),
    )
    assert set(arrived.values()) == {hashlib.sha256(content).hexdigest()}


def test_reader_that_waits_does_not_keep_a_writer_waiting(
    ends: tuple[TlsWire, TlsWire],
) -> None:
    one, other = ends
    answers: list[bytes] = []
    in_threads(
        lambda: answers.append(one.recv(100)),  # waits until it is answered
        lambda: one.sendall(b"ask"),
        lambda: other.sendall(b"answer to " + other.recv(100)),
    )
    assert answers == [b"answer to ask"]


def test_shutdown_wakes_a_reader_and_shows_it_nothing_encrypted(
    ends: tuple[TlsWire, TlsWire],
) -> None:
    one, _ = ends
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(one.recv(100)), daemon=True)
    reader.start()
    one.shutdown(socket.SHUT_RDWR)
    reader.join(10)
    assert not reader.is_alive()
    assert read == [b""]


@pytest.mark.usefixtures("threads_in_turns")
def test_close_under_a_reader_and_a_writer_ends_both_with_oserror_alone(
    contexts: Contexts,
) -> None:
    def read(end: TlsWire) -> None:
        with contextlib.suppress(OSError):
            while end.recv(100_000):
                pass

    def write(end: TlsWire) -> None:
        with contextlib.suppress(OSError):
            while True:
                end.sendall(bytes(20_000))

    def close(end: TlsWire) -> None:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()

    for _ in range(100):
        with connection(contexts) as (one, other):
            # What escapes a thread fails the test.
            in_threads(
                lambda end=one: read(end),
                lambda end=one: write(end),
                lambda end=other: read(end),
                lambda end=one: close(end),
            )
