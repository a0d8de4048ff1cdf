"""CBOR (RFC 8949) as plain values.

An own reader, because the bytes come from a script: lengths are held against what is there before
anything is allocated, and nesting is bounded.
"""

from __future__ import annotations

import struct
from typing import Any

from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.timestamps import read_timestamp

__all__ = ["load_cbor"]

MAX_DEPTH = 64
_BREAK = 0xFF
_INDEFINITE = 31
_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_FLOATS = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}


def load_cbor(body: bytes) -> Any:
    """The CBOR item in `body`, `{}` when it is empty; timestamps (tag 1) become moments."""
    if not body:
        return {}
    reader = _Reader(body)
    item = reader.item(0)
    if reader.at != len(body):
        raise MalformedRequest("the CBOR body goes on after its end")
    return item


class _Reader:
    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0

    def take(self, count: int) -> bytes:
        if count > len(self.body) - self.at:
            raise MalformedRequest("the CBOR body ends early")
        start, self.at = self.at, self.at + count
        return self.body[start : self.at]

    def length(self, info: int) -> int:
        if info < 24:
            return info
        if info > 27:
            raise MalformedRequest("a CBOR length is malformed")
        return int.from_bytes(self.take(1 << (info - 24)), "big")

    def ended(self) -> bool:
        if self.body[self.at : self.at + 1] == bytes([_BREAK]):
            self.at += 1
            return True
        return False

    def item(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise MalformedRequest("the CBOR body is nested too deeply")
        head = self.take(1)[0]
        major, info = head >> 5, head & 31
        if major == 0:
            return self.length(info)
        if major == 1:
            return -1 - self.length(info)
        if major in (2, 3):
            return self.text(major, info)
        if major == 4:
            return [self.item(depth + 1) for _ in self.count(info)]
        if major == 5:
            return self.fields(info, depth)
        if major == 6:
            return self.tagged(info, depth)
        if info in _SIMPLE:
            return _SIMPLE[info]
        if info in _FLOATS:
            style, size = _FLOATS[info]
            return struct.unpack(style, self.take(size))[0]
        raise MalformedRequest("the CBOR body holds an item of an unknown kind")

    def count(self, info: int) -> Any:
        """Counts up to the length, or on to the break of an indefinite item."""
        if info != _INDEFINITE:
            count = self.length(info)
            if count > len(self.body) - self.at:
                raise MalformedRequest("the CBOR body ends early")
            return range(count)
        return iter(self.ended, True)

    def text(self, major: int, info: int) -> bytes | str:
        if info == _INDEFINITE:
            chunks = []
            while not self.ended():
                head = self.take(1)[0]
                if head >> 5 != major:
                    raise MalformedRequest("a CBOR text is made of unlike chunks")
                chunks.append(self.take(self.length(head & 31)))
            raw = b"".join(chunks)
        else:
            raw = self.take(self.length(info))
        if major == 2:
            return raw
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MalformedRequest("a CBOR text is not UTF-8") from error

    def fields(self, info: int, depth: int) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for _ in self.count(info):
            key = self.item(depth + 1)
            if not isinstance(key, str):
                raise MalformedRequest("a CBOR map has a key that is no text")
            if key in fields:
                raise MalformedRequest("a CBOR map holds a name twice")
            fields[key] = self.item(depth + 1)
        return fields

    def tagged(self, info: int, depth: int) -> Any:
        tag, value = self.length(info), self.item(depth + 1)
        if tag != 1:
            raise MalformedRequest(f"CBOR tag {tag} is not used by AWS")
        return read_timestamp(value)
