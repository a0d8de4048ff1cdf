"""Single values written as text: in forms, XML, headers, paths and queries."""

from __future__ import annotations

import base64
import binascii
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.timestamps import read_timestamp, write_timestamp

if TYPE_CHECKING:
    from botocore.model import Shape

__all__ = ["bounded", "decode_base64", "encode_base64", "from_text", "number_or_name", "to_text"]

Scalar = str | int | float | bool | bytes | object

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?|NaN|-?Infinity")
_INTEGERS = frozenset({"integer", "long", "short", "byte", "biginteger"})
_FLOATS = frozenset({"float", "double", "bigdecimal"})


def from_text(shape: Shape, text: str) -> Scalar:
    """The value that `text` writes for a scalar shape; raises `MalformedRequest`."""
    kind = shape.type_name
    # What Python reads as a number goes further than what AWS does: 1_000, blanks, other digits.
    if kind in _INTEGERS or kind in _FLOATS:
        style = _WHOLE if kind in _INTEGERS else _NUMBER
        if not style.fullmatch(text):
            raise MalformedRequest(f"{text[:60]!r} is no {kind} for {shape.name}")
        return bounded(int(text), shape) if kind in _INTEGERS else float(text)
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise MalformedRequest(f"{text[:60]!r} is neither true nor false for {shape.name}")
        return text.lower() == "true"
    if kind == "timestamp":
        return read_timestamp(text)
    if kind == "blob":
        return decode_base64(text)
    return text


def bounded(value: int, shape: Shape) -> int:
    """A whole number that AWS can hold; raises `MalformedRequest` beyond 64 bits."""
    if not -(1 << 63) <= value < 1 << 63:
        raise MalformedRequest(f"{shape.name} must be a number of at most 64 bits")
    return value


def to_text(shape: Shape, value: object, timestamps: str) -> str:
    """`value` as text; `timestamps` is the style where the shape prescribes none."""
    kind = shape.type_name
    if kind == "timestamp":
        style = shape.serialization.get("timestampFormat", timestamps)
        return str(write_timestamp(value, style))
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "blob":
        return encode_base64(value)
    if isinstance(value, float | Decimal) and kind in _FLOATS:
        return str(number_or_name(value))
    return str(value)


def number_or_name(value: float | Decimal) -> float | str:
    """A float, or the name by which AWS writes the three that JSON and XML cannot."""
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return number


def decode_base64(text: str) -> bytes:
    """The bytes behind `text`; raises `MalformedRequest`."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedRequest("a blob is not valid base64") from error


def encode_base64(value: object) -> str:
    """Bytes or text in base64."""
    raw = value.encode() if isinstance(value, str) else bytes(value)  # type: ignore[call-overload]  # a non-buffer raises TypeError: a bug of the upstream
    return base64.b64encode(raw).decode()
