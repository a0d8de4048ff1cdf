"""Which operation of which service a request asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

from finops_repl.aws.http import WireRequest
from finops_repl.aws.wire.credential import Credential, credential_of
from finops_repl.aws.wire.form_body import form_pairs, query_values
from finops_repl.aws.wire.index import ServiceEntry
from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.models import ServiceModels

if TYPE_CHECKING:
    from botocore.model import OperationModel

__all__ = ["Route", "WireProtocol", "probable_protocol", "route"]

WireProtocol = Literal["json", "query", "ec2", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"]

_CBOR_PATH = re.compile(r"/service/([^/]+)/operation/([^/]+)")


@dataclass(frozen=True, slots=True)
class Route:
    """A request's operation, the region it was signed for and the protocol it speaks.

    `labels` are the decoded parameters in a REST path.
    """

    service: str
    operation: str
    region: str
    protocol: WireProtocol
    model: OperationModel = field(repr=False, compare=False)
    labels: Mapping[str, str] = field(default_factory=dict)


def route(request: WireRequest, models: ServiceModels) -> Route:
    """The request's operation, found from its signature's service and its own naming of it.

    Raises `MalformedRequest` where they name nothing known, or contradict each other.
    """
    credential = credential_of(request)
    region = credential.region if credential else "us-east-1"
    signed = models.index.signed_as(credential.signing_name) if credential else ()
    if credential and not signed:
        raise _unknown(f"no AWS service signs its requests as {credential.signing_name!r}")
    named = _by_target(request, models) or _by_path(request, models) or _by_form(request, models)
    if named is None:
        return _by_rest(request, models, signed, region)
    candidates, operation, protocol = named
    if credential:
        candidates = tuple(entry for entry in signed if entry in candidates)
    for entry in candidates:
        service = models.service(entry.name)
        if operation in service.operation_names:
            spoken: WireProtocol = "ec2" if "ec2" in entry.protocols else protocol
            return Route(entry.name, operation, region, spoken, service.operation_model(operation))
    raise _unknown(_contradiction(operation, credential, bool(candidates)))


def probable_protocol(request: WireRequest) -> WireProtocol:
    """The protocol that the sender of an unroutable request most likely reads an error in."""
    if request.header("smithy-protocol") or request.target.startswith("/service/"):
        return "smithy-rpc-v2-cbor"
    if request.header("X-Amz-Target"):
        return "json"
    if "x-www-form-urlencoded" in request.header("Content-Type") or "Action=" in request.target:
        return "query"
    if "/s3/aws4_request" in request.header("Authorization") or "AWSAccessKeyId" in request.target:
        return "rest-xml"
    return "rest-json"


_Named = tuple[tuple[ServiceEntry, ...], str, WireProtocol]


def _by_target(request: WireRequest, models: ServiceModels) -> _Named | None:
    target = request.header("X-Amz-Target")
    if not target:
        return None
    prefix, _, operation = target.rpartition(".")
    return models.index.targeted(prefix), operation, "json"


def _by_path(request: WireRequest, models: ServiceModels) -> _Named | None:
    path = _CBOR_PATH.fullmatch(request.path)
    if path is None or request.header("smithy-protocol") != "rpc-v2-cbor":
        return None
    spoken = tuple(e for e in models.index.targeted(path[1]) if "smithy-rpc-v2-cbor" in e.protocols)
    return spoken, path[2], "smithy-rpc-v2-cbor"


def _by_form(request: WireRequest, models: ServiceModels) -> _Named | None:
    if request.path != "/":
        return None
    text = request.query
    if "x-www-form-urlencoded" in request.header("Content-Type"):
        text = request.body.decode("utf-8", errors="replace") or text
    fields = form_pairs(text)
    actions = [value for name, value in fields if name == "Action"]
    versions = [value for name, value in fields if name == "Version"]
    if not actions:
        return None
    if len(actions) > 1 or len(versions) != 1:
        raise MalformedRequest(
            "a query request names exactly one Action and one Version", code="InvalidRequest"
        )
    return models.index.versioned(versions[0]), actions[0], "query"


def _by_rest(
    request: WireRequest, models: ServiceModels, signed: tuple[ServiceEntry, ...], region: str
) -> Route:
    query = query_values(request.query)
    headers = frozenset(name.lower() for name, _ in request.headers)
    for entry in _rest_candidates(signed, request.path):
        found = models.paths(entry.name).find(request.method, request.path, query, headers)
        if found is not None:
            operation, labels = found
            model = models.operation(entry.name, operation)
            protocol = cast(WireProtocol, model.service_model.metadata["protocol"])
            return Route(entry.name, operation, region, protocol, model, labels)
    if not signed:
        raise _unknown("an unsigned request names no AWS service: sign it with the keys given")
    raise _unknown(f"{request.method} {request.path} is no operation of {signed[0].name}")


def _rest_candidates(signed: tuple[ServiceEntry, ...], path: str) -> list[ServiceEntry]:
    rest = [entry for entry in signed if {"rest-json", "rest-xml"} & set(entry.protocols)]
    # s3control shares S3's signing name, and its paths would read as a bucket named v20180820.
    other = "s3" if path.startswith("/v20180820/") else "s3control"
    return [entry for entry in rest if entry.name != other]


def _unknown(message: str) -> MalformedRequest:
    return MalformedRequest(message, code="UnknownOperationException", status=404)


def _contradiction(operation: str, credential: Credential | None, known: bool) -> str:
    if credential and not known:
        return f"the request is signed for {credential.signing_name}, but names another service"
    return f"there is no operation {operation!r} in the service that the request names"
