"""The door for other programs: HTTP on 127.0.0.1, for whoever holds this start's key."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from finops_repl.aws.call import Caller
from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.signature import verify_signature
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.http_server import HttpServer

__all__ = ["LoopbackDoor", "open_loopback"]


@dataclass(frozen=True, slots=True)
class LoopbackDoor:
    """An open door: where it is, and the key of this start."""

    url: str
    access_key_id: str
    secret: str = field(repr=False)
    region: str = "us-east-1"

    def environment(self) -> Mapping[str, str]:
        """The variables that turn any AWS SDK or the AWS CLI to this door."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@contextmanager
def open_loopback(
    gateway: Gateway, caller: Caller, *, port: int = 0, region: str = "us-east-1"
) -> Iterator[LoopbackDoor]:
    """Serve `gateway` on 127.0.0.1 until the block ends; port 0 takes a free one.

    Each start makes its own access key. A request that was not signed with it is refused, so that
    no other user or program of this machine comes through.
    """
    access_key_id = f"FINOPS{secrets.token_hex(7).upper()}"
    secret = secrets.token_urlsafe(30)

    def answer(request: WireRequest) -> WireResponse:
        try:
            verify_signature(request, access_key_id, secret, now=datetime.now(UTC))
        except MalformedRequest as error:
            return gateway.turn_away(error.refusal, caller, request=request)
        return gateway.handle(request, caller)

    server = HttpServer(port, answer, lambda refusal: gateway.turn_away(refusal, caller))
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield LoopbackDoor(server.url, access_key_id, secret, region)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
