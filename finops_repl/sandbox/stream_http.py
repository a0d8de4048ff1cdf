"""HTTP/1.1 on a stream of the tunnel: complete requests for the door, its responses back."""

from __future__ import annotations

import http
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from finops_repl.aws.call import Refusal
from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.aws.wire.head import MAX_HEAD_BYTES, body_length, head_end, read_head
from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.sandbox.allowance import Allowance, Share
from finops_repl.sandbox.tunnel import Stream, StreamEnded

if TYPE_CHECKING:
    import h11

__all__ = ["serve_http"]

MAX_BODY_BYTES = 8 * 1024 * 1024
SMALL_BYTES = 64 * 1024
IDLE_S = 120.0
"""How long a connection may stand without a request."""
CROWDED = 32
"""With more connections than this, each is closed after its response: SDKs keep one a client."""
FRAMING = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"})
"""Response headers that belong to this connection and are set here."""
NO_HEAD = WireRequest("", "", ())
CODES = {
    405: "MethodNotAllowed",
    413: "RequestEntityTooLarge",
    431: "RequestHeaderSectionTooLarge",
}
"""Error codes that no SDK takes for a reason to try again."""


class _Refused(Exception):
    """A request that the door does not get to see; `head` is what is known of it."""

    def __init__(self, refusal: Refusal, head: WireRequest) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.head = head


def serve_http(
    stream: Stream,
    open_now: int,
    door: Callable[[WireRequest], WireResponse],
    allowance: Allowance,
) -> None:
    """Serve one connection until its client goes, asks for the end or breaks HTTP."""
    import h11  # 20 ms: only a script that calls AWS pays for it

    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
    keep = open_now <= CROWDED
    try:
        with allowance.share() as share:
            while (request := _next_request(connection, stream, share)) is not None:
                response = door(request)
                share.give_back()
                if not share.take(len(response.body)):
                    raise _Refused(_too_much(allowance), request)
                _answer(connection, stream, request.method, response, keep=keep)
                share.give_back()
                if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                    return
                connection.start_next_cycle()
    except h11.RemoteProtocolError as error:
        status = error.error_status_hint
        _refuse(connection, stream, _Refused(Refusal(_code(status), str(error), status), NO_HEAD))
    except _Refused as refused:
        _refuse(connection, stream, refused)
    except StreamEnded:
        return


def _next_request(connection: h11.Connection, stream: Stream, share: Share) -> WireRequest | None:
    """The next complete request; None when the client has gone or nothing comes."""
    import h11

    head = NO_HEAD
    body = bytearray()
    looked_at = 0
    while True:
        if connection.their_state is h11.IDLE:
            looked_at = _check_head(connection, looked_at)
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[], reason="Continue")
                stream.write(connection.send(go_on) or b"")
            data = stream.read(IDLE_S)
            if not data:
                return None
            connection.receive_data(data)
        elif isinstance(event, h11.Request):
            head = WireRequest(
                event.method.decode("ascii"),
                event.target.decode("latin-1"),
                tuple(
                    (name.decode("latin-1"), value.decode("latin-1"))
                    for name, value in event.headers.raw_items()
                ),
            )
            if head.method == "CONNECT":
                raise _Refused(Refusal(_code(405), "this is no proxy", 405), head)
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_BODY_BYTES:
                why = f"a body of more than {MAX_BODY_BYTES >> 20} MB"
                raise _Refused(Refusal(_code(413), why, 413), head)
            if not share.take(len(event.data)):
                raise _Refused(_too_much(share.allowance), head)
        elif isinstance(event, h11.EndOfMessage):
            if event.headers:
                why = "trailers, which carry nothing that is read here"
                raise _Refused(Refusal(_code(400), why), head)
            return replace(head, body=bytes(body))
        else:  # h11.ConnectionClosed, h11.PAUSED: nothing follows that could be answered
            return None


def _too_much(allowance: Allowance) -> Refusal:
    why = (
        f"the script has {allowance.most >> 20} MB of requests and responses under way already:"
        " let some of them end first"
    )
    return Refusal(_code(413), why, 413)


def _code(status: int) -> str:
    return CODES.get(status, "InvalidRequest")


def _check_head(connection: h11.Connection, looked_at: int) -> int:
    """Refuse a head that h11 forgives and another reader would read differently.

    Bytes before `looked_at` hold no end of it; returns how many there are now.
    """
    arrived, _ = connection.trailing_data
    end = head_end(arrived, max(0, looked_at - 3))
    if end >= 0:
        try:
            body_length(read_head(arrived[:end]))
        except MalformedRequest as error:
            raise _Refused(error.refusal, NO_HEAD) from None
    return len(arrived)


def _answer(
    connection: h11.Connection, stream: Stream, method: str, response: WireResponse, *, keep: bool
) -> None:
    import h11

    body = response.body
    headers = [(name, value) for name, value in response.headers if name.lower() not in FRAMING]
    told_length = next(
        (value for name, value in response.headers if name.lower() == "content-length"), None
    )
    length = told_length if method == "HEAD" and told_length is not None else str(len(body))
    if response.status not in (204, 304):
        headers.append(("Content-Length", length))
    if not keep:
        headers.append(("Connection", "close"))
    try:
        reason = http.HTTPStatus(response.status).phrase
    except ValueError:
        reason = ""
    head = h11.Response(status_code=response.status, headers=headers, reason=reason)
    parts = [connection.send(head) or b""]
    if method != "HEAD" and body:
        parts += connection.send_with_data_passthrough(h11.Data(data=body)) or []
    parts.append(connection.send(h11.EndOfMessage()) or b"")
    if len(body) <= SMALL_BYTES:
        parts = [b"".join(parts)]  # a head on its own would cost a packet and a delay
    for part in parts:
        if part:
            stream.write(part)


def _refuse(connection: h11.Connection, stream: Stream, refused: _Refused) -> None:
    """Say why as AWS would, where a response may still be sent, and leave the connection to end."""
    import h11

    from finops_repl.aws.wire.refusals import serialise_refusal  # only a refusal pays for it

    if connection.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
        return
    response = serialise_refusal(refused.refusal, request=refused.head)
    try:
        _answer(connection, stream, refused.head.method, response, keep=False)
    except StreamEnded:
        return
