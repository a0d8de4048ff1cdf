"""Bodies as they travel: aws-chunked uploads and gzip, undone within a size limit.

Uploads alone travel in aws-chunks, documents alone in gzip: elsewhere one reader would undo what
another takes for the body.
"""

from __future__ import annotations

import re
import zlib

from finops_repl.aws.http import WireRequest
from finops_repl.aws.wire.malformed import MalformedRequest

__all__ = ["MAX_BODY_BYTES", "MAX_DOCUMENT_BYTES", "plain_document", "plain_upload"]

MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_DOCUMENT_BYTES = 1024 * 1024
"""Of JSON, XML, CBOR and forms: read, they take fifty times as much memory. The largest thing
that is asked with one, an Athena statement, has 256 KB."""
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})(?:;[\x21-\x7e]*)?")
_TRAILER = re.compile(rb"(x-amz-(?:checksum-[a-z0-9]+|trailer-signature)):[\x21-\x7e]*", re.I)


def plain_upload(request: WireRequest) -> bytes:
    """An uploaded object's bytes; what else they are encoded in is the object's own."""
    body = request.body
    if len(body) > MAX_BODY_BYTES:
        raise _too_large(MAX_BODY_BYTES)
    if _is_chunked(request):
        body = _unchunk(body)
        declared = request.header("x-amz-decoded-content-length")
        if declared and declared != str(len(body)):
            raise MalformedRequest(
                "the body is not as long as x-amz-decoded-content-length says",
                code="IncompleteBody",
            )
    return body


def plain_document(request: WireRequest) -> bytes:
    """A document's bytes; raises `MalformedRequest` for one that is not what it seems to be."""
    if not request.body:
        return b""  # what it says of an encoding is then about the object that it names
    coding = request.header("Content-Encoding").strip().lower()
    if _is_chunked(request) or coding not in ("", "identity", "gzip"):
        raise MalformedRequest("a document travels as it is or in gzip", code="InvalidRequest")
    if len(request.body) > MAX_DOCUMENT_BYTES:
        raise _too_large(MAX_DOCUMENT_BYTES)
    return _gunzip(request.body) if coding == "gzip" else request.body


def _is_chunked(request: WireRequest) -> bool:
    """Whether the body says of itself that it comes in aws-chunks."""
    codings = [part.strip().lower() for part in request.header("Content-Encoding").split(",")]
    return "aws-chunked" in codings or request.header("x-amz-content-sha256").startswith(
        "STREAMING-"
    )


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
    if body[at:] not in (b"", b"\r\n"):
        _check_trailers(body[at:])
    return b"".join(chunks)


def _check_trailers(text: bytes) -> None:
    """Checksums and their signature, once each; any other name would be a header to somebody."""
    lines = text.removesuffix(b"\r\n").removesuffix(b"\r\n").split(b"\r\n")
    found = [_TRAILER.fullmatch(line) for line in lines]
    names = {trailer[1].lower() for trailer in found if trailer}
    if len(names) != len(lines):
        raise _malformed_chunk()


def _gunzip(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, MAX_DOCUMENT_BYTES + 1)
    except zlib.error as error:
        raise MalformedRequest("the body is not valid gzip") from error
    if len(plain) > MAX_DOCUMENT_BYTES:
        raise _too_large(MAX_DOCUMENT_BYTES)
    if not unpacker.eof or unpacker.unused_data:
        raise MalformedRequest("the gzip body ends early or goes on after its end")
    return plain


def _malformed_chunk() -> MalformedRequest:
    return MalformedRequest("the aws-chunked body is malformed", code="IncompleteBody")


def _too_large(limit: int) -> MalformedRequest:
    return MalformedRequest(
        f"such a request body may have at most {limit >> 20} MB", code="EntityTooLarge"
    )
