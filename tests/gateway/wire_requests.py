"""Requests as they arrive from an SDK, for tests that need to bend them."""

from __future__ import annotations

import json

from finops_repl.aws.http import WireRequest


def signed(service: str, *, region: str = "us-east-1") -> tuple[str, str]:
    """An Authorization header as dummy keys make it; the sandbox's door verifies none."""
    scope = f"AKIAEXAMPLE/20260101/{region}/{service}/aws4_request"
    return (
        "Authorization",
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    )


def json_request(service: str, target: str, params: object, *extra: tuple[str, str]) -> WireRequest:
    """A request of the JSON protocol."""
    headers = (
        ("Host", "127.0.0.1:4321"),
        ("Content-Type", "application/x-amz-json-1.1"),
        ("X-Amz-Target", target),
        signed(service),
        *extra,
    )
    return WireRequest("POST", "/", headers, json.dumps(params).encode())


def form_request(service: str, form: str, *extra: tuple[str, str]) -> WireRequest:
    """A request of the query or EC2 protocol."""
    headers = (
        ("Host", "127.0.0.1:4321"),
        ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
        signed(service),
        *extra,
    )
    return WireRequest("POST", "/", headers, form.encode())


def rest_request(
    service: str, method: str, target: str, *extra: tuple[str, str], body: bytes = b""
) -> WireRequest:
    """A request of the REST protocols."""
    return WireRequest(method, target, (("Host", "127.0.0.1"), signed(service), *extra), body)
