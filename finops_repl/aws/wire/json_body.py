"""JSON documents by shape: the bodies of the JSON and REST-JSON protocols."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.members import member_of
from finops_repl.aws.wire.scalars import bounded, decode_base64, encode_base64, number_or_name
from finops_repl.aws.wire.timestamps import read_timestamp, write_timestamp

if TYPE_CHECKING:
    from botocore.model import Shape

__all__ = ["load_json", "read_json", "write_json"]


def load_json(body: bytes) -> Any:
    """The JSON document in `body`, `{}` when it is empty.

    A name that an object holds twice is refused: readers differ in which of the two they take.
    """
    if not body.strip():
        return {}
    try:
        document = json.loads(
            body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_object
        )
        if b"\\u" in body:
            json.dumps(document, ensure_ascii=False).encode()  # half a character is no text
    except (ValueError, RecursionError) as error:
        raise MalformedRequest("the body is not valid JSON") from error
    return document


def read_json(shape: Any, value: Any) -> Any:
    """What `value` means as `shape`; members that the shape lacks are left out."""
    kind = shape.type_name
    if kind == "structure":
        if shape.is_document_type:
            return value
        fields = _expect(value, dict, shape)
        return {
            name: read_json(member, fields[key])
            for name, member in shape.members.items()
            if fields.get(key := member.serialization.get("name", name)) is not None
        }
    if kind == "list":
        return [read_json(shape.member, item) for item in _expect(value, list, shape)]
    if kind == "map":
        items = _expect(value, dict, shape).items()
        return {key: read_json(shape.value, item) for key, item in items if item is not None}
    if kind == "timestamp":
        return read_timestamp(value)
    if kind == "blob":
        return decode_base64(_expect(value, str, shape))
    if kind == "boolean":
        return _expect(value, bool, shape)
    if kind in ("integer", "long"):
        return _integer(value, shape)
    if kind in ("float", "double"):
        return _float(value, shape)
    return _expect(value, str, shape)


def write_json(shape: Any, value: Any) -> Any:
    """`value` as plain JSON values; absent (None) members are left out."""
    kind = shape.type_name
    if kind == "structure":
        if shape.is_document_type:
            return value
        written = {}
        for name, item in value.items():
            if item is not None:
                member = member_of(shape, name)
                written[member.serialization.get("name", name)] = write_json(member, item)
        return written
    if kind == "list":
        return [None if item is None else write_json(shape.member, item) for item in value]
    if kind == "map":
        return {str(key): write_json(shape.value, item) for key, item in value.items()}
    if kind == "timestamp":
        return write_timestamp(value, shape.serialization.get("timestampFormat", "unixtimestamp"))
    if kind == "blob":
        return encode_base64(value)
    if kind in ("float", "double"):
        return number_or_name(value)
    if kind in ("integer", "long"):
        return int(value)
    if kind == "boolean":
        return bool(value)
    return str(value)


def _expect(value: Any, kind: type, shape: Shape) -> Any:
    if not isinstance(value, kind):
        raise MalformedRequest(f"{shape.name} must be a {shape.type_name}")
    return value


def _integer(value: Any, shape: Shape) -> int:
    whole = isinstance(value, float) and value.is_integer()
    if isinstance(value, bool) or not (isinstance(value, int) or whole):
        raise MalformedRequest(f"{shape.name} must be a whole number")
    return bounded(int(value), shape)


def _float(value: Any, shape: Shape) -> float:
    if value in ("NaN", "Infinity", "-Infinity"):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise MalformedRequest(f"{shape.name} must be a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isinf(number):
        raise MalformedRequest(f"{shape.name} must be a number of at most 64 bits")
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise MalformedRequest("a JSON object holds a name twice")
    return fields


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
