"""Whatever a script sends, the gateway answers: no exception, no 5xx, no call not named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops_repl.aws.call import Caller
from finops_repl.aws.http import WireRequest
from finops_repl.gateway.gateway import Gateway
from tests.gateway.organisation import SmallOrganisation
from tests.gateway.test_gateway import COST
from tests.gateway.wire_requests import form_request, json_request, rest_request

SEEDS = [
    COST,
    json_request("athena", "AmazonAthena.StartQueryExecution", {"QueryString": "select 1"}),
    form_request("ec2", "Action=DescribeInstances&Version=2016-11-15&Filter.1.Value.1=x"),
    form_request("sts", "Action=GetCallerIdentity&Version=2011-06-15"),
    rest_request("s3", "GET", "/sim-results/out/q.csv?versionId=1"),
    rest_request("s3", "PUT", "/b?tagging", body=b"<Tagging><TagSet/></Tagging>"),
    rest_request("lambda", "GET", "/2015-03-31/functions/f/configuration?Qualifier=1"),
    rest_request(
        "monitoring",
        "POST",
        "/service/GraniteServiceVersion20100801/operation/GetMetricData",
        ("smithy-protocol", "rpc-v2-cbor"),
        body=b"\xa3iStartTime\xc1\x00gEndTime\xc1\x01qMetricDataQueries\x80",
    ),
]
HEADER_NAMES = st.sampled_from(
    (
        "Content-Type",
        "X-Amz-Target",
        "Content-Encoding",
        "Authorization",
        "smithy-protocol",
        "x-amz-content-sha256",
        "Transfer-Encoding",
        "X-Amz-Copy-Source",
        "Range",
        "Host",
    )
)
TEXT = st.text(st.characters(max_codepoint=0x2FF), max_size=40)
PIECES = st.sampled_from(
    ["/", "//", "[", "%", "%zz", "%00", "?", "&", "=", ".", "..", "{", "}", ";", "\x00", "é"]
)


@st.composite
def requests(draw: st.DrawFn) -> WireRequest:
    """An honest request with something about it changed."""
    request = draw(st.sampled_from(SEEDS))
    for change in draw(st.lists(st.sampled_from(["target", "header", "body"]), max_size=3)):
        if change == "target":
            at = draw(st.integers(0, len(request.target)))
            piece = draw(PIECES | TEXT)
            request = replace(request, target=request.target[:at] + piece + request.target[at:])
        elif change == "header":
            name = draw(HEADER_NAMES)
            kept = tuple(h for h in request.headers if h[0].lower() != name.lower())
            request = replace(request, headers=(*kept, (name, draw(TEXT))))
        else:
            at = draw(st.integers(0, len(request.body)))
            piece_bytes = draw(st.binary(max_size=20))
            cut = draw(st.integers(0, 5))
            body = request.body[:at] + piece_bytes + request.body[at + cut :]
            request = replace(request, body=body)
    return request


@settings(
    max_examples=600,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(request_=requests())
def test_every_request_is_answered(
    gateway: Gateway, organisation: SmallOrganisation, caller: Caller, request_: WireRequest
) -> None:
    organisation.asked.clear()

    response = gateway.handle(request_, caller)

    assert response.status < 500
    assert b"<html" not in response.body[:200].lower()
    assert len(gateway.calls("r1")) > 0
    known = {("ce", "GetCostAndUsage"), ("ec2", "DescribeInstances")} | {
        ("athena", "StartQueryExecution"),
        ("sts", "GetCallerIdentity"),
        ("cloudwatch", "GetMetricData"),
    }
    for call in organisation.asked:
        reached = (call.service, call.operation)
        assert reached in known or call.service in ("lambda", "s3"), reached
        assert not call.operation.startswith(("Put", "Delete", "Create"))


@pytest.mark.parametrize("seed", SEEDS, ids=lambda s: f"{s.method} {s.target[:30]}")
def test_seeds_name_an_operation(gateway: Gateway, caller: Caller, seed: WireRequest) -> None:
    gateway.handle(seed, caller)
    assert gateway.calls("r1")[0].operation
