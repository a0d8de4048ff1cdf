"""REST members that travel outside the body: in headers and in the query."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from email.header import Header
from typing import TYPE_CHECKING, Any

from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.members import member_of
from finops_repl.aws.wire.scalars import decode_base64, encode_base64, from_text, to_text

if TYPE_CHECKING:
    from botocore.model import Shape

__all__ = ["read_header", "read_header_map", "read_query", "write_headers"]


def read_header(shape: Any, text: str) -> Any:
    """A header's value; lists are separated by commas, items with commas are quoted."""
    if shape.type_name == "list":
        if shape.member.type_name == "timestamp":
            return _dates(shape.member, text)
        return [from_text(shape.member, item) for item in _split(text)]
    if shape.serialization.get("jsonvalue"):
        try:
            return json.loads(decode_base64(text))
        except (ValueError, RecursionError) as error:
            raise MalformedRequest("a header's JSON value cannot be read") from error
    return from_text(shape, text)


def read_header_map(shape: Shape, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers below a prefix (`x-amz-meta-`), named without it."""
    prefix = str(shape.serialization.get("name", "")).lower()
    return {
        name[len(prefix) :]: value for name, value in headers if name.lower().startswith(prefix)
    }


def read_query(
    shape: Any, name: str, query: Mapping[str, list[str]], claimed: Collection[str]
) -> Any:
    """A query parameter's value, or None; a map takes every key that nothing else claims."""
    if shape.type_name == "map":
        free = {key: values for key, values in query.items() if key not in claimed}
        if shape.value.type_name == "list":
            return free or None
        return {key: values[0] for key, values in free.items()} or None
    values = query.get(name)
    if values is None:
        return None
    if shape.type_name == "list":
        return [from_text(shape.member, value) for value in values]
    if len(values) > 1:
        raise MalformedRequest(f"{name[:60]!r} is given twice", code="InvalidQueryParameter")
    return from_text(shape, values[0])


def write_headers(shape: Any, fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The headers that an answer's members become."""
    headers = []
    for name, value in fields.items():
        member: Any = member_of(shape, name)
        location = member.serialization.get("location")
        wire_name = str(member.serialization.get("name", name))
        if value is None:
            continue
        if location == "header":
            headers.append((wire_name, _safe(_header_text(member, value))))
        elif location == "headers":
            prefix = str(member.serialization.get("name", ""))
            headers += [(prefix + _safe(key), _safe(str(item))) for key, item in value.items()]
    return headers


def _header_text(shape: Any, value: Any) -> str:
    if shape.type_name == "list":
        return ",".join(_quote(to_text(shape.member, item, "rfc822")) for item in value)
    if shape.serialization.get("jsonvalue"):
        return encode_base64(json.dumps(value))
    return to_text(shape, value, "rfc822")


def _quote(item: str) -> str:
    escaped = item.replace('"', '\\"')
    return f'"{escaped}"' if "," in item or '"' in item else item


def _split(text: str) -> list[str]:
    items, item, quoted, at = [], "", False, 0
    while at < len(text):
        letter = text[at]
        if letter == '"' and not quoted and not item.strip():
            quoted, item = True, ""
        elif letter == "\\" and quoted and text[at + 1 : at + 2] == '"':
            item += '"'
            at += 1
        elif letter == '"' and quoted:
            quoted = False
        elif letter == "," and not quoted:
            items.append(item)
            item = ""
        else:
            item += letter
        at += 1
    return [entry.strip() for entry in [*items, item]]


def _dates(shape: Any, text: str) -> list[Any]:
    """RFC 822 dates hold a comma each: `Mon, 02 Jan 2006 15:04:05 GMT, Tue, ...`."""
    parts = _split(text)
    if len(parts) % 2 == 0 and any(part.endswith("GMT") for part in parts):
        parts = [f"{day}, {rest}" for day, rest in zip(parts[::2], parts[1::2], strict=True)]
    return [from_text(shape, part) for part in parts]


def _safe(text: str) -> str:
    """`text` as a header may carry it: RFC 2047 where it is not ASCII, no line breaks."""
    if not text.isascii():
        return Header(text, "utf-8").encode(linesep="", maxlinelen=None)
    if not text.replace("\t", "").isprintable():
        raise ValueError("a header value holds a control character")
    return text
