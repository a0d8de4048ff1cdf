"""Errors as the SDKs of each protocol read them: modelled 4xx, never a 5xx, never HTML."""

from __future__ import annotations

import json
from uuid import uuid4

from finops_repl.aws.call import Refusal
from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.aws.wire.route import Route, WireProtocol, probable_protocol
from finops_repl.aws.wire.xml_body import escape

__all__ = ["serialise_refusal"]


def serialise_refusal(
    refusal: Refusal, *, route: Route | None = None, request: WireRequest | None = None
) -> WireResponse:
    """The refusal in the route's protocol; unrouted, in the one that the request seems to speak."""
    protocol: WireProtocol = "rest-json"
    if route is not None:
        protocol = route.protocol
    elif request is not None:
        protocol = probable_protocol(request)
    is_s3 = protocol == "rest-xml" and (route is None or route.service in ("s3", "s3control"))
    # A 5xx or a redirect would be retried or followed: neither can lead anywhere here.
    status = refusal.status if 400 <= refusal.status < 500 else 400
    request_id = str(uuid4())
    kind, body, extra = _body(refusal, protocol, request_id, is_s3=is_s3)
    if request is not None and request.method == "HEAD":
        body = b""
    headers = [("Content-Type", kind), ("x-amzn-RequestId", request_id), *extra]
    if is_s3:
        headers += [("x-amz-request-id", request_id), ("x-amz-id-2", request_id)]
    headers.append(("Content-Length", str(len(body))))
    return WireResponse(status, tuple(headers), body)


def _body(
    refusal: Refusal, protocol: WireProtocol, request_id: str, *, is_s3: bool
) -> tuple[str, bytes, list[tuple[str, str]]]:
    if protocol in ("json", "rest-json"):
        fields = {"__type": refusal.code, "message": refusal.message, "Message": refusal.message}
        kind = "application/x-amz-json-1.1" if protocol == "json" else "application/json"
        extra = [
            ("x-amzn-ErrorType", refusal.code),
            ("x-amzn-query-error", f"{refusal.code};Sender"),
        ]
        return kind, json.dumps(fields).encode(), extra
    if protocol == "smithy-rpc-v2-cbor":
        fields = {"__type": refusal.code, "message": refusal.message}
        return "application/cbor", _cbor_texts(fields), [("smithy-protocol", "rpc-v2-cbor")]
    error = f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
    if protocol == "ec2":
        text = (
            f"<Response><Errors><Error>{error}</Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
    elif is_s3:
        text = f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
    else:
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    return "text/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode(), []


def _cbor_texts(fields: dict[str, str]) -> bytes:
    out = bytearray([0xA0 | len(fields)])
    for text in (item for pair in fields.items() for item in pair):
        raw = text.encode()
        out += bytes([0x79]) + len(raw[:0xFFFF]).to_bytes(2, "big") + raw[:0xFFFF]
    return bytes(out)
