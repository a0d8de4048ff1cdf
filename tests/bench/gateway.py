"""What the gateway adds to a call, how fast it decides, and what its cache saves."""

from __future__ import annotations

import http.client
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from finops_repl.aws.call import Call, Caller
from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.cache import AnswerCache, Asker
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.http_server import HttpServer
from finops_repl.gateway.identity import Identity
from finops_repl.gateway.inprocess import session
from finops_repl.gateway.loopback import LoopbackDoor, open_loopback
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.gateway.real_account import RealAccount
from finops_repl.trino.check import read_statement
from tests.bench.commands import program
from tests.bench.goals import Goal, print_goals
from tests.bench.rounds import Contestant, Figure, print_table, rounds, timed
from tests.gateway.organisation import BUCKET, SmallOrganisation
from tests.gateway.wire_requests import form_request, json_request, rest_request
from tests.standin.aws_account import ACCESS_KEY, SECRET_KEY, AwsStandIn

__all__ = ["bench_gateway"]

CALLER = Caller("bench", "bench")
COST: dict[str, Any] = {
    "TimePeriod": {"Start": "2026-01-01", "End": "2026-02-01"},
    "Granularity": "MONTHLY",
    "Metrics": ["UnblendedCost"],
    "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
    "Filter": {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit", "Refund"]}}},
}
TARGET = "AWSInsightsIndexService.GetCostAndUsage"
ASKED = json_request("ce", TARGET, COST)
BATCH = 500
FIRST_ANSWER = f"""
import tempfile
from pathlib import Path
from finops_repl.aws.call import Caller
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.inprocess import session
from finops_repl.gateway.policy import ReadOnlyPolicy
from tests.gateway.organisation import SmallOrganisation
policy, audit = ReadOnlyPolicy(lambda sql, _: sql), AuditLog(Path(tempfile.mkdtemp()))
client = session(Gateway(SmallOrganisation(), policy, audit), Caller("bench")).client("ce")
client.get_cost_and_usage(**{COST!r})
"""

DIRECT, THROUGH = "bytes, to the server alone", "bytes, through the gateway"
BOTO3_DIRECT, BOTO3_THROUGH = "boto3, to the server alone", "boto3, through the gateway"
UNCACHED, CACHED = "asked of the stand-in", "from the cache"


def small_gateway(audit_folder: Path) -> Gateway:
    """A gateway over an organisation that answers at once."""
    return Gateway(SmallOrganisation(), ReadOnlyPolicy(read_statement), AuditLog(audit_folder))


def bench_gateway(quick: bool) -> None:
    """A call over loopback, each step in process, decisions, and the cache; then the goals."""
    with _folder() as folder:
        loopback = _loopback(small_gateway(folder), 200 if quick else 2_000)
    with _folder() as folder:
        _in_process(small_gateway(folder), 200 if quick else 1_500)
    with _folder() as folder:
        _rates(small_gateway(folder), 5 if quick else 15)
    cached = _cache(30 if quick else 200)
    starts = {"to its first boto3 answer": timed(program([sys.executable, "-c", FIRST_ANSWER]))}
    print_table("a process that opens a gateway", rounds(2 if quick else 7, starts, uncounted=1))
    added = loopback[THROUGH].median - loopback[DIRECT].median
    saved = cached[UNCACHED].median / cached[CACHED].median
    print_goals(
        [
            Goal("added to a call over loopback", added, "at most", 1),
            Goal("GetCostAndUsage, cached, times as fast", saved, "at least", 2, "x"),
        ]
    )


def _loopback(gateway: Gateway, count: int) -> Mapping[str, Figure]:
    """The same signed request, to the gateway and to a server that has its answer ready."""
    answer = gateway.handle(ASKED, CALLER)
    with _server(answer) as url, open_loopback(gateway, CALLER) as door:
        contestants = {
            DIRECT: timed(_sender(door, url, len(answer.body))),
            THROUGH: timed(_sender(door, door.url, len(answer.body))),
            BOTO3_DIRECT: timed(_asker(door, url)),
            BOTO3_THROUGH: timed(_asker(door, door.url)),
        }
        figures = rounds(count, contestants, uncounted=20)
    print_table("GetCostAndUsage over loopback, one connection kept", figures)
    return figures


def _in_process(gateway: Gateway, count: int) -> None:
    """What of it is identifying, deciding, recording and wording."""
    requests = {
        "GetCostAndUsage, bytes to bytes": ASKED,
        "DescribeInstances, bytes to bytes": _form("Action=DescribeInstances"),
        "GetObject, bytes to bytes": rest_request("s3", "GET", f"/{BUCKET}/out/q.csv"),
        "a refused TerminateInstances": _form("Action=TerminateInstances&InstanceId.1=i-1"),
    }
    client: Any = session(gateway, CALLER).client("ce")
    call = Call("ce", "GetCostAndUsage", "us-east-1", COST)
    contestants = {name: timed(_handled(gateway, each)) for name, each in requests.items()}
    contestants["GetCostAndUsage, parsed already"] = timed(lambda: gateway.perform(call, CALLER))
    contestants["boto3 through the hook"] = timed(lambda: client.get_cost_and_usage(**COST))
    print_table("the gateway, in process", rounds(count, contestants, uncounted=20))


def _rates(gateway: Gateway, count: int) -> None:
    policy = ReadOnlyPolicy(read_statement)
    asked = [
        Call("ce", "GetCostAndUsage", "us-east-1", COST),
        Call("ec2", "DescribeInstances", "eu-west-1"),
        Call("ec2", "TerminateInstances", "eu-west-1", {"InstanceIds": ["i-1"]}),
        Call("lambda", "GetFunction", "us-east-1", {"FunctionName": "f"}),
        Call("kms", "Decrypt", "us-east-1", {"CiphertextBlob": b""}),
    ]
    query = Call(
        *("athena", "StartQueryExecution", "us-east-1"),
        {"QueryString": "SELECT line_item_product_code, sum(cost) FROM cur2 GROUP BY 1"},
    )
    contestants = {
        "decisions on calls": _rate(lambda: [policy.decide(call) for call in asked], len(asked)),
        "decisions on Athena statements": _rate(lambda: policy.decide(query), 1, BATCH // 10),
        "requests handled, decided and recorded": _rate(_handled(gateway, ASKED), 1),
    }
    print_table("a second, on one thread", rounds(count, contestants, uncounted=1), "/s")


def _cache(count: int) -> Mapping[str, Figure]:
    """The stand-in checks each signature and lies on this machine: AWS itself is further away."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # else a line for each request
    with _folder() as folder, AwsStandIn() as standin, _signed_in(folder):
        account = RealAccount(Identity(region="us-east-1"), endpoint_url=standin.url)
        asker = Asker(account.principal, account.account_id, standin.url)
        policy, audit = ReadOnlyPolicy(read_statement), AuditLog(folder)
        (folder / "answers").mkdir()
        cache = AnswerCache(folder / "answers", asker)
        contestants = {
            UNCACHED: timed(_handled(Gateway(account, policy, audit), ASKED)),
            CACHED: timed(_handled(Gateway(account, policy, audit, cache=cache), ASKED)),
        }
        figures = rounds(count, contestants, uncounted=5)
        account.close()
        if standin.refused:
            raise SystemExit(f"the stand-in refused: {standin.refused[0]}")
    print_table("GetCostAndUsage of a real account (a stand-in on this machine)", figures)
    return figures


def _rate(step: Callable[[], object], counts: int, batch: int = BATCH) -> Contestant:
    """How many a second, over a batch of steps that count for so many each."""

    def once() -> float:
        began = time.perf_counter()
        for _ in range(batch):
            step()
        return counts * batch / (time.perf_counter() - began)

    return once


def _handled(gateway: Gateway, request: WireRequest) -> Callable[[], object]:
    return lambda: gateway.handle(request, CALLER)


def _form(fields: str) -> WireRequest:
    return form_request("ec2", f"{fields}&Version=2016-11-15")


def _sender(door: LoopbackDoor, url: str, size: int) -> Callable[[], None]:
    """One kept connection that sends one signed request over and over."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    content = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": TARGET}
    signed = AWSRequest("POST", url + "/", headers=content, data=ASKED.body)
    SigV4Auth(Credentials(door.access_key_id, door.secret), "ce", door.region).add_auth(signed)
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    headers = dict(signed.headers.items())

    def once() -> None:
        connection.request("POST", "/", ASKED.body, headers)
        answer = connection.getresponse()
        if answer.status != 200 or len(answer.read()) != size:
            raise SystemExit(f"{url} answered {answer.status}")

    return once


def _asker(door: LoopbackDoor, url: str) -> Callable[[], object]:
    import boto3

    client: Any = boto3.client(
        "ce",
        endpoint_url=url,
        aws_access_key_id=door.access_key_id,
        aws_secret_access_key=door.secret,
        region_name=door.region,
    )
    return lambda: client.get_cost_and_usage(**COST)


@contextmanager
def _server(answer: WireResponse) -> Iterator[str]:
    """The loopback door's own HTTP server with one answer for everything."""
    server = HttpServer(0, lambda request: answer, lambda refusal: WireResponse(400, ()))
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _signed_in(folder: Path) -> Iterator[None]:
    """The stand-in's key in the environment, and nobody's own settings."""
    ours = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_CONFIG_FILE": str(folder / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
    }
    before = {name: os.environ.get(name) for name in [*ours, "AWS_PROFILE", "AWS_SESSION_TOKEN"]}
    for name in before:
        os.environ.pop(name, None)
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
