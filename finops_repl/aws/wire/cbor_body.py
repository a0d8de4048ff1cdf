"""CBOR (RFC 8949) by shape: the bodies of the Smithy RPC v2 protocol.

An own reader, because the bytes come from a script: lengths are held against what is there before
anything is allocated, and nesting is bounded.
"""

from __future__ import annotations

import struct
from typing import Any

from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.members import member_of
from finops_repl.aws.wire.timestamps import read_timestamp, write_timestamp

__all__ = ["load_cbor", "read_cbor", "write_cbor"]

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
            fields[key] = self.item(depth + 1)
        return fields

    def tagged(self, info: int, depth: int) -> Any:
        tag, value = self.length(info), self.item(depth + 1)
        if tag != 1:
            raise MalformedRequest(f"CBOR tag {tag} is not used by AWS")
        return read_timestamp(value)


def read_cbor(shape: Any, value: Any) -> Any:
    """What a loaded item means as `shape`; members that the shape lacks are left out."""
    kind = shape.type_name
    if kind == "structure":
        fields = _expect(value, dict, shape)
        return {
            name: read_cbor(member, fields[key])
            for name, member in shape.members.items()
            if fields.get(key := member.serialization.get("name", name)) is not None
        }
    if kind == "list":
        return [read_cbor(shape.member, item) for item in _expect(value, list, shape)]
    if kind == "map":
        items = _expect(value, dict, shape).items()
        return {key: read_cbor(shape.value, item) for key, item in items if item is not None}
    if kind == "timestamp":
        return read_timestamp(value) if isinstance(value, int | float) else value
    if kind in ("float", "double"):
        return float(_expect(value, (int, float), shape))
    if kind in ("integer", "long"):
        return int(_expect(value, (int, float), shape))
    expected: dict[str, type] = {"blob": bytes, "boolean": bool}
    return _expect(value, expected.get(kind, str), shape)


def write_cbor(shape: Any, value: Any) -> bytes:
    """`value` as a CBOR item; absent (None) members are left out."""
    out = bytearray()
    _write(out, shape, value)
    return bytes(out)


def _write(out: bytearray, shape: Any, value: Any) -> None:
    kind = shape.type_name
    if kind == "structure":
        present = {name: item for name, item in value.items() if item is not None}
        _head(out, 5, len(present))
        for name, item in present.items():
            member = member_of(shape, name)
            _text(out, member.serialization.get("name", name))
            _write(out, member, item)
    elif kind == "list":
        _head(out, 4, len(value))
        for item in value:
            _write(out, shape.member, item)
    elif kind == "map":
        _head(out, 5, len(value))
        for key, item in value.items():
            _text(out, str(key))
            _write(out, shape.value, item)
    elif kind == "timestamp":
        out.append(0xC1)
        seconds = write_timestamp(value, "unixtimestamp")
        _number(out, seconds) if isinstance(seconds, int) else _double(out, float(seconds))
    elif kind == "blob":
        raw = value.encode() if isinstance(value, str) else bytes(value)
        _head(out, 2, len(raw))
        out += raw
    elif kind == "boolean":
        out.append(0xF5 if value else 0xF4)
    elif kind in ("integer", "long"):
        _number(out, int(value))
    elif kind in ("float", "double"):
        _double(out, float(value))
    else:
        _text(out, str(value))


def _head(out: bytearray, major: int, length: int) -> None:
    if length < 24:
        out.append(major << 5 | length)
        return
    size = next(size for size in (0, 1, 2, 3) if length < 1 << (8 << size))
    out.append(major << 5 | 24 + size)
    out += length.to_bytes(1 << size, "big")


def _number(out: bytearray, value: int) -> None:
    _head(out, 0, value) if value >= 0 else _head(out, 1, -1 - value)


def _double(out: bytearray, value: float) -> None:
    out.append(0xFB)
    out += struct.pack(">d", value)


def _text(out: bytearray, value: str) -> None:
    raw = value.encode()
    _head(out, 3, len(raw))
    out += raw


def _expect(value: Any, kind: Any, shape: Any) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise MalformedRequest(f"{shape.name} must be a {shape.type_name}")
    return value
