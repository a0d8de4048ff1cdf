"""Form bodies by shape: the requests of the query and EC2 protocols (`Filter.1.Value.1=...`)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.scalars import from_text

__all__ = ["Form", "form_pairs", "load_form", "query_values", "read_ec2_form", "read_query_form"]

MAX_FIELDS = 20_000


class Form:
    """A field and the fields below it: `A.1.B=x` is found as `below['A'].below['1'].below['B']`."""

    __slots__ = ("below", "text")

    def __init__(self) -> None:
        self.text: str | None = None
        self.below: dict[str, Form] = {}

    def numbered(self) -> list[Form]:
        """The fields named by numbers, in their order."""
        numbers = [key for key in self.below if key.isascii() and key.isdigit()]
        return [self.below[key] for key in sorted(numbers, key=int)]


def form_pairs(text: str) -> list[tuple[str, str]]:
    """The fields of a form or a query string in their order, at most 20,000."""
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise MalformedRequest("the form or query string cannot be read") from error


def query_values(text: str) -> dict[str, list[str]]:
    """A query string's values by name."""
    values: dict[str, list[str]] = {}
    for name, value in form_pairs(text):
        values.setdefault(name, []).append(value)
    return values


def load_form(text: str) -> Form:
    """The form's fields as a tree; a field that is given twice is refused."""
    root = Form()
    for name, value in form_pairs(text):
        node = root
        for part in name.split("."):
            node = node.below.setdefault(part, Form())
        if node.text is not None:
            raise MalformedRequest(f"{name[:60]!r} is given twice", code="InvalidQueryParameter")
        node.text = value
    return root


def read_query_form(shape: Any, form: Form) -> Any:
    """What the form means as `shape`, in the query protocol's naming."""
    kind = shape.type_name
    if kind == "structure":
        fields = {}
        for name, member in shape.members.items():
            node = form.below.get(_query_name(member, name))
            if node is not None:
                fields[name] = read_query_form(member, node)
        return fields
    if kind == "list":
        if not shape.serialization.get("flattened"):
            name = shape.member.serialization.get("name", "member")
            form = form.below.get(name, Form())
        return [read_query_form(shape.member, item) for item in form.numbered()]
    if kind == "map":
        if not shape.serialization.get("flattened"):
            form = form.below.get("entry", Form())
        key = shape.key.serialization.get("name", "key")
        value = shape.value.serialization.get("name", "value")
        return {
            item.below[key].text or "": read_query_form(shape.value, item.below[value])
            for item in form.numbered()
            if key in item.below and value in item.below
        }
    return _scalar(shape, form)


def read_ec2_form(shape: Any, form: Form) -> Any:
    """What the form means as `shape`, in EC2's naming: capitalised names, bare lists."""
    kind = shape.type_name
    if kind == "structure":
        fields = {}
        for name, member in shape.members.items():
            node = form.below.get(_ec2_name(member, name))
            if node is not None:
                fields[name] = read_ec2_form(member, node)
        return fields
    if kind == "list":
        return [read_ec2_form(shape.member, item) for item in form.numbered()]
    return _scalar(shape, form)


def _query_name(member: Any, name: str) -> str:
    """A flattened list bears the name of its items in place of its own."""
    if member.type_name == "list" and member.serialization.get("flattened"):
        item = member.member.serialization.get("name")
        if item:
            return str(item)
    return str(member.serialization.get("name", name))


def _ec2_name(member: Any, name: str) -> str:
    given = member.serialization.get("queryName")
    if given:
        return str(given)
    given = member.serialization.get("name")
    return f"{given[0].upper()}{given[1:]}" if given else name


def _scalar(shape: Any, form: Form) -> Any:
    if form.text is None:
        raise MalformedRequest(f"{shape.name} must be a {shape.type_name}")
    return from_text(shape, form.text)
