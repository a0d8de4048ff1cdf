"""Every operation there and back: botocore writes, we read; we write, botocore reads.

`python -m tests.conformance.round_trip` runs all services (one to three minutes) and prints what
did not come back and the figures. With botocore 1.44.5, of 439 services in all their protocols:
routed 21,309 of 21,549 exactly and 232 to a sibling of the same signing name and paths (docdb and
neptune are rds on the wire); parsed 21,513 of 21,541; answered 21,515 of 21,517.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from finops_repl.aws.http import WireRequest
from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.aws.wire.parse import parse
from finops_repl.aws.wire.route import Route, WireProtocol, route
from finops_repl.aws.wire.serialise import serialise
from tests.conformance.samples import sample

SEED = 20260101


@dataclass
class Figures:
    """How many operations went there and back; `misses` says which did not, and where."""

    asked: int = 0
    routed: int = 0
    siblings: int = 0
    parsed: int = 0
    answerable: int = 0
    answered: int = 0
    misses: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"routed {self.routed} of {self.asked} exactly and {self.siblings} to a sibling; "
            f"parsed {self.parsed} of {self.routed + self.siblings}; "
            f"answered {self.answered} of {self.answerable}"
        )


def run(models: ServiceModels, services: Iterable[str], *, share: float = 1.0) -> Figures:
    """Put a share of the services' operations through both round trips, in all their protocols."""
    figures = Figures()
    for service, protocol, operation in _operations(models, services, share):
        figures.asked += 1
        model = models.operation(service, operation)
        name = f"{service}:{operation} ({protocol})"
        found = _ask(figures, models, model, protocol, name)
        if found is not None:
            _answer(figures, model, protocol, name)
    return figures


def _operations(
    models: ServiceModels, services: Iterable[str], share: float
) -> Iterator[tuple[str, WireProtocol, str]]:
    dice = random.Random(SEED)
    for service in services:
        for protocol in models.index.entries[service].protocols:
            for operation in models.service(service).operation_names:
                if share >= 1 or dice.random() < share:
                    yield service, cast(WireProtocol, protocol), operation


def _ask(
    figures: Figures, models: ServiceModels, model: Any, protocol: WireProtocol, name: str
) -> Route | None:
    dice = random.Random(f"{SEED} {name}")
    shape = model.input_shape
    params = {} if shape is None else sample(shape, dice)
    try:
        request = written_by_botocore(model, protocol, params)
        found = route(request, models)
    except MalformedRequest as error:
        figures.misses.append(f"unrouted {name}: {error.message}")
        return None
    service = model.service_model.service_name
    if (found.service, found.operation) == (service, model.name):
        figures.routed += 1
    elif found.operation == model.name:
        figures.siblings += 1
    else:
        figures.misses.append(f"misrouted {name}: {found.service}:{found.operation}")
        return None
    try:
        parsed = parse(request, found)
    except MalformedRequest as error:
        figures.misses.append(f"unparsed {name}: {error.message[:200]}")
        return found
    difference = differs(without_event_streams(shape, params), parsed)
    if difference:
        figures.misses.append(f"misparsed {name}: {difference}")
    else:
        figures.parsed += 1
    return found


def _answer(figures: Figures, model: Any, protocol: WireProtocol, name: str) -> None:
    shape = model.output_shape
    if model.has_event_stream_output:
        return
    figures.answerable += 1
    dice = random.Random(f"{SEED} answer {name}")
    fields = {} if shape is None else sample(shape, dice)
    members = {} if shape is None else shape.members
    for member, traits in members.items():
        if traits.serialization.get("location") == "statusCode":
            fields[member] = 200
    if "Body" in fields:
        # Of a body, the length is its own and a range would make it a part.
        fields.pop("ContentLength", None)
        fields.pop("ContentRange", None)
    found = Route(model.service_model.service_name, model.name, "us-east-1", protocol, model)
    read = read_by_botocore(found, fields)
    if "Body" in fields:
        read.pop("ContentLength", None)
    difference = differs(fields, read)
    if difference:
        figures.misses.append(f"misanswered {name}: {difference}")
    else:
        figures.answered += 1


def written_by_botocore(model: Any, protocol: WireProtocol, params: Any) -> WireRequest:
    """The request that a botocore client sends to a loopback endpoint."""
    from botocore.awsrequest import create_request_object, prepare_request_dict
    from botocore.serialize import create_serializer

    serializer = create_serializer(protocol, include_validation=False)
    written = serializer.serialize_to_request(params, model)
    written.pop("host_prefix", None)
    prepare_request_dict(written, endpoint_url="http://127.0.0.1", context={})
    prepared = create_request_object(written).prepare()
    metadata = model.service_model.metadata
    signing_name = metadata.get("signingName") or metadata["endpointPrefix"]
    scope = f"AKIAEXAMPLE/20260101/us-east-1/{signing_name}/aws4_request"
    headers = [
        (str(k), v.decode("latin-1") if isinstance(v, bytes) else str(v))
        for k, v in prepared.headers.items()
    ]
    headers.append(
        (
            "Authorization",
            f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        )
    )
    url = urlsplit(prepared.url)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    body = prepared.body or b""
    raw = body.encode() if isinstance(body, str) else bytes(body)
    return WireRequest(prepared.method, target, tuple(headers), raw)


def read_by_botocore(found: Route, fields: Any) -> Any:
    """What a botocore client reads from our answer."""
    from botocore.awsrequest import HeadersDict
    from botocore.parsers import create_parser

    response = serialise(found, fields)
    shape: Any = found.model.output_shape
    body: Any = response.body
    if found.model.has_streaming_output:
        body = _Stream(response.body)
    parsed = create_parser(found.protocol).parse(
        {
            "headers": HeadersDict(dict(response.headers)),
            "body": body,
            "status_code": response.status,
        },
        shape,
    )
    parsed.pop("ResponseMetadata", None)
    return {
        name: value.content if isinstance(value, _Stream) else value
        for name, value in parsed.items()
    }


@dataclass
class _Stream:
    content: bytes


def without_event_streams(shape: Any, params: Any) -> Any:
    if shape is None:
        return params
    return {
        name: value
        for name, value in params.items()
        if not shape.members[name].serialization.get("eventstream")
    }


def differs(sent: Any, read: Any, path: str = "") -> str:
    """Where the first difference lies; empty lists and maps equal absent ones."""
    if isinstance(sent, dict) and isinstance(read, dict):
        for name in sent.keys() | read.keys():
            one, other = sent.get(name), read.get(name)
            if one != other and (difference := differs(one, other, f"{path}.{name}")):
                return difference
        return ""
    if isinstance(sent, list) and isinstance(read, list) and len(sent) == len(read):
        for position, (one, other) in enumerate(zip(sent, read, strict=True)):
            if one != other and (difference := differs(one, other, f"{path}[{position}]")):
                return difference
        return ""
    if sent == read or (not _present(sent) and not _present(read)):
        return ""
    if isinstance(sent, bytes) and isinstance(read, str) and sent == read.encode():
        return ""  # botocore decodes a payload that is not a stream
    numbers = isinstance(sent, float) and isinstance(read, float | int)
    if numbers and math.isclose(sent, read, rel_tol=1e-6):
        return ""  # CBOR writes a float in 32 bits
    return f"{path}: sent {str(sent)[:80]!r}, read {str(read)[:80]!r}"


def _present(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_present(item) for item in value.values())
    return value not in (None, [], b"")


if __name__ == "__main__":
    all_models = ServiceModels()
    chosen = sys.argv[1:] or sorted(all_models.index.entries)
    outcome = run(all_models, chosen)
    print("\n".join(outcome.misses))
    print(outcome)
