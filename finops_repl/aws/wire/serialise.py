"""An operation's answer as bytes that the SDKs read back into the same fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from finops_repl.aws.http import WireResponse
from finops_repl.aws.wire.cbor_body import write_cbor
from finops_repl.aws.wire.json_body import write_json
from finops_repl.aws.wire.members import member_of
from finops_repl.aws.wire.rest_fields import write_headers
from finops_repl.aws.wire.route import Route
from finops_repl.aws.wire.xml_body import escape, write_members, write_xml

__all__ = ["serialise"]

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def serialise(route: Route, fields: Mapping[str, Any]) -> WireResponse:
    """The response for what the operation returned, `fields` in the shapes that boto3 gives.

    Raises `ValueError` for a member that the model lacks: a mistake of whoever answered. Every
    response has one Content-Length.
    """
    answered = {
        name: value
        for name, value in fields.items()
        if value is not None and name != "ResponseMetadata"
    }
    request_id = str(uuid4())
    headers = [("x-amzn-RequestId", request_id)]
    status = int(route.model.http.get("responseCode", 200))
    if route.protocol in ("rest-json", "rest-xml"):
        status, rest_headers, body = _rest(route, answered, status)
        headers += rest_headers
    else:
        kind, body = _rpc(route, answered, request_id)
        headers.append(("Content-Type", kind))
    if route.protocol == "smithy-rpc-v2-cbor":
        headers.append(("smithy-protocol", "rpc-v2-cbor"))
    if route.service in ("s3", "s3control"):
        headers += [("x-amz-request-id", request_id), ("x-amz-id-2", request_id)]
    if not any(name.lower() == "content-length" for name, _ in headers):
        headers.append(("Content-Length", str(len(body))))
    return WireResponse(status, tuple(headers), body)


def _rpc(route: Route, fields: Mapping[str, Any], request_id: str) -> tuple[str, bytes]:
    shape: Any = route.model.output_shape
    if route.protocol == "json":
        version = route.model.metadata.get("jsonVersion", "1.1")
        written = {} if shape is None else write_json(shape, fields)
        return f"application/x-amz-json-{version}", json.dumps(written).encode()
    if route.protocol == "smithy-rpc-v2-cbor":
        return "application/cbor", b"\xa0" if shape is None else write_cbor(shape, fields)
    name = f"{route.operation}Response"
    namespace = escape(str(route.model.metadata.get("xmlNamespace", "")))
    if route.protocol == "ec2":
        members = "" if shape is None else write_members(shape, fields)
        inner = f"<requestId>{request_id}</requestId>{members}"
    else:
        inner = _wrapped(shape, fields, route.operation)
        inner += f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    text = f'{_DECLARATION}<{name} xmlns="{namespace}">{inner}</{name}>'
    return "text/xml", text.encode()


def _wrapped(shape: Any, fields: Mapping[str, Any], operation: str) -> str:
    if shape is None:
        return ""
    wrapper = shape.serialization.get("resultWrapper", f"{operation}Result")
    return f"<{wrapper}>{write_members(shape, fields)}</{wrapper}>"


def _rest(
    route: Route, fields: Mapping[str, Any], status: int
) -> tuple[int, list[tuple[str, str]], bytes]:
    shape: Any = route.model.output_shape
    if shape is None:
        return status, [], b""
    headers = write_headers(shape, fields)
    for name, value in fields.items():
        if member_of(shape, name).serialization.get("location") == "statusCode":
            status = int(value)
    if "ContentRange" in fields:
        status = 206  # S3 answers a Range so; its model names no status
    kind, body = _rest_body(route, shape, fields)
    if kind and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", kind))
    return status, headers, b"" if route.model.http.get("method") == "HEAD" else body


def _rest_body(route: Route, shape: Any, fields: Mapping[str, Any]) -> tuple[str, bytes]:
    payload = shape.serialization.get("payload")
    if payload:
        member = shape.members[payload]
        value = fields.get(payload)
        if member.type_name in ("blob", "string"):
            raw = value.encode() if isinstance(value, str) else bytes(value or b"")
            return "", raw
        if value is None:
            return "", b""
        return _document(route, member, value, payload)
    in_body = {
        name: value
        for name, value in fields.items()
        if "location" not in member_of(shape, name).serialization
    }
    return _document(route, shape, in_body, f"{route.operation}Response")


def _document(route: Route, shape: Any, value: Any, name: str) -> tuple[str, bytes]:
    if route.protocol == "rest-json":
        return "application/json", json.dumps(write_json(shape, value)).encode()
    if (route.service, route.operation) == ("s3", "GetBucketLocation"):
        # The one S3 answer whose root is the value itself.
        region = escape(str(value.get("LocationConstraint", "")))
        text = f"<LocationConstraint>{region}</LocationConstraint>"
    else:
        text = write_xml(shape, value, str(shape.serialization.get("name", name)))
    return "application/xml", (_DECLARATION + text).encode()
