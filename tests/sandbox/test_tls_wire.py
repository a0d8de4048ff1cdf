"""One TLS connection, read by one thread while another writes."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import cast

import pytest
import trustme

from finops_repl.sandbox.tls_wire import TlsWire

SENT = 8_000_000


@pytest.fixture
def ends() -> Iterator[tuple[TlsWire, TlsWire]]:
    """Both ends of a connection, over a pair of sockets."""
    authority = trustme.CA()
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(theirs)
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
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


class SlowConnection:
    """A connection whose calls take as long as the test says; notes what ended when."""

    def __init__(self) -> None:
        self.called = threading.Event()
        self.may_return = threading.Event()
        self.ended: list[str] = []

    def setblocking(self, flag: bool) -> None: ...

    def recv(self, most: int) -> bytes:
        self.called.set()
        assert self.may_return.wait(10)
        self.ended.append("recv")
        return b""

    def close(self) -> None:
        self.ended.append("close")


def test_close_waits_for_the_call_that_is_under_way() -> None:
    connection = SlowConnection()
    wire = TlsWire(cast(ssl.SSLSocket, connection))
    reader = threading.Thread(target=lambda: wire.recv(100), daemon=True)
    reader.start()
    assert connection.called.wait(10)
    closer = threading.Thread(target=wire.close, daemon=True)
    closer.start()
    closer.join(0.2)  # it has the time to be wrong
    connection.may_return.set()
    for thread in (reader, closer):
        thread.join(10)
    assert connection.ended == ["recv", "close"]


def test_closed_connection_is_an_oserror_to_a_writer(ends: tuple[TlsWire, TlsWire]) -> None:
    one, _ = ends
    one.close()
    with pytest.raises(OSError, match=r"closed|descriptor"):
        one.sendall(b"x")
