"""The body of an HTTP/1.1 request as it arrives: of a given length, or in chunks."""

from __future__ import annotations

import re
from io import BufferedIOBase

from finops_repl.aws.wire.malformed import refused

__all__ = ["read_body"]

LINE_LIMIT = 1_024
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")


def read_body(stream: BufferedIOBase, length: int | None, *, limit: int) -> bytes:
    """`length` bytes, or all chunks where it is None.

    Raises `MalformedRequest` over `limit` bytes and where the end cannot be told: nothing after
    it can be read either.
    """
    if length is None:
        return _read_chunks(stream, limit)
    if length > limit:
        raise refused(f"its length is not a number of at most {limit}")
    return _read_exactly(stream, length)


def _read_chunks(stream: BufferedIOBase, limit: int) -> bytes:
    """Sizes and data alone: extensions and trailers say things that not every reader hears."""
    body = bytearray()
    while True:
        size_text = _read_line(stream)
        if not _SIZE.fullmatch(size_text):
            raise refused("a chunk has no size, or an extension")
        size = int(size_text, 16)
        if len(body) + size > limit:
            raise refused(f"it is longer than {limit} bytes")
        if size == 0:
            break
        body += _read_exactly(stream, size)
        if _read_line(stream):
            raise refused("a chunk is longer than its size")
    if _read_line(stream):
        raise refused("it has trailers, which carry nothing that is read here")
    return bytes(body)


def _read_line(stream: BufferedIOBase) -> bytes:
    line = stream.readline(LINE_LIMIT)
    if not line.endswith(b"\r\n"):
        raise refused("a chunk's line does not end")
    return line[:-2]


def _read_exactly(stream: BufferedIOBase, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise refused("it ends early")
    return data
