"""The head of an HTTP/1.1 request, read in the only way that leaves no second one.

Readers differ in what they forgive: a line that goes on in the next, a bare line feed, a blank
before the colon, a length told twice. Each of them hides a header or a whole request from one of
two readers, no SDK sends any of them, and so none is forgiven here.
"""

from __future__ import annotations

import re

from finops_repl.aws.http import WireRequest
from finops_repl.aws.wire.malformed import MalformedRequest, refused

__all__ = ["MAX_HEADERS", "MAX_HEAD_BYTES", "body_length", "head_end", "read_head"]

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 200

_END = re.compile(rb"\n\r?\n")
_REQUEST = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([\x21-\x7e]+) HTTP/1\.1")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)")
_LENGTH = re.compile(r"[0-9]{1,15}")


def head_end(data: bytes, start: int = 0) -> int:
    """Where a head that begins `data` ends for any reader, strict or not; -1 when it goes on."""
    found = _END.search(data, start)
    return -1 if found is None else found.end()


def read_head(data: bytes) -> WireRequest:
    """The request that a complete head announces, without its body; raises `MalformedRequest`."""
    if len(data) > MAX_HEAD_BYTES:
        raise _too_large(f"more than {MAX_HEAD_BYTES >> 10} KB of headers")
    first, *lines = data.split(b"\r\n")
    request = _REQUEST.fullmatch(first)
    if request is None:
        raise refused("its first line is no HTTP/1.1 request line")
    if lines[-2:] != [b"", b""]:
        raise refused("its head does not end in an empty line")
    if len(lines) - 2 > MAX_HEADERS:
        raise _too_large(f"more than {MAX_HEADERS} headers")
    headers = []
    for line in lines[:-2]:
        field = _FIELD.fullmatch(line)
        if field is None:
            raise refused("a line of its head is no header")
        headers.append((field[1].decode("ascii"), field[2].rstrip(b" \t").decode("latin-1")))
    return WireRequest(request[1].decode("ascii"), request[2].decode("ascii"), tuple(headers))


def body_length(head: WireRequest) -> int | None:
    """How many bytes follow the head; None when they come in chunks.

    Raises `MalformedRequest` where that is told twice, or in a way that could be read in two.
    """
    lengths = head.header_values("Content-Length")
    codings = head.header_values("Transfer-Encoding")
    if len(lengths) + len(codings) > 1:
        raise refused("its length is given more than once")
    if codings:
        if codings[0].lower() != "chunked":
            raise refused("its transfer encoding is not chunked")
        return None
    if lengths and not _LENGTH.fullmatch(lengths[0]):
        raise refused("its length is not a number")
    return int(lengths[0]) if lengths else 0


def _too_large(why: str) -> MalformedRequest:
    # No SDK takes this code for a reason to try again.
    return refused(why, code="RequestHeaderSectionTooLarge", status=431)
