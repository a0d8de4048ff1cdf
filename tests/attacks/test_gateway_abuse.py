"""Attacks on the gateway from inside a box: smuggled requests, foreign hosts, writes, regions."""

from __future__ import annotations

import json
from collections.abc import Mapping

from finops_repl.aws.call import Caller
from finops_repl.gateway.gateway import Gateway
from finops_repl.sandbox.port import Language
from tests.attacks.battery import attack, both
from tests.gateway.conftest import audit_folder, gateway, models, organisation
from tests.gateway.organisation import SmallOrganisation
from tests.gateway.wire_requests import signed
from tests.sandbox.running import Runs

__all__ = ["audit_folder", "gateway", "models", "organisation"]


def raw(
    service: str,
    *lines: str,
    body: str = "",
    head: str = "POST / HTTP/1.1",
    host: str = "127.0.0.1",
    region: str = "us-east-1",
    length: int | None = None,
) -> str:
    """A request byte for byte, as no SDK would send it."""
    name, value = signed(service, region=region)
    fields = [head, f"Host: {host}", f"{name}: {value}", "Connection: close", *lines]
    if length is None or length >= 0:
        fields.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(fields) + "\r\n\r\n" + body


FORM = "Content-Type: application/x-www-form-urlencoded"
JSON = "Content-Type: application/x-amz-json-1.1"
IDENTITY = "Action=GetCallerIdentity&Version=2011-06-15"
RUN = "Action=RunInstances&Version=2016-11-15&ImageId=ami-1&MinCount=1&MaxCount=1"
SMUGGLED = raw("ec2", FORM, body=RUN)

ABUSE = {
    "two lengths": raw("sts", FORM, "Content-Length: 3", body=IDENTITY),
    "a length and chunks": raw("sts", FORM, "Transfer-Encoding: chunked", body="0\r\n\r\n"),
    "a length with a sign": raw("sts", FORM, "Content-Length: +3", body="abc", length=-1),
    "a blank before the colon": raw("sts", FORM, "X-Amz-Target : x", body=IDENTITY),
    "a folded header": raw("sts", FORM, "X-A: 1", " X-Amz-Target: x", body=IDENTITY),
    "a bare line feed": raw("sts", FORM, "X-A: 1\nX-Amz-Target: x", body=IDENTITY),
    "two hosts": raw("sts", FORM, "Host: evil.example", body=IDENTITY),
    "a foreign host": raw("sts", FORM, body=IDENTITY, host="evil.example"),
    "the metadata host": raw(
        "sts", head="GET /latest/meta-data/iam/ HTTP/1.1", host="169.254.169.254"
    ),
    "an absolute target": raw("s3", head="GET http://169.254.169.254/latest/meta-data/ HTTP/1.1"),
    "a proxy's method": "CONNECT 10.0.0.1:22 HTTP/1.1\r\nHost: 10.0.0.1:22\r\n\r\n",
    "a climbing key": raw("s3", head="GET /sim-results/../../etc/passwd HTTP/1.1"),
    "a write to ec2": raw("ec2", FORM, body=RUN),
    "a write to iam": raw("iam", FORM, body="Action=CreateUser&Version=2010-05-08&UserName=eve"),
    "a write to s3": raw("s3", head="PUT /sim-results/planted HTTP/1.1", body="x"),
    "a deletion in s3": raw("s3", head="DELETE /sim-results/out/q.csv HTTP/1.1"),
    "another role": raw(
        "sts",
        FORM,
        body="Action=AssumeRole&Version=2011-06-15&RoleSessionName=x"
        "&RoleArn=arn:aws:iam::123456789012:role/admin",
    ),
    "a write in SQL": raw(
        "athena",
        JSON,
        "X-Amz-Target: AmazonAthena.StartQueryExecution",
        body='{"QueryString": "drop table cur2"}',
    ),
    "two operations": raw(
        "ce", JSON, FORM, "X-Amz-Target: AWSInsightsIndexService.GetCostAndUsage", body=RUN
    ),
    "a region that is an address": raw("sts", FORM, body=IDENTITY, region="evil.example"),
    "a region with a path": raw("sts", FORM, body=IDENTITY, region="us-east-1.evil.example#"),
}
OVERSIZE = raw("s3", head="PUT /sim-results/planted HTTP/1.1", length=9_000_000)

SEND_PYTHON = """
import json, socket
said = {}
for name, request in params['requests'].items():
    with socket.create_connection(('127.0.0.1', 8765)) as client:
        client.settimeout(10)
        try:
            client.sendall(request.encode('latin-1') + bytes(params['filler'].get(name, 0)))
        except OSError:
            pass
        answer = b''
        try:
            while data := client.recv(65536):
                answer += data
        except OSError:
            pass
    said[name] = answer.decode('latin-1')
print(json.dumps(said))
"""
SEND_NODE = """
const net = require('net');
const ask = (request, filler) => new Promise((resolve) => {
  const client = net.connect(8765, '127.0.0.1');
  const parts = [];
  client.on('data', (data) => parts.push(data)).on('error', () => {});
  client.on('close', () => resolve(Buffer.concat(parts).toString('latin1')));
  client.write(Buffer.from(request, 'latin1'));
  client.write(Buffer.alloc(filler));
});
const said = {};
for (const [name, request] of Object.entries(params.requests)) {
  said[name] = await ask(request, params.filler[name] ?? 0);
}
console.log(JSON.stringify(said));
"""


def answers(
    run: Runs, gateway: Gateway, language: Language, code: str, requests: Mapping[str, str]
) -> dict[str, str]:
    """What a script got for each of the requests, sent as they are."""
    caller = Caller("s1", "r1", "ana")
    result = run(
        code,
        language,
        params={"requests": dict(requests), "filler": {"an oversize body": 9_000_000}},
        door=lambda request: gateway.handle(request, caller),
    )
    assert result.exit_code == 0, result.stderr
    said: dict[str, str] = json.loads(result.stdout)
    return said


@attack(15, 38)
@both(python=SEND_PYTHON, javascript=SEND_NODE)
def test_abuse_is_refused_and_nothing_of_it_reaches_the_account(
    run: Runs, gateway: Gateway, organisation: SmallOrganisation, language: Language, code: str
) -> None:
    said = answers(run, gateway, language, code, ABUSE | {"an oversize body": OVERSIZE})
    statuses = {name: answer[:12] for name, answer in said.items()}
    assert {n: s for n, s in statuses.items() if not s.startswith("HTTP/1.1 4")} == {}
    assert organisation.asked == []
    assert statuses["an oversize body"] == "HTTP/1.1 413"


@attack(38)
@both(python=SEND_PYTHON, javascript=SEND_NODE)
def test_request_hidden_in_a_body_is_a_body(
    run: Runs, gateway: Gateway, organisation: SmallOrganisation, language: Language, code: str
) -> None:
    hiding = raw("sts", FORM, body=IDENTITY + "&X=" + SMUGGLED)
    said = answers(run, gateway, language, code, {"hidden": hiding})["hidden"]
    assert said.count("HTTP/1.1 ") == 1
    assert {call.operation for call in organisation.asked} <= {"GetCallerIdentity"}


@attack(38)
@both(python=SEND_PYTHON, javascript=SEND_NODE)
def test_call_bears_the_run_of_its_box_whatever_it_claims(
    run: Runs, gateway: Gateway, language: Language, code: str
) -> None:
    claim = raw("sts", FORM, "X-Finops-Run: another", "User-Agent: root", body=IDENTITY)
    said = answers(run, gateway, language, code, {"claim": claim})["claim"]
    assert said.startswith("HTTP/1.1 200")
    (call,) = gateway.calls("r1")
    assert (call.user, call.session, call.run) == ("ana", "s1", "r1")
