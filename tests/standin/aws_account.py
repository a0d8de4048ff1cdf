"""A stand-in of AWS that nobody here wrote: moto's server, behind a check of every signature.

Signature Version 4 is checked from its description ("Create a signed AWS API request", IAM User
Guide), with no code of an SDK: a request whose signature does not fit what arrived is turned away.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, quote

from moto.backends import get_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

ACCESS_KEY = "AKIAEXAMPLEEXAMPLE00"
SECRET_KEY = "an-example-secret-of-the-tests"
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([\w-]+)/([\w-]+)/aws4_request, ?"
    r"SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})"
)

StartResponse = Callable[..., Any]


@dataclass
class AwsStandIn:
    """moto on a port of loopback; `refused` says why requests were turned away.

    `scripted` are answers for what moto does not have, by operation: the fields of a result, or an
    error's code and message.
    """

    scripted: dict[str, dict[str, Any] | tuple[str, str]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=lambda: {ACCESS_KEY: SECRET_KEY})
    """Secrets by access key."""
    signed_by: list[tuple[str, str]] = field(default_factory=list)
    """Access key and service of each request that was let through."""
    refused: list[str] = field(default_factory=list)
    verified: list[tuple[str, str]] = field(default_factory=list)
    """Signing region and service of each request that was let through."""

    def __enter__(self) -> Self:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._check, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def key_of(self, account: str) -> tuple[str, str]:
        """An access key of an IAM user in another account: its id and its secret."""
        iam = get_backend("iam")[account]["aws"]
        if "ana" not in iam.users:
            iam.create_user("us-east-1", "ana")
        key = iam.create_access_key("ana")
        self.keys[key.access_key_id] = key.secret_access_key
        return key.access_key_id, key.secret_access_key

    def _check(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        problem = self._problem(environ, body)
        if problem:
            self.refused.append(problem)
            start("403 Forbidden", [("Content-Type", "text/xml")])
            return [
                b"<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>"
                + problem.encode()
                + b"</Message></Error></ErrorResponse>"
            ]

        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        if operation in self.scripted:
            told = self.scripted[operation]
            failed = isinstance(told, tuple)
            fields = {"__type": told[0], "message": told[1]} if isinstance(told, tuple) else told
            start(
                "400 Bad Request" if failed else "200 OK",
                [("Content-Type", "application/x-amz-json-1.1")],
            )
            return [json.dumps(fields).encode()]

        def start_answer(status: str, *rest: Any) -> Any:
            # What moto lacks is a 500 there, which clients would try again.
            return start("501 Not Implemented" if status.startswith("500") else status, *rest)

        answer: Iterable[bytes] = self._moto(environ, start_answer)
        return answer

    def _problem(self, environ: dict[str, Any], body: bytes) -> str:
        found = AUTHORIZATION.fullmatch(environ.get("HTTP_AUTHORIZATION", ""))
        if found is None:
            return "no signature of version 4 in the Authorization header"
        key, day, region, service, signed, signature = found.groups()
        if key not in self.keys:
            return f"unknown access key {key}"
        canonical = _canonical_request(environ, signed.split(";"), service, body)
        text = "\n".join(
            [
                "AWS4-HMAC-SHA256",
                environ.get("HTTP_X_AMZ_DATE", ""),
                f"{day}/{region}/{service}/aws4_request",
                hashlib.sha256(canonical.encode()).hexdigest(),
            ]
        )
        secret = f"AWS4{self.keys[key]}".encode()
        for part in (day, region, service, "aws4_request"):
            secret = hmac.digest(secret, part.encode(), "sha256")
        expected = hmac.new(secret, text.encode(), "sha256").hexdigest()
        if not hmac.compare_digest(expected, signature):
            return f"the signature does not fit:\n{canonical}"
        self.verified.append((region, service))
        self.signed_by.append((key, service))
        return ""


def _canonical_request(
    environ: dict[str, Any], signed: list[str], service: str, body: bytes
) -> str:
    path, _, query = environ["RAW_URI"].partition("?")
    # Every service but S3 signs the path encoded once more.
    path = path if service == "s3" else quote(path, safe="/-_.~")
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(query, keep_blank_values=True)
    )
    headers = {name: " ".join(_header(environ, name).split()) for name in signed}
    digest = environ.get("HTTP_X_AMZ_CONTENT_SHA256") or hashlib.sha256(body).hexdigest()
    return "\n".join(
        [
            environ["REQUEST_METHOD"],
            path or "/",
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{value}" for name, value in headers.items()),
            "",
            ";".join(signed),
            digest,
        ]
    )


def _header(environ: dict[str, Any], name: str) -> str:
    key = name.upper().replace("-", "_")
    plain = {"CONTENT_TYPE", "CONTENT_LENGTH"}
    return str(environ.get(key if key in plain else f"HTTP_{key}", ""))
