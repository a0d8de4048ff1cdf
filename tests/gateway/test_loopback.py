"""Real clients over HTTP; whoever lacks this start's key is turned away."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader

from finops_repl.aws.call import Caller
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.loopback import LoopbackDoor, open_loopback
from tests.gateway.conftest import ReadAudit
from tests.gateway.organisation import BUCKET, LAUNCHED, RESULT_CSV, SmallOrganisation

PERIOD = {"Start": "2026-01-01", "End": "2026-02-01"}


@pytest.fixture
def door(gateway: Gateway, caller: Caller) -> Iterator[LoopbackDoor]:
    with open_loopback(gateway, caller) as opened:
        yield opened


def client(door: LoopbackDoor, service: str, **changed: Any) -> Any:
    settings = {
        "endpoint_url": door.url,
        "aws_access_key_id": door.access_key_id,
        "aws_secret_access_key": door.secret,
        "region_name": door.region,
        "config": Config(retries={"max_attempts": 0}),
        **changed,
    }
    return boto3.session.Session().client(service, **settings)  # type: ignore[call-overload]  # services by name


def test_real_clients_work_over_http(door: LoopbackDoor) -> None:
    month = client(door, "ce").get_cost_and_usage(
        TimePeriod=PERIOD, Granularity="MONTHLY", Metrics=["UnblendedCost"]
    )
    assert month["ResultsByTime"][0]["Estimated"] is False
    assert client(door, "ec2").describe_instances()["Reservations"][0]["OwnerId"]
    s3 = client(door, "s3")
    assert s3.get_object(Bucket=BUCKET, Key="out/a b+ü'()*.csv")["Body"].read() == RESULT_CSV
    part = s3.get_object(Bucket=BUCKET, Key="out/q.csv", Range="bytes=0-8")
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert part["Body"].read() == RESULT_CSV[:9]
    assert s3.head_object(Bucket=BUCKET, Key="out/q.csv")["ContentLength"] == len(RESULT_CSV)
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="out/ü &+=/~")["KeyCount"] == 2


class CborLoader(Loader):
    """The models of botocore, CloudWatch's saying that it speaks CBOR alone."""

    def load_service_model(self, *names: Any, **more: Any) -> Any:
        model = super().load_service_model(*names, **more)
        if names[0] == "cloudwatch" and "metadata" in model:
            spoken = {"protocol": "smithy-rpc-v2-cbor", "protocols": ["smithy-rpc-v2-cbor"]}
            model = {**model, "metadata": {**model["metadata"], **spoken}}
        return model


def test_cloudwatch_is_answered_in_cbor(
    door: LoopbackDoor, organisation: SmallOrganisation
) -> None:
    core = botocore.session.Session()
    core.register_component("data_loader", CborLoader())
    cloudwatch: Any = core.create_client(
        "cloudwatch",
        endpoint_url=door.url,
        aws_access_key_id=door.access_key_id,
        aws_secret_access_key=door.secret,
        region_name=door.region,
    )
    sent: list[Any] = []
    cloudwatch.meta.events.register("before-send", lambda request, **_: sent.append(request))
    answer = cloudwatch.get_metric_data(
        StartTime=LAUNCHED, EndTime=LAUNCHED, MetricDataQueries=[{"Id": "a", "Expression": "1"}]
    )
    assert sent[0].url.endswith("/operation/GetMetricData")
    assert sent[0].headers["Content-Type"] == b"application/cbor"
    assert answer["MetricDataResults"] == [{"Id": "a", "Timestamps": [LAUNCHED], "Values": [42.5]}]
    assert organisation.asked[0].params["StartTime"] == LAUNCHED
    with pytest.raises(ClientError, match="does not pass finops-repl's gateway") as refused:
        cloudwatch.delete_alarms(AlarmNames=["a"])
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    cloudwatch.close()


def test_client_in_another_process_needs_the_environment_alone(door: LoopbackDoor) -> None:
    script = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    environment = {**os.environ, **door.environment()}
    printed = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "123456789012"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"aws_access_key_id": "AKIASOMEONEELSE"}, "InvalidClientTokenId"),
        ({"aws_secret_access_key": "guessed"}, "SignatureDoesNotMatch"),
    ],
)
def test_client_without_the_key_is_turned_away_and_recorded(
    door: LoopbackDoor,
    organisation: SmallOrganisation,
    audited: ReadAudit,
    changed: Mapping[str, str],
    code: str,
) -> None:
    for service, operation in (
        ("sts", "get_caller_identity"),
        ("s3", "list_buckets"),
        ("organizations", "list_accounts"),
    ):
        ask = getattr(client(door, service, **changed), operation)
        with pytest.raises(ClientError) as refused:
            ask()
        assert refused.value.response["Error"]["Code"] == code
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert organisation.asked == []
    assert [line["decision"] for line in audited()] == ["malformed"] * 3


def test_key_of_an_earlier_start_is_worth_nothing(gateway: Gateway, caller: Caller) -> None:
    with open_loopback(gateway, caller) as earlier:
        pass
    with open_loopback(gateway, caller) as later:
        stale = client(
            later,
            "sts",
            aws_access_key_id=earlier.access_key_id,
            aws_secret_access_key=earlier.secret,
        )
        with pytest.raises(ClientError, match="InvalidClientTokenId"):
            stale.get_caller_identity()


def test_presigned_link_does_not_pass(door: LoopbackDoor) -> None:
    link = client(door, "s3").generate_presigned_url(
        "get_object", Params={"Bucket": BUCKET, "Key": "out/q.csv"}
    )
    status, _, _ = exchange(
        door, f"GET {link.removeprefix(door.url)} HTTP/1.1\r\nHost: {host(door)}"
    )
    assert status == 403


def test_upload_is_refused_at_once_and_nothing_hangs(door: LoopbackDoor) -> None:
    with pytest.raises(ClientError, match="only reads pass"):
        client(door, "s3").put_object(Bucket=BUCKET, Key="k", Body=b"x" * 300_000)


UNREADABLE = {
    "nonsense": "no HTTP/1.1 request line",
    "BREW / HTTP/1.1\r\nHost: {host}": "sign requests",
    "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nContent-Length: 2": (
        "length is given more than once"
    ),
    "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked": (
        "length is given more than once"
    ),
    "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: +1": "not a number",
    "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999999999": "at most",
    "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\n\r\nabc": "ends early",
    "POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: gzip": "not chunked",
    "POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n": "no size",
    "POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n": (
        "longer than"
    ),
    "POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n": (
        "longer than its size"
    ),
    "GET / HTTP/1.1\r\nHost: {host}": "sign requests",
}


@pytest.mark.parametrize("text", UNREADABLE)
def test_unreadable_request_gets_a_4xx_that_says_why_without_html(
    door: LoopbackDoor, organisation: SmallOrganisation, audited: ReadAudit, text: str
) -> None:
    status, head, body = exchange(door, text.format(host=host(door)))

    assert 400 <= status < 500
    assert "text/html" not in head
    assert UNREADABLE[text] in json.loads(body)["message"]
    assert organisation.asked == []
    assert len(audited()) == 1


def test_body_longer_than_anyone_sends_is_not_waited_for(door: LoopbackDoor) -> None:
    name, _, port = host(door).partition(":")
    with socket.create_connection((name, int(port)), timeout=10) as connection:
        connection.sendall(b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n")
        try:
            answer = connection.recv(65_536)
        except TimeoutError:
            pytest.fail("the door waits for it")
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_body_that_was_not_signed_is_refused(door: LoopbackDoor) -> None:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    signed = AWSRequest(
        "POST",
        door.url + "/",
        headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "A.B"},
        data=b'{"a":1}',
    )
    SigV4Auth(Credentials(door.access_key_id, door.secret), "ce", "us-east-1").add_auth(signed)
    lines = [f"{name}: {value}" for name, value in signed.headers.items()]
    for body in (b'{"a":2}', b'{"a":1}'):
        head = "\r\n".join(
            ["POST / HTTP/1.1", f"Host: {host(door)}", *lines, f"Content-Length: {len(body)}"]
        )
        status, _, answer = exchange(door, f"{head}\r\n\r\n{body.decode()}", complete=True)
        expected = "SignatureDoesNotMatch" if b"2" in body else "UnknownOperationException"
        assert json.loads(answer)["__type"] == expected, status


def test_nothing_listens_beyond_127_0_0_1(door: LoopbackDoor) -> None:
    port = int(door.url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_closed_door_ends_its_connections(gateway: Gateway, caller: Caller) -> None:
    with open_loopback(gateway, caller) as opened:
        name, _, port = host(opened).partition(":")
        lingering = socket.create_connection((name, int(port)), timeout=10)
        lingering.sendall(f"GET / HTTP/1.1\r\nHost: {host(opened)}\r\n\r\n".encode())
        assert lingering.recv(65_536).startswith(b"HTTP/1.1 403")
    with lingering:
        assert lingering.recv(1) == b""


def host(door: LoopbackDoor) -> str:
    return door.url.removeprefix("http://")


def exchange(door: LoopbackDoor, text: str, *, complete: bool = False) -> tuple[int, str, bytes]:
    """Send bytes as they are and read one response; `text` gets its blank line."""
    name, _, port = host(door).partition(":")
    with socket.create_connection((name, int(port)), timeout=10) as connection:
        ends = complete or "\r\n\r\n" in text
        connection.sendall((text if ends else f"{text}\r\n\r\n").encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode("latin-1"), body
