"""Our verifier against botocore's own signer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from finops_repl.aws.http import WireRequest
from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.signature import verify_signature

KEY, SECRET = "FINOPSKEY", "c2VjcmV0/+"


def signed(service: str, method: str, target: str, body: bytes = b"") -> WireRequest:
    """A request that botocore signed, as it arrives."""
    request = AWSRequest(
        method, f"http://127.0.0.1:9{target}", headers={"X-Spaced": " a   b "}, data=body
    )
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    kind(Credentials(KEY, SECRET), service, "eu-west-1").add_auth(request)
    url = urlsplit(str(request.prepare().url))
    arrived = url.path + (f"?{url.query}" if url.query else "")
    headers = (("Host", "127.0.0.1:9"), *((k, str(v)) for k, v in request.headers.items()))
    return WireRequest(method, arrived, headers, body)


SIGNED = [
    ("sts", "POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15"),
    ("lambda", "GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3A1?Qualifier=%24LATEST&a=", b""),
    ("lambda", "GET", "/2015-03-31/functions/", b""),
    ("apigateway", "GET", "/a//b/./c", b""),
    ("s3", "GET", "/b/a//b/../c%20d%2Be~f", b""),
    ("s3", "GET", "/b?list-type=2&prefix=a%20b%2Bc&delimiter=%2F", b""),
    ("s3", "PUT", "/b/k", b"bytes \x00\xff"),
]


@pytest.mark.parametrize(("service", "method", "target", "body"), SIGNED)
def test_what_botocore_signs_is_accepted(
    service: str, method: str, target: str, body: bytes
) -> None:
    verify_signature(signed(service, method, target, body), KEY, SECRET, now=datetime.now(UTC))


HONEST = signed("s3", "GET", "/b/k?list-type=2", b"abc")
SIGNED_AT = datetime.strptime(HONEST.header("X-Amz-Date"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
CHANGED = {
    "method": replace(HONEST, method="DELETE"),
    "path": replace(HONEST, target="/b/other?list-type=2"),
    "query": replace(HONEST, target="/b/k?list-type=2&acl"),
    "body": replace(HONEST, body=b"abd"),
    "host": replace(HONEST, headers=(("Host", "evil"), *HONEST.headers[1:])),
    "a header more": replace(HONEST, headers=(*HONEST.headers, ("X-Amz-Target", "A.B"))),
    "no signature": replace(HONEST, headers=HONEST.headers[:1]),
    "presigned": replace(
        HONEST,
        headers=HONEST.headers[:1],
        target="/b/k?X-Amz-Credential=FINOPSKEY/20260101/us-east-1/s3/aws4_request",
    ),
    "payload declared unsigned": replace(
        HONEST,
        headers=tuple(
            (k, "UNSIGNED-PAYLOAD" if k.lower() == "x-amz-content-sha256" else v)
            for k, v in HONEST.headers
        ),
    ),
}


@pytest.mark.parametrize("request_", CHANGED.values(), ids=list(CHANGED))
def test_what_was_changed_after_signing_is_refused(request_: WireRequest) -> None:
    with pytest.raises(MalformedRequest) as refused:
        verify_signature(request_, KEY, SECRET, now=SIGNED_AT)
    assert refused.value.refusal.status == 403


@pytest.mark.parametrize(("key", "secret"), [("OTHER", SECRET), (KEY, "other")])
def test_another_key_is_refused(key: str, secret: str) -> None:
    with pytest.raises(MalformedRequest):
        verify_signature(HONEST, key, secret, now=SIGNED_AT)


@pytest.mark.parametrize("minutes", [-16, 16])
def test_old_signature_is_worth_nothing(minutes: int) -> None:
    with pytest.raises(MalformedRequest, match="another time"):
        verify_signature(HONEST, KEY, SECRET, now=SIGNED_AT + timedelta(minutes=minutes))
