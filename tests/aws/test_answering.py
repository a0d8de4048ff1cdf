"""What the SDKs read of our answers and errors, asked of botocore's own parsers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser

from finops_repl.aws.call import Refusal
from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.aws.wire.refusals import serialise_refusal
from finops_repl.aws.wire.route import Route, WireProtocol
from finops_repl.aws.wire.serialise import serialise

MODELS = ServiceModels()


def routed(service: str, operation: str, protocol: WireProtocol) -> Route:
    return Route(service, operation, "us-east-1", protocol, MODELS.operation(service, operation))


def read(found: Route, response: WireResponse) -> Any:
    shape: Any = found.model.output_shape
    message = {
        "headers": HeadersDict(dict(response.headers)),
        "body": response.body,
        "status_code": response.status,
    }
    return create_parser(found.protocol).parse(message, shape)


ROUTES = [
    routed("ce", "GetCostAndUsage", "json"),
    routed("lambda", "ListFunctions", "rest-json"),
    routed("sts", "GetCallerIdentity", "query"),
    routed("ec2", "DescribeInstances", "ec2"),
    routed("s3", "ListObjectsV2", "rest-xml"),
    routed("route53", "ListHostedZones", "rest-xml"),
    routed("cloudwatch", "ListMetrics", "smithy-rpc-v2-cbor"),
    routed("cloudwatch", "ListMetrics", "json"),
    routed("cloudwatch", "ListMetrics", "query"),
]


@pytest.mark.parametrize("found", ROUTES, ids=lambda r: f"{r.service}-{r.protocol}")
@pytest.mark.parametrize("status", [400, 403, 404, 429])
def test_refusal_is_read_with_code_message_and_request_id(found: Route, status: int) -> None:
    message = 'no "bucket" <named> a&b; é – and more' * 10
    response = serialise_refusal(Refusal("Denied.ByUs", message, status), route=found)

    parsed = read(found, response)
    assert response.status == status
    assert parsed["Error"]["Code"] == "Denied.ByUs"
    assert parsed["Error"]["Message"] == message
    assert len(parsed["ResponseMetadata"]["RequestId"]) == 36


@pytest.mark.parametrize("status", [200, 301, 500, 503])
def test_refusal_is_always_a_4xx(status: int) -> None:
    assert serialise_refusal(Refusal("X", "y", status)).status == 400


@pytest.mark.parametrize(
    ("request_", "begins"),
    [
        (WireRequest("GET", "/", ()), b"{"),
        (WireRequest("POST", "/", (("X-Amz-Target", "A.B"),)), b"{"),
        (
            WireRequest("POST", "/", (("Content-Type", "application/x-www-form-urlencoded"),)),
            b"<?xml",
        ),
        (WireRequest("POST", "/service/A/operation/B", (("smithy-protocol", "x"),)), b"\xa2"),
        (WireRequest("GET", "/b?AWSAccessKeyId=x", ()), b"<?xml"),
        (WireRequest("HEAD", "/b/k", ()), b""),
    ],
)
def test_unroutable_request_is_answered_in_the_protocol_it_speaks(
    request_: WireRequest, begins: bytes
) -> None:
    response = serialise_refusal(Refusal("X", "y"), request=request_)

    assert response.body.startswith(begins)
    assert bool(response.body) == bool(begins)


def test_money_and_moments_of_every_python_kind_are_written() -> None:
    found = routed("athena", "GetQueryExecution", "json")
    statistics = {"DataScannedInBytes": 10, "DpuCount": Decimal("1.5")}
    for moment in (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1),  # noqa: DTZ001 - a naive moment is UTC
        date(2026, 1, 1),
        1767225600,
        "2026-01-01T00:00:00Z",
    ):
        status = {"State": "SUCCEEDED", "SubmissionDateTime": moment}
        answer = {"QueryExecution": {"Status": status, "Statistics": statistics}}
        parsed = read(found, serialise(found, answer))["QueryExecution"]
        assert parsed["Status"]["SubmissionDateTime"] == datetime(2026, 1, 1, tzinfo=UTC)
        assert parsed["Statistics"]["DpuCount"] == 1.5


@pytest.mark.parametrize("found", [ROUTES[0], ROUTES[3], ROUTES[6]], ids=["json", "xml", "cbor"])
def test_member_that_the_model_lacks_is_named(found: Route) -> None:
    with pytest.raises(ValueError, match="no member 'Nonsense'"):
        serialise(found, {"Nonsense": 1})


def test_text_that_xml_cannot_carry_is_replaced_and_the_rest_comes_back() -> None:
    found = ROUTES[4]
    key = " a\tb\r\nc]]>&<\"'> é😀 "
    answer = {"Contents": [{"Key": key}, {"Key": "x\x00y\x1b"}]}

    parsed = read(found, serialise(found, answer))

    assert parsed["Contents"][0]["Key"] == key
    assert parsed["Contents"][1]["Key"] == "x\ufffdy\ufffd"


def test_header_cannot_be_split() -> None:
    found = routed("s3", "HeadObject", "rest-xml")
    with pytest.raises(ValueError, match="control character"):
        serialise(found, {"ContentType": "text/csv\r\nX-Evil: 1"})


def test_ranged_object_is_a_206_and_a_head_has_no_body() -> None:
    part = serialise(
        routed("s3", "GetObject", "rest-xml"),
        {"Body": b"abc", "ContentRange": "bytes 0-2/9", "ContentLength": 3},
    )
    head = serialise(routed("s3", "HeadObject", "rest-xml"), {"ContentLength": 9})

    assert (part.status, part.body) == (206, b"abc")
    assert (head.status, head.body) == (200, b"")
    assert ("Content-Length", "9") in head.headers
