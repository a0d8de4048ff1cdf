"""The host's end of the tunnel: HTTP over streams, and a box that does not keep to the rules."""

from __future__ import annotations

import hashlib
import threading
import time

import pytest

from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.sandbox import frames
from finops_repl.sandbox.allowance import Allowance
from finops_repl.sandbox.frames import FrameError
from finops_repl.sandbox.limits import MB
from finops_repl.sandbox.tunnel import Stream, Tunnel
from tests.sandbox.running import Runs, soon
from tests.sandbox.tunnel_client import Client, echo

CLOSE = b"Connection: close\r\n\r\n"


def test_request_with_a_body_reaches_the_door_complete() -> None:
    answer = Client().ask(
        b"POST /x?y=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n" + CLOSE + b"abc"
    )
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nPOST /x?y=1 3")


def test_chunked_body_is_put_together() -> None:
    answer = Client().ask(
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
        + CLOSE
        + b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
    )
    assert answer.endswith(b"POST / 7")


def test_connection_serves_one_request_after_the_other() -> None:
    request = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
    answer = Client().ask(request + request + b"GET /b HTTP/1.1\r\nHost: h\r\n" + CLOSE)
    assert answer.count(b"HTTP/1.1 200") == 3
    assert answer.endswith(b"GET /b 0")


def test_expectation_is_met_before_the_body_comes() -> None:
    client = Client()
    client.open()
    client.send(
        b"PUT /o HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n" + CLOSE
    )
    received = client.received()
    assert next(received).startswith(b"HTTP/1.1 100 ")
    client.send(b"ab")
    assert b"".join(received).endswith(b"PUT /o 2")


def test_head_has_the_length_and_no_body() -> None:
    def door(_request: WireRequest) -> WireResponse:
        return WireResponse(200, (("content-length", "512"),), b"")

    answer = Client(door).ask(b"HEAD /o HTTP/1.1\r\nHost: h\r\n" + CLOSE)
    assert b"Content-Length: 512\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: h\r\n" + b"a:1\r\n" * 201 + b"\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
        (
            b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (b"CONNECT example.com:443 HTTP/1.1\r\nHost: h\r\n\r\n", 405),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n X-Amz-Target: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\nX-Amz-Target: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\rX-Amz-Target: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\x00\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX-A : 1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\na", 400),
        (b"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (
            b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"0\r\nX-Amz-Target: x\r\n\r\n",
            400,
        ),
    ],
    ids=[
        "no http",
        "bad header",
        "huge header",
        "many headers",
        "two lengths",
        "two framings",
        "proxy",
        "coding",
        "identity",
        "folded",
        "bare line feed",
        "bare carriage return",
        "null byte",
        "blank before the colon",
        "one length twice",
        "list of lengths",
        "old version",
        "trailers",
    ],
)
def test_broken_or_ambiguous_requests_never_reach_the_door(
    request_bytes: bytes, status: int
) -> None:
    asked = []

    def door(request: WireRequest) -> WireResponse:
        asked.append(request)
        return echo(request)

    answer = Client(door).ask(request_bytes)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert asked == []


SMUGGLING = b"GET /smuggled HTTP/1.1\r\nHost: h\r\nX-A: 1\n X-B: 2\r\n" + CLOSE


def test_head_in_pieces_is_held_to_the_same_grammar() -> None:
    client = Client()
    client.open()
    for at in range(len(SMUGGLING)):
        client.send(SMUGGLING[at : at + 1])
    assert b"".join(client.received()).startswith(b"HTTP/1.1 400 ")


def test_second_request_is_held_to_the_same_grammar() -> None:
    answer = Client().ask(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n" + SMUGGLING)
    assert answer.count(b"HTTP/1.1 200") == 1
    assert answer.count(b"HTTP/1.1 400") == 1
    assert b"/smuggled" not in answer


def test_body_beyond_the_cap_is_refused_without_being_held() -> None:
    client = Client()
    client.open()
    client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n")
    granted = frames.WINDOW
    sent = 0
    answer = b""
    chunk = bytes(frames.CHUNK_BYTES)
    while not answer:
        if granted - sent >= 2 * len(chunk):
            client.send(chunk)
            sent += len(chunk)
        while not client.sent.empty() or granted - sent < 2 * len(chunk):
            kind, payload = client.hear()
            if kind == frames.CREDIT:
                granted += frames.GRANT.unpack(payload)[1]
            elif kind == frames.DATA:
                answer = payload[frames.STREAM.size :]
                break
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert sent <= 8 * MB + frames.WINDOW


def test_response_waits_for_a_client_that_does_not_read() -> None:
    client = Client(lambda _request: WireResponse(200, (), bytes(4 * frames.WINDOW)))
    client.open()
    client.send(b"GET / HTTP/1.1\r\nHost: h\r\n" + CLOSE)
    time.sleep(0.3)
    waiting = 0
    while not client.sent.empty():
        kind, payload = client.sent.get()
        assert kind == frames.DATA
        waiting += len(payload) - frames.STREAM.size
    assert waiting == frames.WINDOW
    client.tunnel.shut()


def test_response_goes_as_far_ahead_as_the_box_grants() -> None:
    client = Client(lambda _request: WireResponse(200, (), bytes(2 * frames.WIDE_WINDOW)))
    client.open()
    client.tunnel.frame(frames.CREDIT, frames.GRANT.pack(1, frames.WIDE_WINDOW - frames.WINDOW))
    client.send(b"GET / HTTP/1.1\r\nHost: h\r\n" + CLOSE)
    waiting = 0
    while waiting < frames.WIDE_WINDOW:
        _, payload = client.hear()
        waiting += len(payload) - frames.STREAM.size
    time.sleep(0.1)
    assert client.sent.empty()
    client.tunnel.shut()


def test_end_of_the_box_frees_whoever_waits_for_it() -> None:
    served = threading.Event()

    def serve(stream: Stream, _open_now: int) -> None:
        assert stream.read(60) == b""
        served.set()

    tunnel = Tunnel(lambda kind, /, *payload: None, serve)
    tunnel.frame(frames.OPEN, frames.STREAM.pack(1))
    tunnel.shut()
    assert served.wait(10)


def data(number: int, size: int) -> tuple[int, bytes]:
    return frames.DATA, frames.STREAM.pack(number) + bytes(size)


GRANT_TOO_LARGE = (frames.CREDIT, frames.GRANT.pack(1, frames.WIDE_WINDOW - frames.WINDOW + 1))


@pytest.mark.parametrize(
    "breach",
    [
        [(frames.OPEN, frames.STREAM.pack(2))],
        [(frames.OPEN, frames.STREAM.pack(0))],
        [(frames.OPEN, frames.STREAM.pack(1)), (frames.OPEN, frames.STREAM.pack(1))],
        [(frames.OPEN, frames.STREAM.pack(number + 1)) for number in range(200)],
        [data(1, 10)],
        [(frames.OPEN, frames.STREAM.pack(1)), data(0, 10)],
        [(frames.OPEN, frames.STREAM.pack(1)), data(1, 0)],
        [(frames.OPEN, frames.STREAM.pack(1)), *[data(1, frames.CHUNK_BYTES)] * 5],
        [(frames.OPEN, frames.STREAM.pack(1)), GRANT_TOO_LARGE],
        [(frames.OPEN, frames.STREAM.pack(1)), (frames.CREDIT, frames.STREAM.pack(1))],
        [(frames.CLOSE, frames.STREAM.pack(7))],
        [(frames.CLOSE, b"")],
    ],
    ids=[
        "opened out of turn",
        "stream zero",
        "opened twice",
        "too many",
        "never opened",
        "data for none",
        "empty data",
        "beyond its credit",
        "grant beyond the window",
        "grant of no size",
        "closed unopened",
        "no number",
    ],
)
def test_box_that_breaks_the_rules_is_told_apart(breach: list[tuple[int, bytes]]) -> None:
    release = threading.Event()

    def hold(_stream: Stream, _open_now: int) -> None:
        release.wait(10)

    tunnel = Tunnel(lambda kind, /, *payload: None, hold)

    def send_all() -> None:
        for kind, payload in breach:
            tunnel.frame(kind, payload)

    try:
        with pytest.raises(FrameError):
            send_all()
    finally:
        release.set()
        tunnel.shut()


def test_large_bodies_pass_through_a_real_box_unchanged(run: Runs) -> None:
    body = bytes(range(256)) * 40_000  # 10 MB
    asked: list[int] = []

    def door(request: WireRequest) -> WireResponse:
        asked.append(len(request.body))
        return WireResponse(200, (("Content-Type", "application/octet-stream"),), body)

    result = run(
        "import hashlib, urllib.request, concurrent.futures\n"
        "def fetch(n):\n"
        "    url = 'http://127.0.0.1:8765/'\n"
        "    answer = urllib.request.urlopen(url, data=bytes(n * 100_000)).read()\n"
        "    return hashlib.sha256(answer).hexdigest()\n"
        "with concurrent.futures.ThreadPoolExecutor(8) as pool:\n"
        "    print(set(pool.map(fetch, range(8))))\n",
        door=door,
    )
    assert result.stdout == f"{{'{hashlib.sha256(body).hexdigest()}'}}\n", result.stderr
    assert sorted(asked) == [n * 100_000 for n in range(8)]


def test_more_connections_than_streams_are_served_in_turn(run: Runs) -> None:
    result = run(
        "import socket\n"
        "clients = []\n"
        "for _ in range(300):\n"
        "    client = socket.create_connection(('127.0.0.1', 8765))\n"
        "    client.sendall(b'POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 0\\r\\n\\r\\n')\n"
        "    clients.append(client)\n"
        "served = [client.recv(12) for client in clients]\n"
        "print(len(served), set(served))\n"
    )
    assert result.stdout == "300 {b'HTTP/1.1 200'}\n", result.stderr


def test_streams_closed_at_once_do_not_pile_up_threads() -> None:
    release = threading.Event()

    def serve(stream: Stream, open_now: int) -> None:
        release.wait(30)

    tunnel = Tunnel(lambda kind, /, *payload: None, serve)

    def open_and_close(number: int) -> None:
        tunnel.frame(frames.OPEN, frames.STREAM.pack(number))
        tunnel.frame(frames.CLOSE, frames.STREAM.pack(number))

    try:
        for number in range(1, 2 * frames.MAX_STREAMS + 1):
            open_and_close(number)
        with pytest.raises(FrameError, match="still being served"):
            open_and_close(2 * frames.MAX_STREAMS + 1)
    finally:
        release.set()


def test_bodies_of_all_connections_together_have_a_cap() -> None:
    client = Client(allowance=Allowance(3 * frames.WINDOW))
    for number in range(1, 8):  # each sends a body that it never ends
        client.open(number)
        head = b"POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: a.B\r\nContent-Length: 999999\r\n\r\n"
        client.send(head + bytes(frames.WINDOW - len(head)), number)
    refused: dict[int, bytes] = {}
    while len(refused) < 4:  # four of them do not fit
        kind, payload = client.hear()
        if kind == frames.DATA:
            refused[frames.STREAM.unpack_from(payload)[0]] = payload[frames.STREAM.size :]
    assert all(answer.startswith(b"HTTP/1.1 413 ") for answer in refused.values())
    assert all(b'"__type": "RequestEntityTooLarge"' in answer for answer in refused.values())
    assert client.allowance.held <= client.allowance.most
    client.tunnel.shut()


def test_responses_that_nobody_reads_count_and_are_given_back_when_they_are_read() -> None:
    size = 3 * frames.WINDOW
    client = Client(
        lambda _request: WireResponse(200, (), bytes(size)), allowance=Allowance(2 * size)
    )
    request = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    received: dict[int, int] = {1: 0, 2: 0, 3: 0}
    for number in received:
        client.open(number)
        client.send(request, number)
        while received[number] < (frames.WINDOW if number < 3 else 1):
            _, payload = client.hear()
            received[number] += len(payload) - frames.STREAM.size
    assert received[3] < 1000  # a refusal
    assert client.allowance.held == 2 * size
    client.tunnel.shut()
    assert soon(lambda: client.allowance.held == 0)
