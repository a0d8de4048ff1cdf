"""The body of an HTTP/1.1 request as it arrives: of a given length, or in chunks."""

from __future__ import annotations

from email.message import Message
from io import BufferedIOBase

__all__ = ["BadFraming", "read_body"]

LINE_LIMIT = 1_024


class BadFraming(Exception):
    """Where this request ends cannot be told, so nothing after it can be read either."""


def read_body(stream: BufferedIOBase, headers: Message, *, limit: int) -> bytes:
    """The whole body; raises `BadFraming` where its length is unclear or over `limit` bytes."""
    lengths = headers.get_all("Content-Length", [])
    codings = headers.get_all("Transfer-Encoding", [])
    if len(lengths) + len(codings) > 1:
        raise BadFraming("its length is given more than once")
    if codings:
        if codings[0].strip().lower() != "chunked":
            raise BadFraming("its transfer encoding is not chunked")
        return _read_chunks(stream, limit)
    if not lengths:
        return b""
    text = lengths[0].strip()
    if not (text.isascii() and text.isdigit()) or int(text) > limit:
        raise BadFraming(f"its length is not a number of at most {limit}")
    return _read_exactly(stream, int(text))


def _read_chunks(stream: BufferedIOBase, limit: int) -> bytes:
    body = bytearray()
    while True:
        size_text = _read_line(stream).partition(b";")[0].strip()
        try:
            if not size_text.isalnum():
                raise ValueError
            size = int(size_text, 16)
        except ValueError:
            raise BadFraming("a chunk has no size") from None
        if len(body) + size > limit:
            raise BadFraming(f"it is longer than {limit} bytes")
        if size == 0:
            break
        body += _read_exactly(stream, size)
        if _read_line(stream):
            raise BadFraming("a chunk is longer than its size")
    while _read_line(stream):
        pass  # trailers carry nothing that is read here
    return bytes(body)


def _read_line(stream: BufferedIOBase) -> bytes:
    line = stream.readline(LINE_LIMIT)
    if not line.endswith(b"\r\n"):
        raise BadFraming("a chunk's line does not end")
    return line[:-2]


def _read_exactly(stream: BufferedIOBase, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise BadFraming("it ends early")
    return data
