"""What makes a request ambiguous, and is therefore refused before anything reads it.

A request that two readers could understand differently (another service by header than by body,
two lengths, a host that is not this door) is an attack or a mistake; neither is worth guessing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from finops_repl.aws.http import WireRequest
from finops_repl.aws.wire.form_body import BAD_ESCAPE, form_pairs
from finops_repl.aws.wire.malformed import MalformedRequest, refused
from finops_repl.aws.wire.route import Route, WireProtocol

__all__ = ["LOOPBACK_HOSTS", "refuse_ambiguity", "refuse_contradiction"]

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})

_METHODS = frozenset({"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"/[\x21-\x7e]*")
_HOST = re.compile(r"(\[[0-9a-f:]+\]|[\w.-]+)(:\d{1,5})?")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OVERRIDES = frozenset(
    {
        "x-http-method",
        "x-http-method-override",
        "x-method-override",
        "x-original-url",
        "x-rewrite-url",
    }
)
_FORM = "application/x-www-form-urlencoded"
_KINDS: Mapping[str, frozenset[WireProtocol]] = {
    _FORM: frozenset({"query", "ec2"}),
    "application/x-amz-json-1.0": frozenset({"json"}),
    "application/x-amz-json-1.1": frozenset({"json"}),
    "application/json": frozenset({"json", "rest-json"}),
    "application/cbor": frozenset({"smithy-rpc-v2-cbor"}),
    "application/xml": frozenset({"rest-xml"}),
    "text/xml": frozenset({"rest-xml"}),
}
"""Content types that say which protocol a body is written in; others say nothing of it."""


def refuse_ambiguity(request: WireRequest) -> None:
    """Raise `MalformedRequest` where the request could be understood in two ways."""
    _refuse_headers(request)
    _refuse_target(request)
    target = request.header("X-Amz-Target")
    fields = _action_fields(request)
    if len(fields) > len(set(fields)):
        raise refused("it gives Action or Version more than once")
    if fields and target:
        raise refused("it names an operation in X-Amz-Target and another as Action")
    if request.header("smithy-protocol") and (fields or target):
        raise refused("it names an operation in its path and another beside it")


def refuse_contradiction(request: WireRequest, route: Route) -> None:
    """Raise `MalformedRequest` where other parts of a routed request name something else."""
    rest = route.protocol in ("rest-json", "rest-xml")
    kind = request.header("Content-Type").partition(";")[0].strip().lower()
    is_upload = rest and _takes_upload(route)
    if request.body and not is_upload and route.protocol not in _KINDS.get(kind, {route.protocol}):
        raise refused(f"its body is {kind}, which this operation does not take")
    if rest and (request.header("X-Amz-Target") or request.header("smithy-protocol")):
        raise refused(f"its path names {route.operation}, its headers another operation")
    if route.protocol in ("json", "smithy-rpc-v2-cbor") and request.query:
        raise refused("it carries a query string, which this operation does not take")
    if route.protocol in ("query", "ec2"):
        if request.method not in ("GET", "POST"):
            raise refused(f"{request.method} is no method of the query protocol")
        if request.query if request.method == "POST" else request.body:
            raise refused("it carries parameters where its method has none")
    if route.protocol in ("json", "smithy-rpc-v2-cbor") and request.method != "POST":
        raise refused(f"{request.method} is no method of this protocol")
    hint = dict(form_pairs(request.query)).get("x-id")
    if rest and hint and hint != route.operation:
        raise refused(f"its path names {route.operation}, its x-id {hint}")


def _refuse_headers(request: WireRequest) -> None:
    # To some readers an underscore is a hyphen.
    names = [name.lower().replace("_", "-") for name, _ in request.headers]
    if len(names) != len(set(names)):
        raise refused("it carries a header twice")
    for name, value in request.headers:
        if not _TOKEN.fullmatch(name) or _CONTROL.search(value):
            raise refused("a header is malformed")
        if "_" in name and not name.lower().startswith("x-amz-meta-"):
            raise refused("a header's name has an underscore")
    if _OVERRIDES & set(names):
        raise refused("it overrides its own method or address")
    if "content-length" in names and "transfer-encoding" in names:
        raise refused("it gives its length in two ways")
    length = request.header("Content-Length", str(len(request.body)))
    if length.strip() != str(len(request.body)):
        raise refused("its Content-Length is not its body's")
    host = _HOST.fullmatch(request.header("Host").lower())
    if host is None or host[1] not in LOOPBACK_HOSTS:
        raise MalformedRequest("this door answers for 127.0.0.1 alone", code="InvalidRequest")


def _refuse_target(request: WireRequest) -> None:
    if request.method not in _METHODS:
        raise refused("its method is none that AWS knows")
    if not _TARGET.fullmatch(request.target) or "#" in request.target:
        raise refused("its path is malformed")
    if request.target.startswith("//"):
        raise refused("its path is malformed")
    if BAD_ESCAPE.search(request.path):
        raise refused("its path is malformed")
    parts = re.split(r"[/\\]|%2[fF]|%5[cC]", request.path)
    if any(unquote(part) in (".", "..") for part in parts):
        raise refused("its path climbs")


def _action_fields(request: WireRequest) -> list[str]:
    """Whatever a query-protocol reader would take for the operation, wherever it stands."""
    text = request.query
    if _FORM in request.header("Content-Type").lower() or request.body.startswith(b"Action="):
        text += "&" + request.body.decode("utf-8", errors="replace")
    names = [name.lower() for name, _ in form_pairs(text)]
    return [name for name in names if name in ("action", "version")]


def _takes_upload(route: Route) -> bool:
    """Whether the body is bytes of the caller's own, of any content type."""
    shape: Any = route.model.input_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    return bool(payload) and shape.members[payload].type_name in ("blob", "string")
