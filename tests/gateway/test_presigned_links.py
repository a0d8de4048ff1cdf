"""Presigned links lose their signature at the gateway: what leaves is signed anew, by header."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from finops_repl.aws.call import Caller
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.identity import Identity
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.gateway.real_account import RealAccount
from tests.sandbox.tunnel_client import Client
from tests.standin.aws_account import ACCESS_KEY, SECRET_KEY, AwsStandIn


@pytest.fixture
def standin() -> Iterator[AwsStandIn]:
    with AwsStandIn() as running:
        yield running


@pytest.fixture
def gateway(
    standin: AwsStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gateway]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    account = RealAccount(Identity(region="us-east-1"), endpoint_url=standin.url)
    assert account.account_id == "123456789012"
    standin.arrived.clear()
    yield Gateway(account, ReadOnlyPolicy(lambda sql, _: sql), AuditLog(tmp_path))
    account.close()


def link(operation: str, version: str) -> str:
    """As a script makes it with the dummy keys of its box."""
    client = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:8765",
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",
        region_name="us-east-1",
        config=Config(signature_version=version),
    )
    params = {"Bucket": "results", "Key": "out/q.csv"}
    return str(client.generate_presigned_url(operation, Params=params))


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_what_a_link_asks_for_is_signed_anew_and_its_own_signature_stays(
    gateway: Gateway, standin: AwsStandIn, version: str
) -> None:
    url = urlsplit(link("get_object", version))
    assert "Signature" in url.query
    follow(gateway, f"GET {url.path}?{url.query}")

    (arrived,) = standin.arrived
    assert str(arrived) == "s3 GET /results/out/q.csv"
    assert "sandbox" not in arrived.everything
    assert standin.refused == []


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_link_to_upload_is_refused_like_the_upload(
    gateway: Gateway, standin: AwsStandIn, version: str
) -> None:
    url = urlsplit(link("put_object", version))
    answer = follow(gateway, f"PUT {url.path}?{url.query}")

    assert b"does not pass finops-repl's gateway" in answer
    assert standin.arrived == []


def follow(gateway: Gateway, request: str) -> bytes:
    """Ask through the tunnel as `pandas.read_csv(link)` does: no header but the host."""
    client = Client(lambda received: gateway.handle(received, Caller("s1", "r1")))
    return client.ask(
        f"{request} HTTP/1.1\r\nHost: 127.0.0.1:8765\r\nConnection: close\r\n\r\n".encode()
    )
