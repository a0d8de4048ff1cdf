"""A server of the Messages API with scripted turns: real HTTP, real server-sent events, faults.

    with MessagesStandIn([Turn(Text("Hello"))]) as server:
        ...ANTHROPIC_BASE_URL=server.url...

`python -m tests.standin.messages_api` serves one polite answer for ever, for a look by hand.
"""

from __future__ import annotations

import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

__all__ = [
    "Call",
    "Failure",
    "MessagesStandIn",
    "Other",
    "Request",
    "Text",
    "Thinking",
    "Turn",
    "assert_calls_answered_once",
    "assert_prefix_extensions",
]

Framing = Literal["chunked", "close-delimited"]
Fields = dict[str, Any]


@dataclass(frozen=True)
class Text:
    """Text, sent in pieces of so many characters."""

    text: str
    piece: int = 7


@dataclass(frozen=True)
class Thinking:
    text: str = "Let me see."
    signature: str = "signed"


@dataclass(frozen=True)
class Call:
    """A tool call; `raw` is sent in place of the input's JSON, however broken."""

    name: str
    input: Any = None
    id: str = ""
    raw: str | None = None


@dataclass(frozen=True)
class Other:
    """A block of any other kind, sent as it is at its start and grown by its deltas."""

    fields: Mapping[str, Any]
    deltas: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Turn:
    """One reply: its blocks, why it stopped, and what goes wrong while it is sent.

    `drop_after` closes the connection after so many events, `stall_after` sends no more but keeps
    it open, `error_after` sends an `error` event of the kind given, which says `error_message`.
    `cached` are the fields of usage that caches add.
    """

    blocks: tuple[Text | Thinking | Call | Other, ...] = ()
    stop: str = ""
    framing: Framing = "chunked"
    drop_after: int | None = None
    stall_after: int | None = None
    error_after: tuple[int, str] | None = None
    stop_details: Mapping[str, Any] | None = None
    input_tokens: int = 100
    output_tokens: int = 20
    error_message: str = "as scripted"
    cached: Mapping[str, int] | None = None

    def __init__(
        self,
        *blocks: Text | Thinking | Call | Other,
        stop: str = "",
        framing: Framing = "chunked",
        drop_after: int | None = None,
        stall_after: int | None = None,
        error_after: tuple[int, str] | None = None,
        stop_details: Mapping[str, Any] | None = None,
        input_tokens: int = 100,
        output_tokens: int = 20,
        error_message: str = "as scripted",
        cached: Mapping[str, int] | None = None,
    ) -> None:
        calls = any(isinstance(block, Call) for block in blocks)
        for name, value in {
            "blocks": blocks,
            "stop": stop or ("tool_use" if calls else "end_turn"),
            "framing": framing,
            "drop_after": drop_after,
            "stall_after": stall_after,
            "error_after": error_after,
            "stop_details": stop_details,
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
            "error_message": error_message,
            "cached": cached,
        }.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Failure:
    """A reply with an error status in place of a stream."""

    status: int
    kind: str
    message: str = "as scripted"
    retry_after: str | None = None


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    path: str
    headers: Mapping[str, str]
    body: Fields

    @property
    def messages(self) -> list[Fields]:
        messages: list[Fields] = self.body["messages"]
        return messages


Script = Iterable[Turn | Failure] | Callable[[Request], Turn | Failure]


class MessagesStandIn:
    """Serves the script on a free loopback port and keeps every request."""

    def __init__(self, script: Script, *, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.looked_up: list[str] = []
        self.described: Fields = {}  # what it tells of a model; nothing by itself
        self._turns = None if callable(script) else iter(script)
        self._decide = script if callable(script) else None
        self._lock = threading.Lock()
        self._calls = 0
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        """For ANTHROPIC_BASE_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def reply_to(self, request: Request) -> Turn | Failure:
        """The script's next turn; a script at its end is an error that no client retries."""
        with self._lock:
            self.requests.append(request)
            if self._decide is not None:
                return self._decide(request)
            assert self._turns is not None
            over = Failure(400, "invalid_request_error", "the stand-in's script is at its end")
            return next(self._turns, over)

    def new_call_id(self) -> str:
        with self._lock:
            self._calls += 1
            return f"toolu_{self._calls}"


def events_of(turn: Turn, new_call_id: Callable[[], str]) -> Iterator[Fields]:
    """The events of a turn in the wire's order."""
    yield {
        "type": "message_start",
        "message": {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "stand-in",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {
                "input_tokens": turn.input_tokens,
                "output_tokens": 1,
                **(turn.cached or {}),
            },
        },
    }
    yield {"type": "ping"}
    for index, block in enumerate(turn.blocks):
        start, deltas = _block_events(block, new_call_id)
        yield {"type": "content_block_start", "index": index, "content_block": start}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    yield {
        "type": "message_delta",
        "delta": {
            "stop_reason": turn.stop,
            "stop_sequence": None,
            "stop_details": turn.stop_details,
        },
        "usage": {"output_tokens": turn.output_tokens},
    }
    yield {"type": "message_stop"}


def _block_events(
    block: Text | Thinking | Call | Other, new_call_id: Callable[[], str]
) -> tuple[Fields, list[Fields]]:
    match block:
        case Text(text, piece):
            pieces = [text[i : i + piece] for i in range(0, len(text), piece)]
            deltas = [{"type": "text_delta", "text": piece} for piece in pieces]
            return {"type": "text", "text": ""}, deltas
        case Thinking(text, signature):
            return {"type": "thinking", "thinking": "", "signature": ""}, [
                {"type": "thinking_delta", "thinking": text},
                {"type": "signature_delta", "signature": signature},
            ]
        case Call(name, given, call_id, raw):
            text = json.dumps({} if given is None else given) if raw is None else raw
            pieces = ["", *(text[i : i + 11] for i in range(0, len(text), 11))]
            start = {
                "type": "tool_use",
                "id": call_id or new_call_id(),
                "name": name,
                "input": {},
            }
            return start, [{"type": "input_json_delta", "partial_json": p} for p in pieces]
        case Other(fields, grown):
            return dict(fields), [dict(delta) for delta in grown]


def _handler(stand_in: MessagesStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def handle(self) -> None:
            with suppress(ConnectionError):  # a client may hang up whenever it likes
                super().handle()

        def do_GET(self) -> None:
            stand_in.looked_up.append(self.path)
            content = json.dumps(stand_in.described).encode()
            self.send_response(200 if stand_in.described else 404)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            content = self.rfile.read(length)
            if len(content) < length:  # the client has hung up while it asked
                self.close_connection = True
                return
            body = json.loads(content)
            match stand_in.reply_to(Request(self.path, dict(self.headers), body)):
                case Failure() as failure:
                    self._fail(failure)
                case Turn() as turn:
                    self._stream(turn)

        def _fail(self, failure: Failure) -> None:
            error = {"type": failure.kind, "message": failure.message}
            content = json.dumps({"type": "error", "error": error}).encode()
            self.send_response(failure.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            if failure.retry_after is not None:
                self.send_header("retry-after", failure.retry_after)
            self.end_headers()
            self.wfile.write(content)

        def _stream(self, turn: Turn) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            if turn.framing == "chunked":
                self.send_header("transfer-encoding", "chunked")
            else:
                self.send_header("connection", "close")
            self.end_headers()
            for number, event in enumerate(events_of(turn, stand_in.new_call_id)):
                if turn.error_after is not None and number == turn.error_after[0]:
                    error = {"type": turn.error_after[1], "message": turn.error_message}
                    self._send(turn, {"type": "error", "error": error, "request_id": "req_1"})
                    return self._end(turn)
                if number == turn.drop_after:
                    return self._hang_up()
                if number == turn.stall_after:
                    stand_in.closing.wait(30)
                    return self._hang_up()
                if not self._send(turn, event):
                    return None
            return self._end(turn)

        def _send(self, turn: Turn, event: Fields) -> bool:
            """Whether the client was still there."""
            content = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
            if turn.framing == "chunked":
                content = b"%x\r\n%s\r\n" % (len(content), content)
            try:
                self.wfile.write(content)
                self.wfile.flush()
            except OSError:
                self.close_connection = True
                return False
            return True

        def _end(self, turn: Turn) -> None:
            if turn.framing == "chunked":
                self.wfile.write(b"0\r\n\r\n")
            else:
                self._hang_up()

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_WR)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def assert_prefix_extensions(requests: Sequence[Request], *, branches: int = 0) -> None:
    """Every request repeats the last one's prefix to the byte and only adds messages.

    So many `branches` may have been opened, in each of which the messages begin anew.
    """
    opened = 0
    for before, after in itertools.pairwise(requests):
        for part in ("model", "system", "tools"):
            assert json.dumps(before.body[part]) == json.dumps(after.body[part]), part
        prefix = after.messages[: len(before.messages)]
        opened += json.dumps(prefix) != json.dumps(before.messages)
    assert opened <= branches, f"{opened} requests are no extension of the one before"


def assert_calls_answered_once(messages: Sequence[Fields]) -> None:
    """Each tool_use is answered by one tool_result, all of them in the next message, first."""
    for index, message in enumerate(messages):
        calls = [b["id"] for b in message["content"] if b["type"] == "tool_use"]
        if message["role"] == "assistant" and calls:
            assert index + 1 < len(messages), "the last calls have no results"
            answer = messages[index + 1]
            assert answer["role"] == "user"
            results = [b for b in answer["content"] if b["type"] == "tool_result"]
            assert [b["tool_use_id"] for b in results] == calls
            assert answer["content"][: len(results)] == results
        elif message["role"] == "user":
            before = messages[index - 1]["content"] if index else []
            asked = {b["id"] for b in before if b["type"] == "tool_use"}
            results = [b for b in message["content"] if b["type"] == "tool_result"]
            assert {b["tool_use_id"] for b in results} <= asked


def main() -> None:
    """Serve until Ctrl-C."""
    with MessagesStandIn(lambda request: Turn(Text("I am a stand-in."))) as server:
        print(f"export ANTHROPIC_BASE_URL={server.url}")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
