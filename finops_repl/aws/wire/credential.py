"""Who a request says it is signed by, and for which service and region; nothing is verified."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from finops_repl.aws.http import WireRequest
from finops_repl.aws.wire.form_body import form_pairs
from finops_repl.aws.wire.malformed import MalformedRequest

__all__ = ["QUERY_SIGNATURE", "Credential", "credential_of"]

QUERY_SIGNATURE = frozenset(
    {
        "AWSAccessKeyId",
        "Expires",
        "Signature",
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-Security-Token",
        "X-Amz-Signature",
        "X-Amz-SignedHeaders",
        "x-amz-security-token",
    }
)
"""The parameters of a presigned link (versions 4 and 2), which no operation takes for its own."""

_SCOPE = re.compile(r"([\w+=,.@-]+)/(\d{8})/([a-z0-9-]+)/([a-zA-Z0-9-]+)/aws4_request")
_HEADER = re.compile(r"AWS4-HMAC-SHA256[ \t]+(?:.*,[ \t]*)?Credential=([^,\s]+)")


@dataclass(frozen=True, slots=True)
class Credential:
    """The credential scope of a request: key id, day (YYYYMMDD), region, signing name."""

    access_key_id: str
    day: str
    region: str
    signing_name: str
    place: Literal["header", "query"]


def credential_of(request: WireRequest) -> Credential | None:
    """The request's credential scope; None when it is unsigned.

    Raises `MalformedRequest` when it is signed twice, in a way that names no region (SigV4a,
    SigV2 headers), or illegibly.
    """
    authorization = request.header("Authorization")
    query = form_pairs(request.query)
    presigned = [value for name, value in query if name == "X-Amz-Credential"]
    legacy = [value for name, value in query if name == "AWSAccessKeyId"]
    if len(presigned) + len(legacy) + bool(authorization) > 1:
        raise MalformedRequest("the request is signed more than once", code="InvalidRequest")
    if legacy:
        # S3 is the only service whose URLs botocore still signs this way; they name no region.
        return Credential(legacy[0], "", "us-east-1", "s3", "query")
    if presigned:
        return _scope(presigned[0], "query")
    if not authorization or authorization.startswith("Bearer "):
        return None
    named = _HEADER.match(authorization)
    if named is None or authorization.count("Credential=") > 1:
        raise MalformedRequest(
            "the Authorization header is not AWS4-HMAC-SHA256, the only scheme accepted here",
            code="IncompleteSignature",
        )
    return _scope(named[1], "header")


def _scope(text: str, place: Literal["header", "query"]) -> Credential:
    scope = _SCOPE.fullmatch(text)
    if scope is None:
        raise MalformedRequest(
            "the credential is not of the form key/day/region/service/aws4_request",
            code="IncompleteSignature",
        )
    return Credential(scope[1], scope[2], scope[3], scope[4], place)
