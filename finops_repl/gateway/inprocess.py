"""The door for our own code: boto3 sessions whose requests the gateway answers without HTTP."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from finops_repl.aws.call import Caller
from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.gateway.gateway import Gateway

if TYPE_CHECKING:
    import boto3
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

__all__ = ["session"]

# An address, so that S3 clients write buckets into the path, as they do inside the sandbox.
ENDPOINT = "http://127.0.0.1"


def session(gateway: Gateway, caller: Caller, *, region: str = "us-east-1") -> boto3.Session:
    """A boto3 session for `caller`; its clients work as usual, but reach the gateway alone.

    It holds dummy keys and reads no environment variable, no file below `~/.aws` and no instance
    metadata, so that nothing of the user's own set-up can leak into what is asked.
    """
    import boto3
    import botocore.session

    core = botocore.session.Session(session_vars=_deaf_variables())
    core.register_component("data_loader", gateway.models.client_loader())
    core.set_credentials("finops-repl", "not-a-secret")

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        return _aws_response(request, gateway.handle(_wire_request(request), caller))

    # First, so that no other hook can answer or alter what the gateway is to see.
    core.get_component("event_emitter").register_first("before-send", answer)

    class GatewaySession(boto3.Session):
        """Sends every client to the address that the hook answers for."""

        def client(self, *args: Any, **options: Any) -> Any:
            options.setdefault("endpoint_url", ENDPOINT)
            return super().client(*args, **options)

        def resource(self, *args: Any, **options: Any) -> Any:
            options.setdefault("endpoint_url", ENDPOINT)
            return super().resource(*args, **options)

    return GatewaySession(botocore_session=core, region_name=region)


def _deaf_variables() -> dict[str, tuple[None, None, Any, Any]]:
    """botocore's settings with their defaults, cut off from environment and files."""
    import os

    from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

    settings: dict[str, tuple[None, None, Any, Any]] = {
        name: (None, None, default, convert)
        for name, (_, _, default, convert) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
    }
    for name in ("config_file", "credentials_file"):
        settings[name] = (None, None, os.devnull, None)
    return settings


def _wire_request(request: AWSPreparedRequest) -> WireRequest:
    url = urlsplit(str(request.url))
    target = url.path or "/"
    if url.query:
        target += f"?{url.query}"
    headers = [(str(name), _text(value)) for name, value in request.headers.items()]
    headers = [(name, value) for name, value in headers if name.lower() != "host"]
    headers.append(("Host", url.netloc))
    body = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    raw = body.encode() if isinstance(body, str) else bytes(body)
    # What the client announced for HTTP's sake; the body is complete here.
    headers = [(n, v) for n, v in headers if n.lower() not in ("transfer-encoding", "expect")]
    return WireRequest(str(request.method), target, tuple(headers), raw)


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _aws_response(request: AWSPreparedRequest, response: WireResponse) -> AWSResponse:
    from botocore.awsrequest import AWSResponse

    headers: Any = dict(response.headers)
    return AWSResponse(str(request.url), response.status, headers, _RawBody(response.body))


class _RawBody(io.BytesIO):
    """A body as urllib3 hands it to botocore: readable, and streamable in pieces."""

    def stream(self, amt: int = 65_536, decode_content: bool | None = None) -> Iterator[bytes]:
        while piece := self.read(amt):
            yield piece
