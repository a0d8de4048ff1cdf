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


def profile_text(
    name: str = "default", key_id: str = ACCESS_KEY, secret: str = SECRET_KEY, token: str = ""
) -> str:
    """A profile of the AWS command line's credentials file, unless told otherwise with our key."""
    keys = {"aws_access_key_id": key_id, "aws_secret_access_key": secret}
    if token:
        keys["aws_session_token"] = token
    return "\n".join([f"[{name}]", *(f"{key} = {value}" for key, value in keys.items()), ""])


@dataclass(frozen=True)
class Arrived:
    """A request as it came, its signature found right."""

    region: str
    service: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def __str__(self) -> str:
        """What it asks for, read off the bytes: `ec2 Action=DescribeVpcs&Version=2016-11-15`."""
        operation = self.headers.get("X-AMZ-TARGET", "").rpartition(".")[2]
        if operation:
            return f"{self.service} {operation} {self.body.decode()}"
        if self.method == "POST" and self.target == "/":
            return f"{self.service} {self.body.decode()}"
        return f"{self.service} {self.method} {self.target}"

    @property
    def everything(self) -> str:
        """Every byte of it, for a search."""
        return f"{self.method} {self.target} {self.headers} {self.body!r}"


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
    arrived: list[Arrived] = field(default_factory=list)
    session_token: str = ""
    """What each request has to bear, where it is not empty."""
    answers: bool = True
    """Whether moto answers; else what it would be asked is only checked and kept."""
    known: list[bool] = field(default_factory=list)
    """Of each request that was let through, whether moto knows its operation."""
    refuses: str = ""
    """A service whose signatures never fit."""

    @property
    def verified(self) -> list[tuple[str, str]]:
        """Signing region and service of each request that was let through."""
        return [(request.region, request.service) for request in self.arrived]

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
            iam.create_access_key("ana")
        key = iam.users["ana"].access_keys[0]
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
        if not self.answers:
            start("501 Not Implemented", [("Content-Type", "text/plain")])
            return []

        def start_answer(status: str, *rest: Any) -> Any:
            self.known.append(not status.startswith(("404 NOT FOUND", "500", "501")))
            # What moto lacks is a 500 there, which clients would try again.
            return start("501 Not Implemented" if status.startswith("500") else status, *rest)

        try:
            answer: Iterable[bytes] = self._moto(environ, start_answer)
        except Exception:  # whatever moto stumbles over: it is to be a 501, as above
            self.known.append(False)
            start("501 Not Implemented", [("Content-Type", "text/plain")])
            return []
        return answer

    def _problem(self, environ: dict[str, Any], body: bytes) -> str:
        found = AUTHORIZATION.fullmatch(environ.get("HTTP_AUTHORIZATION", ""))
        if found is None:
            return "no signature of version 4 in the Authorization header"
        key, day, region, service, signed, signature = found.groups()
        if key not in self.keys:
            return f"unknown access key {key}"
        if environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "") != self.session_token:
            return "another session token"
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
        if service == self.refuses or not hmac.compare_digest(expected, signature):
            # AWS, too, quotes all of this.
            return f"the signature does not fit, key {key}:\n{canonical}"
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): str(value)
            for name, value in environ.items()
            if name.startswith(("HTTP_", "CONTENT_"))
        }
        method, target = environ["REQUEST_METHOD"], environ["RAW_URI"]
        self.arrived.append(Arrived(region, service, method, target, headers, body))
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
