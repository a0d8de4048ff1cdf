"""Bodies from a script: framing is undone, bombs and nonsense are refused, nothing crashes."""

from __future__ import annotations

import gzip
import json
import struct

import pytest

from finops_repl.aws.http import WireRequest
from finops_repl.aws.wire.cbor_items import load_cbor
from finops_repl.aws.wire.form_body import load_form
from finops_repl.aws.wire.framing import (
    MAX_BODY_BYTES,
    MAX_DOCUMENT_BYTES,
    plain_document,
    plain_upload,
)
from finops_repl.aws.wire.json_body import load_json
from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.aws.wire.parse import parse
from finops_repl.aws.wire.route import Route, WireProtocol
from finops_repl.aws.wire.timestamps import read_timestamp, write_timestamp
from finops_repl.aws.wire.xml_body import load_xml

MODELS = ServiceModels()
CHUNKED = ("Content-Encoding", "aws-chunked")


def sent(body: bytes, *headers: tuple[str, str]) -> WireRequest:
    return WireRequest("POST", "/", headers, body)


def routed(service: str, operation: str, protocol: WireProtocol) -> Route:
    return Route(service, operation, "us-east-1", protocol, MODELS.operation(service, operation))


def test_aws_chunked_upload_is_put_together() -> None:
    body = b"4;chunk-signature=ab\r\nwiki\r\n5\r\npedia\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"
    declared = ("x-amz-decoded-content-length", "9")

    assert plain_upload(sent(body, CHUNKED, declared)) == b"wikipedia"
    trailer = ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    assert plain_upload(sent(body, trailer, declared)) == b"wikipedia"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"4\r\nwiki",
        b"4\r\nwiki\r\n",
        b"5\r\nwiki\r\n0\r\n\r\n",
        b"3\r\nwiki\r\n0\r\n\r\n",
        b"-4\r\nwiki\r\n0\r\n\r\n",
        b"+4\r\nwiki\r\n0\r\n\r\n",
        b"0x4\r\nwiki\r\n0\r\n\r\n",
        b"fffffffff\r\nwiki\r\n0\r\n\r\n",
        b"4\r\nwiki\r\n0\r\nGET / HTTP/1.1\r\n\r\n",
        b"4\r\nwiki\r\n0\r\nx-amz-target:a.B\r\n\r\n",
        b"4\r\nwiki\r\n0\r\nx-amz-checksum-crc32:A\r\nX-Amz-Checksum-CRC32:B\r\n\r\n",
        b"4\r\nwiki\r\n0\r\n\r\n4\r\nmore\r\n0\r\n\r\n",
    ],
)
def test_malformed_chunks_are_refused(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        plain_upload(sent(body, CHUNKED))


def test_length_that_the_chunks_do_not_have_is_refused() -> None:
    with pytest.raises(MalformedRequest, match="decoded"):
        plain_upload(
            sent(b"4\r\nwiki\r\n0\r\n\r\n", CHUNKED, ("x-amz-decoded-content-length", "5"))
        )


def test_gzip_is_undone_within_the_limit() -> None:
    packed = ("Content-Encoding", "gzip")
    assert plain_document(sent(gzip.compress(b"{}"), packed)) == b"{}"
    bomb = gzip.compress(bytes(MAX_DOCUMENT_BYTES + 1))
    for body in (bomb, b"not gzip", gzip.compress(b"{}") + b"more", gzip.compress(b"{}")[:-4]):
        with pytest.raises(MalformedRequest):
            plain_document(sent(body, packed))


def test_body_over_the_limit_is_refused() -> None:
    with pytest.raises(MalformedRequest, match="16 MB"):
        plain_upload(sent(bytes(MAX_BODY_BYTES + 1)))
    with pytest.raises(MalformedRequest, match="1 MB"):
        plain_document(sent(bytes(MAX_DOCUMENT_BYTES + 1)))


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000, b"{" * 5_000 + b"}" * 5_000, b'"\xed\xa0\x80"'],
)
def test_malformed_json_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        load_json(body)


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16"),
        "<a/>".encode("utf-16"),
        b"<a>&b;</a>",
        b"<a>",
        b"",
        b"\xff",
    ],
)
def test_xml_with_a_document_type_or_nonsense_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        load_xml(body)


def test_xml_comments_and_cdata_are_no_document_type() -> None:
    assert load_xml(b"<a><!-- b --><![CDATA[<c>]]></a>").text == "<c>"


@pytest.mark.parametrize(
    "body",
    [
        b"\xbf",  # a map that never ends
        b"\xa1",
        b"\xa1\x01\x01",  # a key that is a number
        b"\x5b" + struct.pack(">Q", 2**62),  # 4 EB of bytes
        b"\x9b" + struct.pack(">Q", 2**62),  # as many items
        b"\x9f" * 100_000,  # nesting
        b"\x81" * 100_000,
        b"\xa0\xa0",  # two items
        b"\xc2\x41\x00",  # a bignum, which AWS does not use
        b"\x61\xff",  # a text that is none
        b"\x1c",
        b"\xff",
        b"\xc1\xfb\x7f\xf0\x00\x00\x00\x00\x00\x00",  # a moment at infinity
    ],
)
def test_malformed_cbor_is_refused_without_allocating_what_it_claims(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        load_cbor(body)


def test_cbor_of_both_kinds_of_length_is_read() -> None:
    definite = b"\xa2\x61a\x82\x01\x20\x61b\x43abc"
    indefinite = b"\xbf\x61a\x9f\x01\x20\xff\x61b\x5f\x41a\x42bc\xff\xff"

    assert load_cbor(definite) == load_cbor(indefinite) == {"a": [1, -1], "b": b"abc"}


def test_form_fields_given_twice_are_refused() -> None:
    for text in ("A=1&A=2", "A.1.B=1&A.1.B=1"):
        with pytest.raises(MalformedRequest, match="twice"):
            load_form(text)
    with pytest.raises(MalformedRequest):
        load_form("&".join(f"A.{n}=1" for n in range(30_000)))


@pytest.mark.parametrize(
    "params",
    [
        {"TimePeriod": "2026", "Granularity": "DAILY", "Metrics": ["UnblendedCost"]},
        {"TimePeriod": {"Start": 1, "End": 2}, "Granularity": "DAILY", "Metrics": []},
        {"Granularity": "DAILY", "Metrics": ["UnblendedCost"]},
        [],
        "x",
    ],
)
def test_parameters_of_the_wrong_shape_are_refused(params: object) -> None:
    with pytest.raises(MalformedRequest):
        parse(sent(json.dumps(params).encode()), routed("ce", "GetCostAndUsage", "json"))


def test_recursive_parameters_that_never_end_are_refused() -> None:
    nested = '{"Not":' * 900 + '{"Dimensions":{"Key":"SERVICE"}}' + "}" * 900
    body = (
        '{"TimePeriod":{"Start":"2026-01-01","End":"2026-02-01"},"Granularity":"DAILY",'
        f'"Metrics":["UnblendedCost"],"Filter":{nested}}}'
    )
    with pytest.raises(MalformedRequest):
        parse(sent(body.encode()), routed("ce", "GetCostAndUsage", "json"))


@pytest.mark.parametrize(
    "text",
    [
        "1767225600",
        "1767225600.0",
        "2026-01-01T00:00:00Z",
        "2026-01-01T01:00:00+01:00",
        "2026-01-01",
        "Thu, 01 Jan 2026 00:00:00 GMT",
    ],
)
def test_moments_are_read_in_every_style(text: str) -> None:
    assert write_timestamp(read_timestamp(text), "iso8601") == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("value", ["", "soon", "1e400", True, None, 1e300, "2026-13-01", "Thu"])
def test_what_is_no_moment_is_refused(value: object) -> None:
    with pytest.raises(MalformedRequest):
        read_timestamp(value)


def test_signature_of_a_link_is_no_parameter() -> None:
    route = routed("amp", "ListScrapers", "rest-json")
    signature = "X-Amz-Signature=ab&X-Amz-Credential=c&X-Amz-Security-Token=d&AWSAccessKeyId=e"
    request = WireRequest("GET", f"/scrapers?alias=x&{signature}", ())
    assert parse(request, route) == {"filters": {"alias": ["x"]}}


def test_map_of_a_form_holds_each_key_once() -> None:
    route = routed("sns", "CreateTopic", "query")
    entries = "&Attributes.entry.1.key=a&Attributes.entry.1.value=1"
    form = "Action=CreateTopic&Version=2010-03-31&Name=t" + entries
    assert parse(sent(form.encode()), route)["Attributes"] == {"a": "1"}
    with pytest.raises(MalformedRequest, match="a key twice"):
        parse(sent((form + entries.replace(".1.", ".2.")).encode()), route)
    with pytest.raises(MalformedRequest, match="given in another way"):
        parse(sent((form + "&Attributes.1.key=a").encode()), route)
