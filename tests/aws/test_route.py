"""A request's operation, from its signature and its own naming of it."""

from __future__ import annotations

import pytest

from finops_repl.aws.http import WireRequest
from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.aws.wire.route import route


@pytest.fixture(scope="module")
def models() -> ServiceModels:
    return ServiceModels()


def ask(
    service: str,
    method: str = "GET",
    target: str = "/",
    *headers: tuple[str, str],
    body: bytes = b"",
) -> WireRequest:
    scope = f"AKIA/20260101/eu-west-1/{service}/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    return WireRequest(method, target, (("authorization", signed), *headers), body)


@pytest.mark.parametrize(
    ("request_", "operation"),
    [
        (ask("s3"), "ListBuckets"),
        (ask("s3", "GET", "/b"), "ListObjects"),
        (ask("s3", "GET", "/b/"), "ListObjects"),
        (ask("s3", "GET", "/b?list-type=2&prefix=x"), "ListObjectsV2"),
        (ask("s3", "GET", "/b?location"), "GetBucketLocation"),
        (ask("s3", "GET", "/b?acl="), "GetBucketAcl"),
        (ask("s3", "HEAD", "/b"), "HeadBucket"),
        (ask("s3", "GET", "/b/k"), "GetObject"),
        (ask("s3", "GET", "/b/k/l/"), "GetObject"),
        (ask("s3", "GET", "/b/k?acl"), "GetObjectAcl"),
        (ask("s3", "GET", "/b/k?uploadId=1"), "ListParts"),
        (ask("s3", "GET", "/b/k?x-id=GetObject"), "GetObject"),
        (ask("s3", "PUT", "/b/k"), "PutObject"),
        (ask("s3", "PUT", "/b/k", ("x-amz-copy-source", "a/b")), "CopyObject"),
        (ask("s3", "PUT", "/b/k?partNumber=1&uploadId=1"), "UploadPart"),
        (
            ask("s3", "PUT", "/b/k?partNumber=1&uploadId=1", ("X-Amz-Copy-Source", "a/b")),
            "UploadPartCopy",
        ),
        (ask("s3", "POST", "/b/k?select&select-type=2"), "SelectObjectContent"),
        (ask("s3", "GET", "/v20180820/jobs"), "ListJobs"),
        (ask("lambda", "GET", "/2015-03-31/functions"), "ListFunctions"),
        (ask("lambda", "GET", "/2015-03-31/functions/"), "ListFunctions"),
        (ask("lambda", "GET", "/2015-03-31/functions/arn%3Aaws%3Alambda"), "GetFunction"),
    ],
)
def test_rest_operations_are_told_apart(
    models: ServiceModels, request_: WireRequest, operation: str
) -> None:
    found = route(request_, models)

    assert found.operation == operation
    assert found.region == "eu-west-1"


def test_labels_are_decoded_once(models: ServiceModels) -> None:
    found = route(ask("s3", "GET", "/b/a%2520b/c%2Fd+e"), models)

    assert found.labels == {"Bucket": "b", "Key": "a%20b/c/d+e"}


def test_cloudwatch_is_understood_in_its_three_protocols(models: ServiceModels) -> None:
    target = ("X-Amz-Target", "GraniteServiceVersion20100801.ListMetrics")
    form = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
    path = "/service/GraniteServiceVersion20100801/operation/ListMetrics"
    requests = {
        "json": ask("monitoring", "POST", "/", target),
        "query": ask(
            "monitoring", "POST", "/", form, body=b"Action=ListMetrics&Version=2010-08-01"
        ),
        "smithy-rpc-v2-cbor": ask("monitoring", "POST", path, ("smithy-protocol", "rpc-v2-cbor")),
    }

    for protocol, request in requests.items():
        found = route(request, models)
        assert (found.service, found.operation) == ("cloudwatch", "ListMetrics")
        assert found.protocol == protocol


def test_elb_generations_are_told_apart_by_their_version(models: ServiceModels) -> None:
    form = ("Content-Type", "application/x-www-form-urlencoded")
    for version, service in (("2012-06-01", "elb"), ("2015-12-01", "elbv2")):
        body = f"Action=DescribeLoadBalancers&Version={version}".encode()
        request = ask("elasticloadbalancing", "POST", "/", form, body=body)
        assert route(request, models).service == service


@pytest.mark.parametrize(
    ("target", "service", "region"),
    [
        (
            "/b/k?X-Amz-Credential=AKIA%2F20260101%2Feu-north-1%2Fs3%2Faws4_request",
            "s3",
            "eu-north-1",
        ),
        ("/b/k?AWSAccessKeyId=AKIA&Signature=x%3D&Expires=1", "s3", "us-east-1"),
    ],
)
def test_presigned_links_name_their_service(
    models: ServiceModels, target: str, service: str, region: str
) -> None:
    found = route(WireRequest("GET", target, ()), models)

    assert (found.service, found.operation, found.region) == (service, "GetObject", region)


@pytest.mark.parametrize(
    "request_",
    [
        WireRequest("GET", "/b/k", ()),
        ask("no-such-service"),
        ask("s3", "PATCH", "/b"),
        ask("ce", "POST", "/", ("X-Amz-Target", "AmazonAthena.GetQueryResults")),
        ask("ce", "POST", "/", ("X-Amz-Target", "GetCostAndUsage")),
        ask("ce", "POST", "/", ("X-Amz-Target", "AWSInsightsIndexService.")),
        ask("ce", "POST", "/", ("X-Amz-Target", "AWSInsightsIndexService.getcostandusage")),
        WireRequest("GET", "/", (("Authorization", "AWS AKIA:sig"),)),
        WireRequest("GET", "/", (("Authorization", "AWS4-HMAC-SHA256 Credential=x"),)),
    ],
)
def test_what_names_nothing_known_is_refused(models: ServiceModels, request_: WireRequest) -> None:
    with pytest.raises(MalformedRequest) as refused:
        route(request_, models)

    assert 400 <= refused.value.refusal.status < 500
