"""Whether a request was signed with a given key: Signature Version 4, in its Authorization header.

Source: AWS General Reference, "Create a signed AWS API request".
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
import re
from datetime import datetime, timedelta
from urllib.parse import quote

from finops_repl.aws.http import WireRequest
from finops_repl.aws.wire.credential import Credential, credential_of
from finops_repl.aws.wire.form_body import form_pairs
from finops_repl.aws.wire.malformed import MalformedRequest

__all__ = ["verify_signature"]

SKEW = timedelta(minutes=15)
_PARTS = re.compile(r"SignedHeaders=([a-z0-9;_.-]+),\s*Signature=([0-9a-f]{64})$")
_UNHASHED = ("UNSIGNED-PAYLOAD", "STREAMING-")


def verify_signature(
    request: WireRequest, access_key_id: str, secret: str, *, now: datetime
) -> None:
    """Raise `MalformedRequest` (403) unless the key signed this method, target, host and body."""
    credential = credential_of(request)
    if credential is None or credential.place != "header":
        raise _denied("MissingAuthenticationToken", "sign requests in their Authorization header")
    if not hmac.compare_digest(credential.access_key_id.encode(), access_key_id.encode()):
        raise _denied("InvalidClientTokenId", "this access key is not the one of this door")
    parts = _PARTS.search(request.header("Authorization"))
    if parts is None:
        raise _denied("IncompleteSignature", "the Authorization header lacks a signature")
    signed_headers = parts[1].split(";")
    if "host" not in signed_headers or "x-amz-date" not in signed_headers:
        raise _denied("IncompleteSignature", "host and x-amz-date have to be signed")
    sent = {name.lower() for name, _ in request.headers}
    if unsigned := {name for name in sent if name.startswith("x-amz-")} - set(signed_headers):
        raise _denied("SignatureDoesNotMatch", f"{min(unsigned)} is not signed")
    moment = _moment(request, credential)
    if abs(now - moment) > SKEW:
        raise _denied("RequestTimeTooSkewed", "the request was signed at another time")
    expected = _signature(request, credential, secret, signed_headers)
    if not hmac.compare_digest(expected, parts[2]):
        raise _denied("SignatureDoesNotMatch", "the signature is not that of this door's key")


def _signature(
    request: WireRequest, credential: Credential, secret: str, signed_headers: list[str]
) -> str:
    headers = "".join(
        f"{name}:{' '.join(','.join(request.header_values(name)).split())}\n"
        for name in signed_headers
    )
    canonical = "\n".join(
        (
            request.method,
            _canonical_path(request.path, credential.signing_name),
            _canonical_query(request.query),
            headers,
            ";".join(signed_headers),
            _body_hash(request),
        )
    )
    scope = f"{credential.day}/{credential.region}/{credential.signing_name}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{request.header('X-Amz-Date')}\n{scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def _canonical_path(path: str, signing_name: str) -> str:
    """As sent for S3; for every other service normalised and escaped once more."""
    if signing_name == "s3":
        return path or "/"
    normal = posixpath.normpath(path or "/").replace("//", "/")
    if path.endswith("/") and normal != "/":
        normal += "/"
    return quote(normal, safe="/~")


def _canonical_query(query: str) -> str:
    pairs = form_pairs(query)
    encoded = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _body_hash(request: WireRequest) -> str:
    """What arrived, hashed, unless the client says that it signed no hash of it."""
    declared = request.header("X-Amz-Content-SHA256")
    if declared.startswith(_UNHASHED):
        return declared
    return hashlib.sha256(request.body).hexdigest()


def _moment(request: WireRequest, credential: Credential) -> datetime:
    try:
        moment = datetime.strptime(request.header("X-Amz-Date"), "%Y%m%dT%H%M%S%z")
    except ValueError as error:
        raise _denied("IncompleteSignature", "X-Amz-Date is no date") from error
    if f"{moment:%Y%m%d}" != credential.day:
        raise _denied("SignatureDoesNotMatch", "the credential is of another day")
    return moment


def _denied(code: str, message: str) -> MalformedRequest:
    return MalformedRequest(message, code=code, status=403)
