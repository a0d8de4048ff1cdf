"""A request's head has one reading, or none."""

from __future__ import annotations

import pytest

from finops_repl.aws.wire.head import MAX_HEAD_BYTES, body_length, head_end, read_head
from finops_repl.aws.wire.malformed import MalformedRequest

HONEST = (
    b"POST /a%20b?c=d HTTP/1.1\r\nHost: 127.0.0.1:1\r\n"
    b"X-Empty:\r\nX-Spaced: \t a  b \t\r\nX-Bytes: \xc3\xa9\r\n\r\n"
)


def test_honest_head_is_read_as_it_was_sent() -> None:
    head = read_head(HONEST)
    assert (head.method, head.target, head.body) == ("POST", "/a%20b?c=d", b"")
    assert head.headers == (
        ("Host", "127.0.0.1:1"),
        ("X-Empty", ""),
        ("X-Spaced", "a  b"),
        ("X-Bytes", "Ã©"),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"GET / HTTP/1.1",
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.1\n\n",
        b"GET / HTTP/1.1\r\nHost: h\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b" GET / HTTP/1.1\r\n\r\n",
        b"\r\nGET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-A: 1\r\n X-Amz-Target: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n X-A: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-A: 1\nX-Amz-Target: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-A: 1\rX-Amz-Target: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-A: \x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-A: \x0b\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-A : 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX(A): 1\r\n\r\n",
        b"GET / HTTP/1.1\r\n: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\nContent-Length: 5\r\n\r\n",
        b"GET / HTTP/1.1\r\nFrom me\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-A: 1\r\n\r\nX-B: 2\r\n\r\n",
    ],
)
def test_head_that_readers_take_differently_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedRequest) as refused:
        read_head(data)
    assert refused.value.refusal.status == 400


@pytest.mark.parametrize("field", [b"X: " + b"y" * MAX_HEAD_BYTES + b"\r\n", b"X: y\r\n" * 201])
def test_head_beyond_all_use_is_refused(field: bytes) -> None:
    with pytest.raises(MalformedRequest) as refused:
        read_head(b"GET / HTTP/1.1\r\n" + field + b"\r\n")
    assert refused.value.refusal.status == 431


@pytest.mark.parametrize(
    ("fields", "length"),
    [
        (b"", 0),
        (b"Content-Length: 12\r\n", 12),
        (b"Transfer-Encoding: Chunked\r\n", None),
    ],
)
def test_length_of_a_body_is_told_once(fields: bytes, length: int | None) -> None:
    assert body_length(read_head(b"PUT / HTTP/1.1\r\n" + fields + b"\r\n")) == length


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 1\r\nContent-Length: 1\r\n",
        b"Content-Length: 1\r\ncontent-length: 2\r\n",
        b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: identity\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Content-Length: +1\r\n",
        b"Content-Length: 1, 1\r\n",
        b"Content-Length: 0x1\r\n",
        b"Content-Length: 1_0\r\n",
        b"Content-Length: \xb2\r\n",
        b"Content-Length:\r\n",
    ],
)
def test_length_that_could_be_read_in_two_ways_is_refused(fields: bytes) -> None:
    with pytest.raises(MalformedRequest):
        body_length(read_head(b"PUT / HTTP/1.1\r\n" + fields + b"\r\n"))


def test_end_of_a_head_is_where_the_most_forgiving_reader_sees_it() -> None:
    assert head_end(b"GET / HTTP/1.1\r\nHost: h\r\n") == -1
    assert head_end(b"a\r\n\r\nbody") == 5
    assert head_end(b"a\n\nbody") == 3
    assert head_end(b"a\r\n\nbody") == 4
