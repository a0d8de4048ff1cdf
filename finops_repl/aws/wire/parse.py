"""A routed request's parameters, in the shapes that boto3 takes."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from finops_repl.aws.http import WireRequest
from finops_repl.aws.wire.cbor_body import read_cbor
from finops_repl.aws.wire.cbor_items import load_cbor
from finops_repl.aws.wire.credential import QUERY_SIGNATURE
from finops_repl.aws.wire.form_body import (
    load_form,
    query_values,
    read_ec2_form,
    read_query_form,
)
from finops_repl.aws.wire.framing import plain_document, plain_upload
from finops_repl.aws.wire.json_body import load_json, read_json
from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.rest_fields import read_header, read_header_map, read_query
from finops_repl.aws.wire.route import Route
from finops_repl.aws.wire.xml_body import load_xml, read_xml

__all__ = ["parse"]


def parse(request: WireRequest, route: Route) -> dict[str, Any]:
    """The parameters, read by the operation's model and checked against it.

    What the model does not name is left out. Raises `MalformedRequest` for a body that cannot be
    read and for parameters that botocore's own validation refuses.
    """
    shape: Any = route.model.input_shape
    if shape is None:
        return {}
    try:
        fields = _read(request, route, shape)
        _validate(fields, shape)
    except RecursionError:
        raise MalformedRequest("the request is nested too deeply") from None
    return fields


def _read(request: WireRequest, route: Route, shape: Any) -> dict[str, Any]:
    if route.protocol == "json":
        return dict(read_json(shape, load_json(plain_document(request))))
    if route.protocol == "smithy-rpc-v2-cbor":
        return dict(read_cbor(shape, load_cbor(plain_document(request))))
    if route.protocol in ("query", "ec2"):
        text = _text(plain_document(request)) if request.method == "POST" else request.query
        form = load_form(text)
        read = read_ec2_form if route.protocol == "ec2" else read_query_form
        return dict(read(shape, form))
    return {**_outside_the_body(request, route, shape), **_from_body(request, route, shape)}


def _outside_the_body(request: WireRequest, route: Route, shape: Any) -> dict[str, Any]:
    query = query_values(request.query)
    template = str(route.model.http["requestUri"]).partition("?")[2]
    claimed = QUERY_SIGNATURE | {key for key, _ in parse_qsl(template, keep_blank_values=True)}
    claimed |= {
        str(member.serialization.get("name", name))
        for name, member in shape.members.items()
        if member.serialization.get("location") == "querystring" and member.type_name != "map"
    }
    fields: dict[str, Any] = {}
    for name, member in shape.members.items():
        wire_name = str(member.serialization.get("name", name))
        location = member.serialization.get("location")
        value: Any = None
        if location == "uri":
            label = route.labels.get(wire_name)
            value = None if label is None else read_header(member, label)
        elif location == "querystring":
            value = read_query(member, wire_name, query, claimed)
        elif location == "header":
            sent = request.header_values(wire_name)
            value = read_header(member, sent[0]) if sent else None
        elif location == "headers":
            value = read_header_map(member, request.headers) or None
        if value is not None:
            fields[name] = value
    return fields


def _from_body(request: WireRequest, route: Route, shape: Any) -> dict[str, Any]:
    payload = shape.serialization.get("payload")
    if payload:
        member = shape.members[payload]
        if member.type_name in ("blob", "string"):
            body = plain_upload(request)
            text = body if member.type_name == "blob" else _text(body)
            return {payload: text} if body else {}
        body = plain_document(request)
        return {payload: _document(body, route, member)} if body.strip() else {}
    body = plain_document(request)
    if not body.strip():
        return {}
    in_body = [m for m in shape.members.values() if "location" not in m.serialization]
    if not in_body:
        if request.method in ("GET", "HEAD"):
            raise MalformedRequest(f"{route.operation} takes no body", code="InvalidRequest")
        return {}
    fields: dict[str, Any] = _document(body, route, shape)
    return {
        name: value
        for name, value in fields.items()
        if "location" not in shape.members[name].serialization
    }


def _document(body: bytes, route: Route, shape: Any) -> Any:
    if route.protocol == "rest-xml":
        return read_xml(shape, load_xml(body))
    return read_json(shape, load_json(body))


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedRequest("the body is not UTF-8") from error


def _validate(fields: dict[str, Any], shape: Any) -> None:
    from botocore.validate import ParamValidator

    report = ParamValidator().validate(fields, shape)
    if report.has_errors():
        raise MalformedRequest(report.generate_report(), code="ValidationException")
