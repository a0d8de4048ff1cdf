"""CBOR items by shape: the bodies of the Smithy RPC v2 protocol."""

from __future__ import annotations

import struct
from datetime import datetime
from typing import Any

from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.members import member_of
from finops_repl.aws.wire.scalars import bounded
from finops_repl.aws.wire.timestamps import read_timestamp, write_timestamp

__all__ = ["read_cbor", "write_cbor"]


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
        return value if isinstance(value, datetime) else read_timestamp(value)
    if kind in ("float", "double"):
        return float(_expect(value, (int, float), shape))  # an item's integers have 64 bits
    if kind in ("integer", "long"):
        return _integer(value, shape)
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


def _integer(value: Any, shape: Any) -> int:
    number = _expect(value, (int, float), shape)
    if isinstance(number, float) and not number.is_integer():
        raise MalformedRequest(f"{shape.name} must be a whole number")
    return bounded(int(number), shape)


def _expect(value: Any, kind: Any, shape: Any) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise MalformedRequest(f"{shape.name} must be a {shape.type_name}")
    return value
