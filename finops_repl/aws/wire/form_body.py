"""Form bodies by shape: the requests of the query and EC2 protocols (`Filter.1.Value.1=...`)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.scalars import from_text

__all__ = [
    "BAD_ESCAPE",
    "Form",
    "form_pairs",
    "load_form",
    "query_values",
    "read_ec2_form",
    "read_query_form",
]

MAX_FIELDS = 20_000
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
"""A percent sign that begins no escape: some readers keep it, others refuse it."""
_INDEX = re.compile(r"0|[1-9][0-9]{0,5}")


class Form:
    """A field and the fields below it: `A.1.B=x` is found as `below['A'].below['1'].below['B']`."""

    __slots__ = ("below", "text")

    def __init__(self) -> None:
        self.text: str | None = None
        self.below: dict[str, Form] = {}

    def numbered(self) -> list[Form]:
        """The fields named by numbers, in their order."""
        if self.text:
            raise _malformed("a list is given as one value")
        if not all(_INDEX.fullmatch(key) for key in self.below):
            raise _malformed("the items of a list are not numbered")
        return [self.below[key] for key in sorted(self.below, key=int)]


def form_pairs(text: str) -> list[tuple[str, str]]:
    """The fields of a form or a query string in their order, at most 20,000."""
    if BAD_ESCAPE.search(text):
        raise MalformedRequest("the form or query string cannot be read")
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
            form = _below(form, shape.member.serialization.get("name", "member"))
        return [read_query_form(shape.member, item) for item in form.numbered()]
    if kind == "map":
        if not shape.serialization.get("flattened"):
            form = _below(form, "entry")
        key = shape.key.serialization.get("name", "key")
        value = shape.value.serialization.get("name", "value")
        entries = [
            (item.below[key].text or "", read_query_form(shape.value, item.below[value]))
            for item in form.numbered()
            if key in item.below and value in item.below
        ]
        if len(dict(entries)) != len(entries):
            raise _malformed("a map holds a key twice")
        return dict(entries)
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


def _below(form: Form, name: str) -> Form:
    """Where the items of a list or map stand: they are not lost because they stand elsewhere."""
    if form.text or set(form.below) - {name}:
        raise _malformed(f"a list or a map is given in another way than as {name}.1, {name}.2")
    return form.below.get(name, Form())


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
    if form.text is None or form.below:
        raise MalformedRequest(f"{shape.name} must be a {shape.type_name}")
    return from_text(shape, form.text)


def _malformed(why: str) -> MalformedRequest:
    return MalformedRequest(why, code="InvalidQueryParameter")
