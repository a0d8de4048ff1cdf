"""REST requests: which operation of a service a method, path and query name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from finops_repl.aws.wire.malformed import MalformedRequest

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

__all__ = ["PathTable"]

_LABEL = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True, slots=True)
class _Template:
    operation: str
    pattern: re.Pattern[str]
    literal_length: int
    greedy: bool
    deprecated: bool
    labels: tuple[str, ...]
    literals: tuple[tuple[str, str], ...]
    needed_query: tuple[str, ...]
    needed_headers: tuple[str, ...]


class PathTable:
    """The path templates of one service, most specific first where several match.

    S3 tells operations apart by more than the path: by constant query keys (`?acl`), by required
    query parameters (`uploadId`) and by required headers (`x-amz-copy-source`).
    """

    def __init__(self, service: ServiceModel) -> None:
        self._by_method: dict[str, list[_Template]] = {}
        for name in service.operation_names:
            model = service.operation_model(name)
            method = str(model.http.get("method", "POST"))
            self._by_method.setdefault(method, []).append(_template(model))

    def find(
        self, method: str, path: str, query: Mapping[str, list[str]], headers: frozenset[str]
    ) -> tuple[str, dict[str, str]] | None:
        """The operation's name and its decoded path labels; None when nothing matches.

        `path` is as sent (percent-encoded), header names are lower-case. Raises
        `MalformedRequest` where the query names two operations, or a label is no UTF-8.
        """
        best: tuple[tuple[object, ...], _Template, re.Match[str]] | None = None
        named: set[tuple[tuple[str, str], ...]] = set()
        for template in self._by_method.get(method, ()):
            match = template.pattern.fullmatch(path)
            if match is None or not _literals_match(template.literals, query):
                continue
            named.add(template.literals)
            missing = sum(key not in query for key in template.needed_query)
            missing += sum(key not in headers for key in template.needed_headers)
            needed = len(template.needed_query) + len(template.needed_headers)
            rank = (
                len(template.literals),
                -missing,
                needed,
                not template.greedy,
                template.literal_length,
                not template.deprecated,
            )
            if best is None or rank > best[0]:
                best = rank, template, match
        if best is None:
            return None
        _, template, match = best
        if not all(set(literals) <= set(template.literals) for literals in named):
            raise MalformedRequest("the query names two operations", code="InvalidRequest")
        values = [_decoded(value) for value in match.groups()]
        return template.operation, dict(zip(template.labels, values, strict=True))


def _decoded(label: str) -> str:
    try:
        return unquote(label, errors="strict")
    except UnicodeDecodeError as error:
        raise MalformedRequest("the path is not UTF-8", code="InvalidURI") from error


def _literals_match(literals: tuple[tuple[str, str], ...], query: Mapping[str, list[str]]) -> bool:
    return all(key in query and (not value or query[key] == [value]) for key, value in literals)


def _template(model: OperationModel) -> _Template:
    path, _, query = str(model.http["requestUri"]).partition("?")
    labels, parts, end = [], [], 0
    greedy = False
    for label in _LABEL.finditer(path):
        parts.append(re.escape(path[end : label.start()]))
        name = label[1]
        greedy = greedy or name.endswith("+")
        parts.append("(.+)" if name.endswith("+") else "([^/]+)")
        labels.append(name.rstrip("+"))
        end = label.end()
    parts.append(re.escape(path[end:].rstrip("/")))
    shape = model.input_shape
    members = shape.members if shape is not None else {}
    required = shape.required_members if shape is not None else []

    def needed(location: str) -> tuple[str, ...]:
        return tuple(
            str(members[name].serialization.get("name", name))
            for name in required
            if members[name].serialization.get("location") == location
        )

    return _Template(
        operation=model.name,
        pattern=re.compile("".join(parts) + ("" if greedy and path.endswith("+}") else "/?")),
        literal_length=len(_LABEL.sub("", path)),
        greedy=greedy,
        deprecated=bool(model.deprecated),
        labels=tuple(labels),
        literals=tuple(parse_qsl(query, keep_blank_values=True)),
        needed_query=needed("querystring"),
        needed_headers=tuple(name.lower() for name in needed("header")),
    )
