"""XML documents by shape: REST-XML both ways, and the answers of the query and EC2 protocols."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.members import member_of
from finops_repl.aws.wire.scalars import from_text, to_text

__all__ = ["escape", "load_xml", "read_xml", "write_members", "write_xml"]

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NAMESPACE = re.compile(r"\{.*\}")
_ATTRIBUTE_NAMESPACES = {"xsi": "http://www.w3.org/2001/XMLSchema-instance"}


class _WithoutDoctype(TreeBuilder):
    """Without a document type there are no entities, and so no expansion and no foreign files."""

    def doctype(self, *_: str | None) -> NoReturn:
        raise MalformedRequest("an XML body may not declare a document type", code="MalformedXML")


def load_xml(body: bytes) -> Element:
    """The root element of a UTF-8 document; a document type is refused."""
    parser = XMLParser(target=_WithoutDoctype(), encoding="utf-8")  # noqa: S314 - see above
    try:
        # Decoded first: a byte order mark would overrule the encoding that the parser is given.
        parser.feed(body.decode("utf-8"))
        root: Element = parser.close()
    except (ParseError, UnicodeDecodeError) as error:
        raise MalformedRequest("the body is not valid XML", code="MalformedXML") from error
    return root


def read_xml(shape: Any, node: Element) -> Any:
    """What an element means as `shape`; elements that the shape lacks are left out."""
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, node)
    if kind == "list":
        name = shape.member.serialization.get("name", "member")
        return [read_xml(shape.member, item) for item in node if _tag(item) == name]
    if kind == "map":
        return _pairs(shape, [item for item in node if _tag(item) == "entry"])
    return from_text(shape, node.text or "")


def _structure(shape: Any, node: Element) -> dict[str, Any]:
    children: dict[str, list[Element]] = {}
    for child in node:
        children.setdefault(_tag(child), []).append(child)
    attributes = {_tag_of(name): text for name, text in node.attrib.items()}
    fields: dict[str, Any] = {}
    for name, member in shape.members.items():
        wire_name = element_name(member, name)
        if member.serialization.get("xmlAttribute"):
            local = wire_name.rpartition(":")[2]
            if local in attributes:
                fields[name] = attributes[local]
            continue
        # Requests name a flattened list's elements by the list, answers by its items.
        found = children.get(wire_name) or children.get(member.serialization.get("name", name))
        if not found or member.serialization.get("location"):
            continue
        if member.serialization.get("flattened") and member.type_name == "list":
            fields[name] = [read_xml(member.member, item) for item in found]
        elif member.serialization.get("flattened") and member.type_name == "map":
            fields[name] = _pairs(member, found)
        else:
            if len(found) > 1:
                raise _twice("an element")
            fields[name] = read_xml(member, found[0])
    return fields


def _pairs(shape: Any, entries: list[Element]) -> dict[str, Any]:
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    fields: dict[str, Any] = {}
    for entry in entries:
        parts = {_tag(part): part for part in entry}
        key = parts[key_name].text or "" if key_name in parts else ""
        if len(parts) != len(entry) or key in fields:
            raise _twice("an entry of a map")
        if key_name in parts and value_name in parts:
            fields[key] = read_xml(shape.value, parts[value_name])
    return fields


def _twice(what: str) -> MalformedRequest:
    return MalformedRequest(f"the XML body gives {what} twice", code="MalformedXML")


def write_xml(shape: Any, value: Any, name: str) -> str:
    """`value` as an element named `name`, with the namespace that its shape prescribes."""
    return "".join(_element(shape, value, name))


def write_members(shape: Any, value: Any) -> str:
    """A structure's members without an element around them."""
    return "".join(_members(shape, value))


def _element(shape: Any, value: Any, name: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure":
        yield f"<{name}{_attributes(shape, value)}>"
        yield from _members(shape, value)
        yield f"</{name}>"
    elif kind == "list":
        if shape.serialization.get("flattened"):
            item_name = shape.member.serialization.get("name") or name
            for item in value:
                yield from _element(shape.member, item, item_name)
            return
        item_name = shape.member.serialization.get("name", "member")
        yield f"<{name}>"
        for item in value:
            yield from _element(shape.member, item, item_name)
        yield f"</{name}>"
    elif kind == "map":
        yield from _map(shape, value, name)
    else:
        yield f"<{name}>{escape(to_text(shape, value, 'iso8601'))}</{name}>"


def _map(shape: Any, value: Any, name: str) -> Iterator[str]:
    flattened = shape.serialization.get("flattened")
    entry = name if flattened else "entry"
    key_name = shape.key.serialization.get("name") or "key"
    value_name = shape.value.serialization.get("name") or "value"
    if not flattened:
        yield f"<{name}>"
    for key, item in value.items():
        yield f"<{entry}><{key_name}>{escape(str(key))}</{key_name}>"
        yield from _element(shape.value, item, value_name)
        yield f"</{entry}>"
    if not flattened:
        yield f"</{name}>"


def _members(shape: Any, value: Any) -> Iterator[str]:
    for name, item in value.items():
        if item is None:
            continue
        member = member_of(shape, name)
        traits = member.serialization
        if not traits.get("xmlAttribute") and not traits.get("location"):
            yield from _element(member, item, element_name(member, name))


def _attributes(shape: Any, value: Any) -> str:
    written = ""
    namespace = shape.serialization.get("xmlNamespace")
    if isinstance(namespace, dict):
        prefix = namespace.get("prefix")
        written += f' xmlns{f":{prefix}" if prefix else ""}="{escape(namespace["uri"])}"'
    for name, item in value.items():
        member = member_of(shape, name)
        if item is not None and member.serialization.get("xmlAttribute"):
            attribute = member.serialization["name"]
            prefix = attribute.partition(":")[0]
            if prefix in _ATTRIBUTE_NAMESPACES and f"xmlns:{prefix}" not in written:
                written += f' xmlns:{prefix}="{_ATTRIBUTE_NAMESPACES[prefix]}"'
            written += f' {attribute}="{escape(str(item))}"'
    return written


def element_name(member: Any, name: str) -> str:
    """A member's element; a flattened list's elements bear the name of its items."""
    if member.type_name == "list" and member.serialization.get("flattened"):
        item = member.member.serialization.get("name")
        if item:
            return str(item)
    return str(member.serialization.get("name", name))


def escape(text: str) -> str:
    """`text` for XML; characters that XML 1.0 cannot carry become U+FFFD."""
    text = _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("\r", "&#13;")


def _tag(node: Element) -> str:
    return _tag_of(node.tag)


def _tag_of(name: str) -> str:
    return _NAMESPACE.sub("", name)
