"""Bodies as they travel: aws-chunked uploads and gzip, undone within a size limit."""

from __future__ import annotations

import re
import zlib

from finops_repl.aws.http import WireRequest
from finops_repl.aws.wire.malformed import MalformedRequest

__all__ = ["MAX_BODY_BYTES", "plain_body"]

MAX_BODY_BYTES = 16 * 1024 * 1024
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})(?:;[\x21-\x7e]*)?")
_TRAILER = re.compile(rb"[\w-]+:[\x20-\x7e]*")


def plain_body(request: WireRequest) -> bytes:
    """The request's body without its framing; raises `MalformedRequest`."""
    body = request.body
    if len(body) > MAX_BODY_BYTES:
        raise _too_large()
    coding = [part.strip().lower() for part in request.header("Content-Encoding").split(",")]
    streaming = request.header("x-amz-content-sha256").startswith("STREAMING-")
    if streaming or "aws-chunked" in coding:
        body = _unchunk(body)
        declared = request.header("x-amz-decoded-content-length")
        if declared and declared != str(len(body)):
            raise MalformedRequest(
                "the body is not as long as x-amz-decoded-content-length says",
                code="IncompleteBody",
            )
    return _gunzip(body) if "gzip" in coding else body


def _unchunk(body: bytes) -> bytes:
    """`size[;chunk-signature=...] CRLF data CRLF` until a chunk of size 0, then trailers."""
    chunks, at = [], 0
    while True:
        end = body.find(b"\r\n", at)
        head = _CHUNK.fullmatch(body[at:end]) if end >= 0 else None
        if head is None:
            raise _malformed_chunk()
        size, at = int(head[1], 16), end + 2
        if size == 0:
            break
        if body[at + size : at + size + 2] != b"\r\n":
            raise _malformed_chunk()
        chunks.append(body[at : at + size])
        at += size + 2
    for line in body[at:].split(b"\r\n"):
        if line and not _TRAILER.fullmatch(line):
            raise _malformed_chunk()
    return b"".join(chunks)


def _gunzip(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error as error:
        raise MalformedRequest("the body is not valid gzip") from error
    if len(plain) > MAX_BODY_BYTES:
        raise _too_large()
    if not unpacker.eof or unpacker.unused_data:
        raise MalformedRequest("the gzip body ends early or goes on after its end")
    return plain


def _malformed_chunk() -> MalformedRequest:
    return MalformedRequest("the aws-chunked body is malformed", code="IncompleteBody")


def _too_large() -> MalformedRequest:
    return MalformedRequest(
        f"a request body may have at most {MAX_BODY_BYTES // 2**20} MB", code="EntityTooLarge"
    )
