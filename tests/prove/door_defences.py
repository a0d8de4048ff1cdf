"""Who comes through a door of the gateway, and which requests have no second reading."""

from __future__ import annotations

from typing import Final

from tests.prove.defence import gateway

__all__ = ["DOOR_DEFENCES"]

AMBIGUOUS = "gateway/test_identify.py::test_ambiguous_request_never_reaches_the_upstream"
HOSTILE = (
    "gateway/test_hostile_at_the_doors.py::test_hostile_request_is_refused_or_is_one_operation"
)
LOOPBACK = "gateway/test_loopback.py::test_"
SIGNATURE = "aws/test_signature.py::test_"
CHANGED = f"{SIGNATURE}what_was_changed_after_signing_is_refused"

AT_THE_DOOR: Final = (
    gateway(
        "this start's key",
        "gateway/loopback",
        "verify_signature(request, access_key_id, secret, now=datetime.now(UTC))",
        "pass",
        f"{LOOPBACK}client_without_the_key_is_turned_away_and_recorded",
        f"{LOOPBACK}key_of_an_earlier_start_is_worth_nothing",
        f"{LOOPBACK}presigned_link_does_not_pass",
    ),
    gateway(
        "a signature fits",
        "aws/wire/signature",
        "if not hmac.compare_digest(expected, parts[2]):",
        "if not parts[2]:",
        f"{CHANGED}[method]",
        f"{CHANGED}[path]",
        f"{CHANGED}[query]",
        f"{CHANGED}[body]",
        f"{CHANGED}[host]",
        f"{SIGNATURE}another_key_is_refused[FINOPSKEY-other]",
    ),
    gateway(
        "a signature is of now",
        "aws/wire/signature",
        "if abs(now - moment) > SKEW:",
        "if abs(now - moment) > 100 * SKEW:",
        f"{SIGNATURE}old_signature_is_worth_nothing",
    ),
    gateway(
        "AWS's headers are signed",
        "aws/wire/signature",
        "- set(signed_headers):",
        "- set(signed_headers) - sent:",
        f"{CHANGED}[a header more]",
    ),
    gateway(
        "loopback alone",
        "gateway/http_server",
        'HOST = "127.0.0.1"',
        'HOST = "0.0.0.0"',
        f"{LOOPBACK}nothing_listens_beyond_127_0_0_1",
    ),
    gateway(
        "length of a body",
        "gateway/http_body",
        "if length > limit:",
        "if length > 100 * limit:",
        f"{LOOPBACK}body_longer_than_anyone_sends_is_not_waited_for",
    ),
    gateway(
        "no trailers",
        "gateway/http_body",
        'if _read_line(stream):\n        raise refused("it has',
        'if not stream:\n        raise refused("it has',
        f"{HOSTILE}[loopback-heads: a trailer that names an operation]",
    ),
    gateway(
        "grammar of a head",
        "aws/wire/head",
        rb"([\t\x20-\x7e\x80-\xff]*)".decode(),
        r"([^\n]*)",
        f"{HOSTILE}[loopback-heads: a bare carriage return]",
        f"{HOSTILE}[loopback-heads: a null byte]",
    ),
)

ONE_READING: Final = (
    gateway(
        "no header twice",
        "gateway/identify",
        "if len(names) != len(set(names)):",
        "if len(names) < len(set(names)):",
        f"{AMBIGUOUS}[the target header twice]",
        f"{AMBIGUOUS}[two hosts]",
    ),
    gateway(
        "no underscore in a header's name",
        "gateway/identify",
        'if "_" in name and',
        'if name == "_" and',
        f"{HOSTILE}[tunnel-heads: an underscore]",
    ),
    gateway(
        "no line breaks in a header",
        "gateway/identify",
        "if not _TOKEN.fullmatch(name) or _CONTROL.search(value):",
        "if not _TOKEN.fullmatch(name):",
        f"{AMBIGUOUS}[a line break in a header]",
    ),
    gateway(
        "no other method by header",
        "gateway/identify",
        "if _OVERRIDES & set(names):",
        "if _OVERRIDES < set(names):",
        f"{AMBIGUOUS}[another method by header]",
    ),
    gateway(
        "one way to tell the length",
        "gateway/identify",
        'if "content-length" in names and "transfer-encoding" in names:',
        'if names == ["content-length", "transfer-encoding"]:',
        f"{AMBIGUOUS}[length and chunks]",
    ),
    gateway(
        "the length is the body's",
        "gateway/identify",
        "if length.strip() != str(len(request.body)):",
        "if not length:",
        f"{AMBIGUOUS}[a length that is not the body's]",
    ),
    gateway(
        "this door's host",
        "gateway/identify",
        "if host is None or host[1] not in LOOPBACK_HOSTS:",
        "if host is None:",
        f"{AMBIGUOUS}[a foreign host]",
        f"{AMBIGUOUS}[a host that only begins like ours]",
        f"{HOSTILE}[tunnel-places: the metadata host]",
        f"{HOSTILE}[tunnel-places: a bucket in the host]",
    ),
    gateway(
        "no fragment",
        "gateway/identify",
        ' or "#" in request.target:',
        ":",
        f"{HOSTILE}[tunnel-places: a fragment]",
    ),
    gateway(
        "whole escapes",
        "gateway/identify",
        "if BAD_ESCAPE.search(request.path):",
        "if BAD_ESCAPE.search(request.method):",
        f"{HOSTILE}[tunnel-places: half an escape]",
    ),
    gateway(
        "no path climbs",
        "gateway/identify",
        'if any(unquote(part) in (".", "..") for part in parts):',
        "if not parts:",
        f"{AMBIGUOUS}[a key that climbs]",
        f"{AMBIGUOUS}[an escaped key that climbs]",
        f"{AMBIGUOUS}[a slash escaped to climb]",
    ),
    gateway(
        "one action",
        "gateway/identify",
        "if len(fields) > len(set(fields)):",
        "if len(fields) < len(set(fields)):",
        f"{AMBIGUOUS}[action in another case]",
    ),
    gateway(
        "no action beside a target",
        "gateway/identify",
        "if fields and target:",
        "if fields and not fields:",
        "gateway/test_identify.py::test_operation_named_twice_is_refused_for_that_reason",
    ),
    gateway(
        "no target beside a path of CBOR",
        "gateway/identify",
        'if request.header("smithy-protocol") and (fields or target):',
        'if request.header("smithy-protocol") and fields:',
        f"{AMBIGUOUS}[cbor named in the path, json in the header]",
    ),
    gateway(
        "no operation beside a path",
        "gateway/identify",
        'if rest and (request.header("X-Amz-Target") or request.header("smithy-protocol")):',
        'if rest and request.header("X-Amz-Target"):',
        f"{HOSTILE}[tunnel-two operations: cbor's header on a path]",
    ),
    gateway(
        "the body's own protocol",
        "gateway/identify",
        "if request.body and not is_upload and",
        "if not request.body and not is_upload and",
        f"{HOSTILE}[tunnel-foreign bodies: cbor's type on json]",
        f"{HOSTILE}[tunnel-foreign bodies: form's type on json]",
        f"{HOSTILE}[tunnel-foreign bodies: cbor's path with json's type]",
    ),
    gateway(
        "no query where there is none",
        "gateway/identify",
        'if route.protocol in ("json", "smithy-rpc-v2-cbor") and request.query:',
        'if route.protocol == "smithy-rpc-v2-cbor" and request.query:',
        f"{AMBIGUOUS}[a query string where the protocol has none]",
    ),
    gateway(
        "parameters in one place",
        "gateway/identify",
        'if request.query if request.method == "POST" else request.body:',
        "if request.query and request.body:",
        f"{AMBIGUOUS}[a form operation in the query of a post]",
    ),
    gateway(
        "path and x-id agree",
        "gateway/identify",
        "if rest and hint and hint != route.operation:",
        "if rest and hint and not hint:",
        f"{AMBIGUOUS}[a path and an x-id that disagree]",
    ),
    gateway(
        "the protocol's method",
        "gateway/identify",
        'if route.protocol in ("json", "smithy-rpc-v2-cbor") and request.method != "POST":',
        'if route.protocol == "smithy-rpc-v2-cbor" and request.method != "POST":',
        f"{AMBIGUOUS}[a json operation by GET]",
    ),
)

DOOR_DEFENCES: Final = (*AT_THE_DOOR, *ONE_READING)
