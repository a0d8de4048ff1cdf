"""Requests that two readers could understand differently are refused, not guessed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from finops_repl.aws.call import Caller
from finops_repl.aws.http import WireRequest
from finops_repl.gateway.gateway import Gateway
from tests.gateway.organisation import SmallOrganisation
from tests.gateway.wire_requests import form_request, json_request, rest_request

METRICS = "GraniteServiceVersion20100801.GetMetricData"
FORM = ("Content-Type", "application/x-www-form-urlencoded")
READ = {"StartTime": 0, "EndTime": 1, "MetricDataQueries": [{"Id": "a", "Expression": "1"}]}


def without(request: WireRequest, name: str) -> WireRequest:
    return replace(request, headers=tuple(h for h in request.headers if h[0].lower() != name))


def with_headers(request: WireRequest, *headers: tuple[str, str]) -> WireRequest:
    return replace(request, headers=(*request.headers, *headers))


HONEST = json_request("monitoring", METRICS, READ)
EC2_READ = "Action=DescribeInstances&Version=2016-11-15"
S3_READ = rest_request("s3", "GET", "/sim-results/out/q.csv")

AMBIGUOUS = {
    "target in the header, action in a form": replace(
        with_headers(without(HONEST, "content-type"), FORM),
        body=b"Action=DeleteAlarms&Version=2010-08-01&AlarmNames.member.1=a",
    ),
    "target in the header, action in the query": replace(
        HONEST, target="/?Action=DeleteAlarms&Version=2010-08-01"
    ),
    "target in the header, a form without its content type": replace(
        HONEST, body=b"Action=DeleteAlarms&Version=2010-08-01"
    ),
    "action twice in the form": form_request("ec2", f"{EC2_READ}&Action=TerminateInstances"),
    "action in form and query": replace(
        form_request("ec2", EC2_READ), target="/?Action=TerminateInstances"
    ),
    "action in another case": form_request("ec2", f"{EC2_READ}&action=TerminateInstances"),
    "version twice": form_request("ec2", f"{EC2_READ}&Version=2010-01-01"),
    "a field twice": form_request("ec2", f"{EC2_READ}&InstanceId.1=i-1&InstanceId.1=i-2"),
    "a form operation in the query of a post": replace(
        without(form_request("ec2", ""), "content-type"), target=f"/?{EC2_READ}"
    ),
    "a form operation by get with a body": replace(
        without(form_request("ec2", "InstanceId.1=i-1"), "content-type"),
        method="GET",
        target=f"/?{EC2_READ}",
    ),
    "more fields than anyone sends": form_request("ec2", f"{EC2_READ}{'&a=1' * 20_001}"),
    "the target header twice": with_headers(HONEST, ("x-amz-target", METRICS)),
    "two hosts": with_headers(HONEST, ("host", "127.0.0.1")),
    "two lengths": with_headers(HONEST, ("Content-Length", "1"), ("content-length", "2")),
    "a length that is not the body's": with_headers(HONEST, ("Content-Length", "1")),
    "length and chunks": with_headers(
        HONEST, ("Content-Length", str(len(HONEST.body))), ("Transfer-Encoding", "chunked")
    ),
    "a foreign host": with_headers(without(HONEST, "host"), ("Host", "evil.example")),
    "a host that only begins like ours": with_headers(
        without(HONEST, "host"), ("Host", "127.0.0.1.evil.example")
    ),
    "no host": without(HONEST, "host"),
    "another method by header": with_headers(S3_READ, ("X-HTTP-Method-Override", "DELETE")),
    "a target on a path": with_headers(S3_READ, ("X-Amz-Target", METRICS)),
    "cbor named in the path, json in the header": replace(
        with_headers(HONEST, ("smithy-protocol", "rpc-v2-cbor")),
        target="/service/GraniteServiceVersion20100801/operation/DeleteAlarms",
    ),
    "a path and an x-id that disagree": replace(S3_READ, target="/b/k?x-id=DeleteObject"),
    "a key that climbs": replace(S3_READ, target="/sim-results/../other/k"),
    "an escaped key that climbs": replace(S3_READ, target="/sim-results/%2e%2E/other/k"),
    "a slash escaped to climb": replace(S3_READ, target="/sim-results/a%2F..%2Fk"),
    "an absolute target": replace(S3_READ, target="http://evil.example/sim-results/k"),
    "a network path": replace(S3_READ, target="//evil.example/k"),
    "a line break in a header": with_headers(S3_READ, ("X-A", "1\r\nX-Amz-Target: x")),
    "an unknown method": replace(S3_READ, method="TRACE"),
    "signed for one service, naming another": json_request("ce", METRICS, READ),
    "signed for a json service, a form of another": form_request("ce", EC2_READ),
    "sigv4a, which names no region": with_headers(
        without(S3_READ, "authorization"),
        ("Authorization", "AWS4-ECDSA-P256-SHA256 Credential=A/20260101/s3/aws4_request"),
    ),
    "signed in header and query": replace(
        S3_READ, target="/b/k?X-Amz-Credential=A/20260101/us-east-1/s3/aws4_request"
    ),
    "a query string where the protocol has none": replace(HONEST, target="/?Foo=1"),
    "a json operation by GET": replace(HONEST, method="GET"),
}


@pytest.mark.parametrize("request_", AMBIGUOUS.values(), ids=list(AMBIGUOUS))
def test_ambiguous_request_never_reaches_the_upstream(
    gateway: Gateway, organisation: SmallOrganisation, caller: Caller, request_: WireRequest
) -> None:
    response = gateway.handle(request_, caller)

    assert 400 <= response.status < 500
    assert organisation.asked == []
    (record,) = gateway.calls("r1")
    assert record.decision == "malformed"
    assert record.reason


def test_operation_named_twice_is_refused_for_that_reason(gateway: Gateway, caller: Caller) -> None:
    for name in ("in a form", "in the query", "without its content type"):
        request = next(r for case, r in AMBIGUOUS.items() if case.endswith(name))
        gateway.handle(request, caller)

    for record in gateway.calls("r1"):
        assert "in X-Amz-Target and another as Action" in record.reason


@pytest.mark.parametrize(
    "request_",
    [HONEST, form_request("ec2", EC2_READ), S3_READ],
    ids=["json", "form", "rest"],
)
def test_the_same_requests_unambiguous_pass(
    gateway: Gateway, caller: Caller, request_: WireRequest
) -> None:
    assert gateway.handle(request_, caller).status == 200


def test_what_the_model_does_not_name_is_left_out(
    gateway: Gateway, organisation: SmallOrganisation, caller: Caller
) -> None:
    gateway.handle(form_request("ec2", f"{EC2_READ}&Smuggled.1=x"), caller)

    (call,) = organisation.asked
    assert call.params == {}
