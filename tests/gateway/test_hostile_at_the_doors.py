"""Hostile requests at both doors: refused in AWS's words, or one operation reaches AWS as it is.

What stands for AWS nobody here wrote; it keeps what arrived.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator

import pytest

from finops_repl.aws.call import Caller
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.identity import Identity
from finops_repl.gateway.loopback import open_loopback
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.gateway.queries import QueryPlaces
from finops_repl.gateway.real_account import RealAccount
from finops_repl.trino.check import read_statement
from tests.gateway.hostile import HOSTILE, Hostile, Key
from tests.sandbox.tunnel_client import Client
from tests.standin.aws_account import AwsStandIn, profile_text

CALLER = Caller("s1", "r1", "ana")
PLACES = QueryPlaces("finops", "s3://results/out/")

Ask = Callable[[Hostile], bytes]


@pytest.fixture(scope="module")
def standin() -> Iterator[AwsStandIn]:
    with AwsStandIn() as running:
        yield running


@pytest.fixture(scope="module")
def gateway(standin: AwsStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway before the stand-in's account, with the policy of a real one."""
    folder = tmp_path_factory.mktemp("real")
    (folder / "credentials").write_text(profile_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
        patch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
        account = RealAccount(Identity(region="us-east-1"), endpoint_url=standin.url)
        assert account.account_id == "123456789012"

    def read(sql: str, parameters: object) -> str:
        assert isinstance(parameters, list)
        return read_statement(sql, parameters, catalogs=["awsdatacatalog"])

    policy = ReadOnlyPolicy(read, PLACES, ("s3://results/out/",))
    yield Gateway(account, policy, AuditLog(folder), models=ServiceModels())
    account.close()


@pytest.fixture(params=["loopback", "tunnel"], scope="module")
def ask(request: pytest.FixtureRequest, gateway: Gateway) -> Iterator[Ask]:
    """Sends a request to a door as it is, and gives what comes back."""
    if request.param == "tunnel":
        key = Key("sandbox", "sandbox", "127.0.0.1:8765")
        yield lambda case: Client(lambda r: gateway.handle(r, CALLER)).ask(case.sent(key))
        return
    with open_loopback(gateway, CALLER) as door:
        host = door.url.removeprefix("http://")
        key = Key(door.access_key_id, door.secret, host)
        yield lambda case: exchange(host, case.sent(key))


def exchange(host: str, sent: bytes) -> bytes:
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port)), timeout=20) as connection:
        answer = b""
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65_536):
                answer += piece
        except ConnectionError:
            pass  # it hung up on what it did not read
    return answer


@pytest.mark.parametrize("case", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_request_is_refused_or_is_one_operation(
    ask: Ask, standin: AwsStandIn, case: Hostile
) -> None:
    standin.arrived.clear()

    answer = ask(case).decode("utf-8", errors="replace")

    assert answer.startswith("HTTP/1.1 ")
    said = [str(request) for request in standin.arrived]
    status = int(answer.split()[1])
    assert len(re.findall(r"^HTTP/1\.1 ", answer, re.MULTILINE)) == 1
    assert "<html" not in answer.lower()
    if case.arrives:
        assert said == [case.arrives]
    else:
        assert said == []
        assert 400 <= status < 500
        assert case.says in answer
        assert "SignatureDoesNotMatch" not in answer
    for request in standin.arrived:
        assert "evil" not in request.everything
        assert "FINOPS" not in request.everything
    assert standin.refused == []
