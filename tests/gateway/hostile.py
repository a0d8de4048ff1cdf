"""Requests as no SDK sends them, byte for byte, and what has to become of each."""

from __future__ import annotations

import hashlib
import hmac
import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

__all__ = ["HOSTILE", "Hostile", "Key"]


@dataclass(frozen=True)
class Key:
    """Whose signature a request bears, and the host that it is sent to."""

    access_key: str
    secret: str
    host: str


@dataclass(frozen=True)
class Hostile:
    """A request, signed as it stands; what it `says` when refused, or what `arrives` upstream."""

    service: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    method: str = "POST"
    target: str = "/"
    says: str = ""
    arrives: str = ""
    region: str = "us-east-1"
    host: str = ""
    lines: tuple[str, ...] = ()
    """Lines of the head as they are, before the others."""
    authorization: str | None = None
    framing: str | None = None
    """In place of the length; the body is then sent as it is."""
    digest: str = ""

    def sent(self, key: Key) -> bytes:
        """Its bytes, signed with the key."""
        moment = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        host = self.host or key.host
        headers = [("Host", host), ("X-Amz-Date", moment), *self.headers]
        if self.digest:
            headers.append(("X-Amz-Content-SHA256", self.digest))
        signature = self.authorization
        if signature is None:
            signature = self._authorization(key, moment, headers)
        lines = [f"{self.method} {self.target} HTTP/1.1", *self.lines]
        lines += [f"{name}: {value}" for name, value in headers]
        if signature:
            lines.append(f"Authorization: {signature}")
        length = f"Content-Length: {len(self.body)}" if self.framing is None else self.framing
        if length:
            lines.append(length)
        head = "\r\n".join([*lines, "Connection: close", "", ""])
        return head.encode("latin-1") + self.body

    def _authorization(self, key: Key, moment: str, headers: list[tuple[str, str]]) -> str:
        named = {name.lower() for name, _ in headers}
        names = sorted(n for n in named if n == "host" or n.startswith("x-amz-"))
        values = {
            name: ",".join(value for n, value in headers if n.lower() == name) for name in names
        }
        path, _, query = self.target.partition("?")
        if self.service != "s3":
            end = "/" if path.endswith("/") and len(path) > 1 else ""
            path = quote(posixpath.normpath(path).replace("//", "/") + end, safe="/~")
        given = sorted(parse_qsl(query, keep_blank_values=True))
        pairs = [f"{quote(n, safe='-_.~')}={quote(v, safe='-_.~')}" for n, v in given]
        canonical = "\n".join(
            [
                *(self.method, path, "&".join(pairs)),
                *(f"{name}:{' '.join(value.split())}" for name, value in values.items()),
                *("", ";".join(names), self.digest or hashlib.sha256(self.body).hexdigest()),
            ]
        )
        scope = f"{moment[:8]}/{self.region}/{self.service}/aws4_request"
        digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
        signing = f"AWS4{key.secret}".encode()
        for part in (*scope.split("/"), f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"):
            signing = hmac.digest(signing, part.encode(), "sha256")
        return (
            f"AWS4-HMAC-SHA256 Credential={key.access_key}/{scope},"
            f" SignedHeaders={';'.join(names)}, Signature={signing.hex()}"
        )


FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/x-amz-json-1.1")
CBOR = ("Content-Type", "application/cbor")
SMITHY = ("smithy-protocol", "rpc-v2-cbor")
GROUPS = ("X-Amz-Target", "AmazonAthena.ListWorkGroups")
START = ("X-Amz-Target", "AmazonAthena.StartQueryExecution")
COST = ("X-Amz-Target", "AWSInsightsIndexService.GetCostAndUsage")
ALARMS = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"
VPCS = b"Action=DescribeVpcs&Version=2016-11-15"
TERMINATE = b"Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-0123456789abcdef0"
PERIOD = '"TimePeriod": {"Start": "2026-01-01", "End": "2026-02-01"}, "Granularity": "MONTHLY"'
CREDENTIAL = "X-Amz-Credential=AKIA%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"
DENIED = "does not pass finops-repl's gateway"
OBJECT = "/results/out/q.csv"


def athena(body: bytes | str, *more: tuple[str, str], says: str = "", **rest: str) -> Hostile:
    raw = body.encode() if isinstance(body, str) else body
    return Hostile("athena", (JSON, GROUPS, *more), raw, says=says, **rest)  # type: ignore[arg-type]  # texts alone are given


def cost(fields: str, says: str) -> Hostile:
    return Hostile("ce", (JSON, COST), f"{{{PERIOD}, {fields}}}".encode(), says=says)


def ec2(form: bytes, says: str = "", arrives: str = "") -> Hostile:
    return Hostile("ec2", (FORM,), form, says=says, arrives=arrives)


def s3(target: str, *headers: tuple[str, str], says: str = "", arrives: str = "") -> Hostile:
    return Hostile("s3", headers, method="GET", target=target, says=says, arrives=arrives)


def cbor(body: bytes, *headers: tuple[str, str], says: str = "", arrives: str = "") -> Hostile:
    named = headers or (CBOR, SMITHY)
    return Hostile("monitoring", named, body, target=ALARMS, says=says, arrives=arrives)


def statement(sql: str, arrives: str = "", says: str = DENIED) -> Hostile:
    body = json.dumps({"QueryString": sql}).encode()
    return Hostile("athena", (JSON, START), body, says=says, arrives=arrives)


def put(target: str, *headers: tuple[str, str], body: bytes = b"", says: str = DENIED) -> Hostile:
    return Hostile("s3", headers, body, "PUT", target, says=says)


HONEST: Mapping[str, Hostile] = {
    "json": athena("{}", arrives="athena ListWorkGroups {}"),
    "query": Hostile(
        "sts",
        (FORM,),
        b"Action=GetCallerIdentity&Version=2011-06-15",
        arrives="sts Action=GetCallerIdentity&Version=2011-06-15",
    ),
    "ec2": ec2(VPCS, arrives="ec2 Action=DescribeVpcs&Version=2016-11-15"),
    "rest-xml": s3(OBJECT, arrives=f"s3 GET {OBJECT}"),
    "rest-json": Hostile("eks", method="GET", target="/clusters", arrives="eks GET /clusters"),
    "cbor": cbor(b"\xa1jMaxRecords\x05", arrives='monitoring DescribeAlarms {"MaxRecords": 5}'),
    "chunked": Hostile(
        "ec2",
        (FORM,),
        b"5\r\nActio\r\n21\r\nn=DescribeVpcs&Version=2016-11-15\r\n0\r\n\r\n",
        framing="Transfer-Encoding: chunked",
        digest=hashlib.sha256(VPCS).hexdigest(),
        arrives="ec2 Action=DescribeVpcs&Version=2016-11-15",
    ),
}

TWO_OPERATIONS: Mapping[str, Hostile] = {
    "target and form": Hostile("athena", (FORM, GROUPS), TERMINATE, says="another as Action"),
    "target and a form in its query": Hostile(
        "athena",
        (JSON, GROUPS),
        b"{}",
        target="/?Action=TerminateInstances&Version=2016-11-15",
        says="another as Action",
    ),
    "target and cbor's path": Hostile(
        "monitoring",
        (CBOR, SMITHY, ("X-Amz-Target", "GraniteServiceVersion20100801.DeleteAlarms")),
        b"\xa0",
        target=ALARMS,
        says="another beside it",
    ),
    "target and cbor's header": athena("{}", SMITHY, says="another beside it"),
    "target on a path": s3(OBJECT, GROUPS, says="signed for s3, but names another service"),
    "target of the path's own service": Hostile(
        "eks", (GROUPS,), method="GET", target="/clusters", says="names another service"
    ),
    "cbor's header on a path": Hostile(
        "eks", (SMITHY,), method="GET", target="/clusters", says="its headers another operation"
    ),
    "two targets": athena(
        "{}", ("x-amz-target", "AmazonAthena.DeleteWorkGroup"), says="a header twice"
    ),
    "a target with an underscore": athena(
        "{}", ("X_Amz_Target", "AmazonAthena.DeleteWorkGroup"), says="a header twice"
    ),
    "two actions": ec2(VPCS + b"&Action=TerminateInstances", "more than once"),
    "two actions in another case": ec2(VPCS + b"&action=TerminateInstances", "more than once"),
    "an action in the query": Hostile(
        "ec2", (FORM,), VPCS, target="/?Action=TerminateInstances", says="more than once"
    ),
    "parameters in the query": Hostile(
        "ec2", (FORM,), VPCS, target="/?VpcId.1=vpc-evil", says="where its method has none"
    ),
    "two subresources": s3("/results?location&policy", says="names two operations"),
    "path and x-id": s3(f"{OBJECT}?x-id=DeleteObject", says="its x-id DeleteObject"),
    "another method by header": s3(
        OBJECT, ("X-HTTP-Method-Override", "DELETE"), says="overrides its own method"
    ),
    "another path by header": s3(
        OBJECT, ("X-Rewrite-URL", "/evil"), says="overrides its own method or address"
    ),
    "signed for another service": Hostile(
        "ce", (JSON, GROUPS), b"{}", says="signed for ce, but names another service"
    ),
    "signed for another service in a form": Hostile(
        "sts", (FORM,), VPCS, says="signed for sts, but names another service"
    ),
}

FOREIGN_BODIES: Mapping[str, Hostile] = {
    "cbor's type on json": Hostile(
        "athena", (CBOR, GROUPS), b"{}", says="its body is application/cbor"
    ),
    "cbor's path with json": cbor(b'{"MaxRecords": 5}', says="CBOR"),
    "cbor's path with json's type": cbor(
        b"\xa0", ("Content-Type", "application/json"), SMITHY, says="its body is application/json"
    ),
    "cbor's path without its header": cbor(b"\xa0", CBOR, says="is no operation of"),
    "form's type on json": Hostile("athena", (FORM, GROUPS), b"{}", says="its body is"),
    "json's type on a form": Hostile("ec2", (JSON,), VPCS, says="is no operation of"),
    "xml's type on json": Hostile(
        "athena", (("Content-Type", "text/xml"), GROUPS), b"{}", says="its body is text/xml"
    ),
    "a body where there is none": Hostile(
        "s3", (), TERMINATE, "GET", OBJECT, says="GetObject takes no body"
    ),
    "a form in gzip": Hostile(
        "ec2", (FORM, ("Content-Encoding", "gzip")), VPCS, says="is not valid gzip"
    ),
    "a form in aws-chunks": Hostile(
        "ec2",
        (FORM, ("Content-Encoding", "aws-chunked")),
        b"c;&Action=DescribeVpcs&Version=2016-11-15&X=\r\nVpcId.1=evil\r\n0\r\n\r\n",
        says="as it is or in gzip",
    ),
    "a target in a signed chunk's trailer": Hostile(
        "athena",
        (JSON, GROUPS, ("x-amz-trailer", "x-amz-target")),
        b"2\r\n{}\r\n0\r\nx-amz-target:AmazonAthena.DeleteWorkGroup\r\n\r\n",
        digest="STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        says="as it is or in gzip",
    ),
    "an encoding nobody undoes": athena("{}", ("Content-Encoding", "br"), says="as it is or in"),
    "gzip in gzip": athena("{}", ("Content-Encoding", "gzip, gzip"), says="as it is or in gzip"),
    "an upload's trailer with another header": Hostile(
        "s3",
        (("x-amz-decoded-content-length", "4"), ("x-amz-trailer", "x-amz-copy-source")),
        b"4\r\nevil\r\n0\r\nx-amz-copy-source:a/b\r\n\r\n",
        "PUT",
        "/results/x",
        digest="STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        says="aws-chunked body is malformed",
    ),
    "an upload longer than it says": Hostile(
        "s3",
        (("x-amz-decoded-content-length", "3"),),
        b"4\r\nevil\r\n0\r\n\r\n",
        "PUT",
        "/results/x",
        digest="STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        says="not as long as",
    ),
}

TWO_VALUES: Mapping[str, Hostile] = {
    "json": athena('{"MaxResults": 1, "MaxResults": 2}', says="holds a name twice"),
    "json deep down": cost(
        '"Metrics": ["BlendedCost"], "Filter": {"Tags": {"Key": "a", "Key": "b"}}',
        "holds a name twice",
    ),
    "json escaped": athena('{"MaxResults": 1, "\\u004daxResults": 2}', says="a name twice"),
    "cbor": cbor(b"\xa2jMaxRecords\x05jMaxRecords\x06", says="holds a name twice"),
    "cbor of no length": cbor(
        b"\xbfjMaxRecords\x05\x7fcMaxgRecords\xff\x06\xff", says="holds a name twice"
    ),
    "form": ec2(VPCS + b"&VpcId.1=a&VpcId.1=b", "given twice"),
    "form escaped": ec2(VPCS + b"&VpcId.1=a&VpcId%2E1=b", "given twice"),
    "form by a number written twice": ec2(VPCS + b"&VpcId.1=a&VpcId.01=b", "not numbered"),
    "form as value and as list": ec2(VPCS + b"&VpcId=a&VpcId.1=b", "given as one value"),
    "form as value and as structure": ec2(VPCS + b"&MaxResults=5&MaxResults.1=9", "must be a"),
    "form by a word": ec2(VPCS + b"&VpcId.member.1=vpc-1", "not numbered"),
    "query": s3("/results?list-type=2&prefix=a&prefix=b", says="given twice"),
    "xml": put(
        "/results?versioning",
        body=b"<VersioningConfiguration><Status>Enabled</Status><Status>Suspended</Status>"
        b"</VersioningConfiguration>",
        says="an element twice",
    ),
}

VALUES: Mapping[str, Hostile] = {
    "a number beyond 64 bits": athena(f'{{"MaxResults": {2**63}}}', says="at most 64 bits"),
    "a number of a million digits": athena(f'{{"MaxResults": {"9" * 900_000}}}', says="not valid"),
    "a number beyond all numbers": athena('{"MaxResults": 1e999}', says="whole number"),
    "a number that is none": athena('{"MaxResults": NaN}', says="not valid JSON"),
    "cbor: infinity": cbor(b"\xa1jMaxRecords\xf9\x7c\x00", says="whole number"),
    "cbor: a half": cbor(b"\xa1jMaxRecords\xf9\x38\x00", says="whole number"),
    "cbor: beyond 64 bits": cbor(b"\xa1jMaxRecords\x1b" + b"\xff" * 8, says="64 bits"),
    "cbor: a bignum": cbor(b"\xa1jMaxRecords\xc2\x49\x01" + bytes(8), says="tag 2"),
    "cbor: no utf-8": cbor(b"\xa1\x6aMaxRecord\xff\x05", says="not UTF-8"),
    "cbor: nested": cbor(b"\xa1jAlarmNames" + b"\x81" * 100_000, says="nested too deeply"),
    "cbor: four exabytes": cbor(b"\xa1jAlarmNames\x9b" + bytes([64, *[0] * 7]), says="ends early"),
    "cbor: something after it": cbor(b"\xa0\xa0", says="goes on after its end"),
    "form: python's numbers": ec2(VPCS + b"&MaxResults=1_0", "is no integer"),
    "form: other digits": ec2(VPCS + b"&MaxResults=%D9%A5", "is no integer"),
    "form: an index of 5,000 digits": ec2(VPCS + b"&VpcId." + b"1" * 5_000 + b"=a", "numbered"),
    "form: no utf-8": ec2(VPCS + b"&VpcId.1=%FF", "cannot be read"),
    "form: half an escape": ec2(VPCS + b"&VpcId.1=%4", "cannot be read"),
    "json: no utf-8": athena(b'{"NextToken": "\xff"}', says="not valid JSON"),
    "json: half a character": athena('{"NextToken": "\\ud800"}', says="not valid JSON"),
    "json: another encoding": athena('{"NextToken": "a"}'.encode("utf-16"), says="not valid JSON"),
    "json: nested lists": athena('{"NextToken":' + "[" * 200_000, says="not valid JSON"),
    "json: nested filters": cost(
        '"Metrics": ["BlendedCost"], "Filter": ' + '{"Not":' * 900 + "{}" + "}" * 900,
        "nested too deeply",
    ),
    "json: a document nested": Hostile(
        "bedrock",
        (("Content-Type", "application/json"),),
        b'{"messages":[],"additionalModelRequestFields":' + b"[" * 900 + b"]" * 900 + b"}",
        target="/model/m/converse",
        says=DENIED,
    ),
    "json: more than anyone asks": athena(
        b'{"NextToken": "' + b"x" * 1_100_000 + b'"}', says="1 MB"
    ),
    "xml: an entity of the host": put(
        "/results?tagging",
        body=b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Tagging>&b;</Tagging>',
        says="document type",
    ),
    "xml: a bomb": put(
        "/results?tagging",
        body=b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><Tagging>&c;</Tagging>',
        says="document type",
    ),
    "xml: a bomb in utf-16": put(
        "/results?tagging",
        body='<!DOCTYPE a [<!ENTITY b "c">]><Tagging>&b;</Tagging>'.encode("utf-16"),
        says="not valid XML",
    ),
    "xml: nested": put("/results?tagging", body=b"<a>" * 100_000, says="not valid XML"),
}

HEADS: Mapping[str, Hostile] = {
    "a folded header": athena(
        "{}", ("X-A", "1\r\n X-Amz-Target: AmazonAthena.Evil"), says="no header"
    ),
    "a first header that is folded": Hostile(
        "athena", (JSON, GROUPS), b"{}", lines=(" X-A: 1",), says="no header"
    ),
    "a bare line feed": athena("{}", ("X-A", "1\nX-B: 2"), says="no header"),
    "a bare carriage return": athena("{}", ("X-A", "1\rX-B: 2"), says="no header"),
    "a null byte": athena("{}", ("X-A", "1\x00"), says="no header"),
    "a blank before the colon": athena("{}", ("X-A ", "1"), says="no header"),
    "a line without a colon": Hostile(
        "athena", (JSON, GROUPS), b"{}", lines=("From me",), says="no header"
    ),
    "two hosts": athena("{}", ("Host", "evil.example"), says="InvalidRequest"),
    "two types": athena("{}", ("content-type", "application/cbor"), says="a header twice"),
    "an underscore": athena("{}", ("X_Forwarded_Host", "evil"), says="underscore"),
    "an old version": Hostile("athena", lines=(), target="/ HTTP/1.0\r\nX:", says="no HTTP/1.1"),
    "more headers than anyone sends": athena(
        "{}", *((f"X-{n}", "1") for n in range(201)), says="more than 200 headers"
    ),
    "a header beyond all use": athena("{}", ("X-A", "y" * 70_000), says=""),
    "two lengths": athena("{}", ("Content-Length", "2"), says="more than once"),
    "a length and chunks": athena("{}", ("Transfer-Encoding", "chunked"), says="more than once"),
    "a length with a sign": Hostile(
        "athena", (JSON, GROUPS), b"{}", framing="Content-Length: +2", says="not a number"
    ),
    "no coding at all": Hostile(
        "athena",
        (JSON, GROUPS),
        b"{}",
        framing="Transfer-Encoding: identity",
        says="not chunked",
    ),
    "two codings": Hostile(
        "athena",
        (JSON, GROUPS),
        b"2\r\n{}\r\n0\r\n\r\n",
        framing="Transfer-Encoding: chunked, chunked",
        says="not chunked",
    ),
    "a trailer that names an operation": Hostile(
        "athena",
        (JSON, GROUPS),
        b"2\r\n{}\r\n0\r\nX-Amz-Target: AmazonAthena.DeleteWorkGroup\r\n\r\n",
        framing="Transfer-Encoding: chunked\r\nTrailer: X-Amz-Target",
        digest=hashlib.sha256(b"{}").hexdigest(),
        says="trailers",
    ),
}

PLACES: Mapping[str, Hostile] = {
    "a foreign host": Hostile("ec2", (FORM,), VPCS, host="evil.example", says="127.0.0.1 alone"),
    "the metadata host": Hostile(
        "s3", method="GET", target="/latest/meta-data", host="169.254.169.254", says="alone"
    ),
    "a host with a user": Hostile(
        "ec2", (FORM,), VPCS, host="127.0.0.1@evil.example", says="127.0.0.1 alone"
    ),
    "a host like ours": Hostile(
        "ec2", (FORM,), VPCS, host="127.0.0.1.evil.example", says="127.0.0.1 alone"
    ),
    "a bucket in the host": Hostile(
        "s3", method="GET", target="/k", host="results.localhost", says="127.0.0.1 alone"
    ),
    "an address as target": s3(f"http://evil.example{OBJECT}", says="path is malformed"),
    "a network path": s3("//evil.example/k", says="path is malformed"),
    "a fragment": s3(f"{OBJECT}#x", says="path is malformed"),
    "half an escape": s3("/results/out/%4", says="path is malformed"),
    "no utf-8": s3("/results/out/%FF", says="not UTF-8"),
    "climbing": s3("/results/out/../../other/k", says="its path climbs"),
    "climbing escaped": s3("/results/out/%2e%2E/k", says="its path climbs"),
    "climbing by an escaped slash": s3("/results/out/a%2F..%2F..%2Fk", says="its path climbs"),
    "climbing by a backslash": s3("/results/out/..%5C..%5Ck", says="its path climbs"),
    "escaped twice is a name": s3(
        "/results/out/%252e%252e/k", arrives="s3 GET /results/out/%252e%252e/k"
    ),
    "an object elsewhere": s3("/other/out/q.csv", says=DENIED),
    "an object beside": s3("/results/output/q.csv", says=DENIED),
    "a slash at the key's beginning": s3("/results//out/q.csv", says=DENIED),
    "an access point": s3(
        "/arn%3Aaws%3As3%3Aeu-west-1%3A123456789012%3Aaccesspoint%2Fevil/out/q.csv", says=DENIED
    ),
    "a copy by header": s3(OBJECT, ("x-amz-copy-source", "/other/k"), arrives=f"s3 GET {OBJECT}"),
    "a copy": put("/results/out/x", ("x-amz-copy-source", "/other/k")),
    "a select": Hostile(
        "s3",
        (),
        b"<SelectObjectContentRequest><Expression>select 1</Expression><ExpressionType>SQL"
        b"</ExpressionType><InputSerialization/><OutputSerialization/>"
        b"</SelectObjectContentRequest>",
        target=f"{OBJECT}?select&select-type=2",
        says=DENIED,
    ),
    "a browser's upload": Hostile(
        "s3",
        (("Content-Type", "multipart/form-data; boundary=x"),),
        b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nevil\r\n--x--\r\n',
        target="/results",
        says="is no operation of",
    ),
    "s3's control plane": Hostile(
        "s3", method="GET", target="/v20180820/accesspoint", says="AccountId"
    ),
}

REGIONS: Mapping[str, Hostile] = {
    region: Hostile("ec2", (FORM,), VPCS, region=region, says=says)
    for region, says in {
        "evil-example": "there is no region",
        "mars-north-1": "there is no region",
        "cn-north-1": "there is no region",
        "us-gov-west-1": "there is no region",
        "aws-global": "there is no region",
        "evil.example": "not of the form",
        "us-east-1.evil.example#": "not of the form",
    }.items()
} | {
    "a real one": Hostile(
        "ec2",
        (FORM,),
        VPCS,
        region="ap-south-1",
        arrives="ec2 Action=DescribeVpcs&Version=2016-11-15",
    )
}

SIGNATURES: Mapping[str, Hostile] = {
    "sigv4a": Hostile(
        "s3",
        method="GET",
        target=OBJECT,
        authorization="AWS4-ECDSA-P256-SHA256 Credential=A/20260101/s3/aws4_request,"
        " SignedHeaders=host;x-amz-date, Signature=00",
        says="only scheme accepted",
    ),
    "version 2": Hostile(
        "s3", method="GET", target=OBJECT, authorization="AWS AKIA:c2ln", says="only scheme"
    ),
    "two credentials": Hostile(
        "s3",
        method="GET",
        target=OBJECT,
        authorization="AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/ec2/aws4_request,"
        " Credential=A/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00",
        says="only scheme accepted",
    ),
    "in header and link": s3(f"{OBJECT}?{CREDENTIAL}", says="signed more than once"),
    "in header and an old link": s3(f"{OBJECT}?AWSAccessKeyId=A", says="signed more than once"),
    "an upload by a link": Hostile(
        "s3",
        (),
        b"evil",
        "PUT",
        f"{OBJECT}?{CREDENTIAL}",
        authorization="",
        says="4",
    ),
}

STATEMENTS: Mapping[str, Hostile] = {
    "behind a comment": statement("/* select */ drop table cur2"),
    "behind a line's comment": statement("-- select\ndrop table cur2"),
    "behind a comment in a comment": statement("/* a /* b */ drop table cur2 -- */ select 1"),
    "with": statement("with a as (select 1) insert into t select * from a"),
    "with delete": statement("with a as (delete from t) select * from a"),
    "explain analyze": statement("explain analyze select 1"),
    "explain analyze of a write": statement("EXPLAIN/**/ANALYZE insert into t values (1)"),
    "prepare": statement("prepare p from select 1"),
    "execute": statement("execute p using 1"),
    "execute immediate": statement("execute immediate 'drop table t'"),
    "unload": statement("unload (select 1) to 's3://evil/x' with (format = 'PARQUET')"),
    "create table as": statement("create table t as select 1"),
    "two": statement("select 1; drop table t"),
    "two behind a comment": statement("select 1 /* ; */ ; drop table t"),
    "merge": statement("merge into t using s on 1 = 1 when matched then delete"),
    "call": statement("call system.sync_partition_metadata('a', 'b', 'FULL')"),
    "a table function": statement("select * from table(system.query(query => 'drop table t'))"),
    "a foreign function": statement(
        "using external function f(a varchar) returns varchar lambda 'evil' select f('a')"
    ),
    "a catalog beyond": statement("select * from evil.db.t"),
    "vacuum": statement("vacuum t"),
    "a semicolon of another script": statement("select 1； drop table t"),
    "a null byte": statement("select 1\x00; drop table t"),
    "a parameter": Hostile(
        "athena",
        (JSON, START),
        b'{"QueryString": "select ?", "ExecutionParameters": ["1; drop table t"]}',
        says=DENIED,
    ),
}

HOSTILE: Mapping[str, Hostile] = {
    f"{group}: {name}": case
    for group, cases in {
        "honest": HONEST,
        "two operations": TWO_OPERATIONS,
        "foreign bodies": FOREIGN_BODIES,
        "two values": TWO_VALUES,
        "values": VALUES,
        "heads": HEADS,
        "places": PLACES,
        "regions": REGIONS,
        "signatures": SIGNATURES,
        "statements": STATEMENTS,
    }.items()
    for name, case in cases.items()
}
