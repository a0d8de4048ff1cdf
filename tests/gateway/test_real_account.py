"""The user's account behind the gateway, against a stand-in of AWS that checks every signature."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.backends import get_backend

from finops_repl.aws.call import Call, Caller, Refusal, Result
from finops_repl.aws.http import WireRequest
from finops_repl.base.errors import ConfigError, ConnectionFailed
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.identity import Identity, lasting_name
from finops_repl.gateway.operations import reviewed
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.gateway.real_account import CLIENTS_KEPT, RealAccount
from tests.gateway.every_operation import ask_all, passing
from tests.standin.aws_account import AwsStandIn, profile_text

NEVER = threading.Event()


@pytest.fixture(scope="module")
def standin() -> Iterator[AwsStandIn]:
    with AwsStandIn() as running:
        yield running


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own AWS settings: two profiles, one with the stand-in's key."""
    folder = tmp_path / "aws"
    folder.mkdir()
    (folder / "config").write_text(
        "[default]\nregion = eu-west-1\n[profile signed-out]\nsso_session = none\n"
        "sso_account_id = 111122223333\nsso_role_name = Billing\n"
        "[sso-session none]\nsso_region = eu-west-1\nsso_start_url = https://sso.invalid/start\n"
    )
    (folder / "credentials").write_text(
        profile_text() + profile_text("wrong", secret="not-this-one")
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
    return folder


@pytest.fixture
def account(standin: AwsStandIn) -> Iterator[RealAccount]:
    opened = RealAccount(Identity(), endpoint_url=standin.url)
    yield opened
    opened.close()


def test_every_call_that_passes_is_signed_as_aws_checks_it() -> None:
    """`python -m tests.gateway.every_operation` has moto answer them, too."""
    calls = list(passing())
    with AwsStandIn(answers=False) as checking:
        account = RealAccount(Identity(), endpoint_url=checking.url)
        for _ in ask_all(account, calls):
            pass
        account.close()
    assert {call.service for call in calls} == set(reviewed())
    assert checking.refused == []
    assert len(checking.arrived) == len(calls) > 900


def test_a_wrong_secret_is_refused_by_the_stand_in(standin: AwsStandIn) -> None:
    account = RealAccount(Identity("wrong"), endpoint_url=standin.url)
    answer = account.answer(Call("ec2", "DescribeVpcs", "us-east-1"), cancelled=NEVER)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.status) == ("SignatureDoesNotMatch", 403)
    with pytest.raises(ConnectionFailed, match="AWS refuses these credentials"):
        account.account_id  # noqa: B018 - the look is what asks
    account.close()


def test_what_aws_answers_and_refuses_comes_back_in_its_words(account: RealAccount) -> None:
    answer = account.answer(Call("ec2", "DescribeVpcs", "eu-west-1"), cancelled=NEVER)
    assert isinstance(answer, Result)
    assert answer.fields["Vpcs"][0]["IsDefault"] is True
    assert "ResponseMetadata" not in answer.fields
    missing = Call("s3", "GetObject", "us-east-1", {"Bucket": "nobodys", "Key": "x"})
    refused = account.answer(missing, cancelled=NEVER)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.status) == ("NoSuchBucket", 404)
    assert account.account == "123456789012 (default)"
    assert account.region == "eu-west-1"


def test_a_role_is_assumed_and_signs(standin: AwsStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # not followed for a role either
    role = "arn:aws:iam::123456789012:role/billing-reader"
    reader = RealAccount(Identity(role=role), endpoint_url=standin.url)
    answer = reader.answer(Call("ec2", "DescribeVpcs", "eu-west-1"), cancelled=NEVER)
    [assumed] = get_backend("sts")["123456789012"]["aws"].assumed_roles
    assert assumed.role_arn == role
    # The stand-in knows one key alone, and it is not the role's.
    assert isinstance(answer, Refusal)
    assert standin.refused[-1] == f"unknown access key {assumed.access_key_id}"
    assert answer.message.startswith("unknown access key (not shown)")
    assert assumed.access_key_id not in answer.message
    reader.close()


@pytest.mark.parametrize(
    ("service", "operation", "params", "home"),
    [
        (
            "ce",
            "GetTags",
            {"TimePeriod": {"Start": "2026-01-01", "End": "2026-02-01"}},
            "us-east-1",
        ),
        ("budgets", "DescribeBudgets", {"AccountId": "111122223333"}, "us-east-1"),
        ("organizations", "DescribeOrganization", {}, "us-east-1"),
        ("savingsplans", "DescribeSavingsPlans", {}, "us-east-1"),
        ("support", "DescribeTrustedAdvisorChecks", {"language": "en"}, "us-east-1"),
        ("bcm-data-exports", "ListExports", {}, "us-east-1"),
        ("freetier", "GetFreeTierUsage", {}, "us-east-1"),
        ("billing", "ListBillingViews", {}, "us-east-1"),
        ("pricing", "DescribeServices", {}, "us-east-1"),
        ("cur", "DescribeReportDefinitions", {}, "us-east-1"),
        ("cost-optimization-hub", "ListEnrollmentStatuses", {}, "us-east-1"),
        ("trustedadvisor", "ListChecks", {}, "us-east-1"),
        ("health", "DescribeEvents", {}, "us-east-1"),
        ("ec2", "DescribeVpcs", {}, "eu-west-1"),
        ("athena", "ListWorkGroups", {}, "eu-west-1"),
    ],
)
def test_services_of_one_region_are_asked_and_signed_there(
    service: str, operation: str, params: dict[str, Any], home: str
) -> None:
    account = RealAccount(Identity())
    sent: list[Any] = []

    def keep(request: Any, **_: object) -> None:
        sent.append(request)
        raise InterruptedError  # nothing leaves this machine

    client = account._client(service, "eu-west-1")
    client.meta.events.register_first("before-send", keep)
    with pytest.raises(InterruptedError):
        account.answer(Call(service, operation, "eu-west-1", params), cancelled=NEVER)
    assert f"/{home}/" in sent[0].headers["Authorization"].decode()
    assert sent[0].url.startswith("https://")
    assert ".amazonaws.com" in sent[0].url or ".api.aws" in sent[0].url
    account.close()


@pytest.mark.parametrize("region", ["evil.example", "us-east-1.evil.example/", "cn-north-1", ""])
def test_a_region_of_the_scripts_own_is_no_way_out(account: RealAccount, region: str) -> None:
    with pytest.raises(ConnectionFailed, match="there is no region"):
        account.answer(Call("ec2", "DescribeVpcs", region), cancelled=NEVER)


def test_an_endpoint_of_the_environment_is_not_followed(
    standin: AwsStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", standin.url)
    account = RealAccount(Identity())
    assert account._client("ec2", "eu-west-1").meta.endpoint_url.endswith(".amazonaws.com")
    account.close()


def test_who_is_signed_out_is_told_how_to_sign_in() -> None:
    account = RealAccount(Identity("signed-out"))
    with pytest.raises(ConnectionFailed) as failed:
        account.account_id  # noqa: B018 - the look is what asks
    assert failed.value.hint == "sign in: aws sso login --profile signed-out"
    account.close()


def test_a_page_in_place_of_a_buckets_location_is_told_like_any_other() -> None:
    with AwsStandIn(answers=False) as nothing_said:
        account = RealAccount(Identity(), endpoint_url=nothing_said.url)
        with pytest.raises(ConnectionFailed, match="what answered for s3 is not AWS"):
            account.answer(
                Call("s3", "GetBucketLocation", "us-east-1", {"Bucket": "b"}), cancelled=NEVER
            )
        account.close()


def test_a_profile_that_is_not_there_names_those_that_are() -> None:
    account = RealAccount(Identity("prod"))
    with pytest.raises(ConfigError, match=r"no AWS profile 'prod' \(profiles here: .*default"):
        account.account_id  # noqa: B018 - the look is what asks
    account.close()


@pytest.mark.parametrize(
    ("process", "says"),
    [
        ("echo not-json-but-a-secret", "cannot be had: JSONDecodeError"),
        ("/nowhere/program", "cannot be had: FileNotFoundError"),
        ("sh -c 'echo a-secret >&2; exit 1'", "could not be had from custom-process"),
    ],
)
def test_a_program_that_gives_no_credentials_is_told_without_what_it_printed(
    settings: Path, process: str, says: str
) -> None:
    (settings / "config").write_text(f"[profile tool]\ncredential_process = {process}\n")
    account = RealAccount(Identity("tool"))
    with pytest.raises(ConnectionFailed) as failed:
        account.account_id  # noqa: B018 - the look is what asks
    assert says in str(failed.value)
    assert "secret" not in str(failed.value)
    account.close()


def test_a_profile_that_wants_an_mfa_code_is_told_and_nobody_is_asked(settings: Path) -> None:
    (settings / "config").write_text(
        "[profile mfa]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = default\n"
        "mfa_serial = arn:aws:iam::111122223333:mfa/ana\n"
    )
    account = RealAccount(Identity("mfa"))
    with pytest.raises(ConnectionFailed, match="asks for an MFA code"):
        account.account_id  # noqa: B018 - the look is what asks
    account.close()


def test_clients_are_bounded_and_the_longest_unused_lets_go_first(account: RealAccount) -> None:
    regions = sorted(account._regions.known)
    services = ("kms", "sns", "sqs", "ssm", "sts")
    places = [(service, region) for service in services for region in regions]
    call = Call("ec2", "DescribeVpcs", "eu-west-1")
    assert isinstance(account.answer(call, cancelled=NEVER), Result)
    first: Any = account._client("ec2", "eu-west-1")
    connected = first._endpoint.http_session._manager.pools
    for service, region in places[: CLIENTS_KEPT - 1]:
        account._client(service, region)
    assert account._client("ec2", "eu-west-1") is first
    account._client(*places[CLIENTS_KEPT])  # for which another gives way
    assert account._client("ec2", "eu-west-1") is first
    assert len(connected) == 1
    for service, region in places[CLIENTS_KEPT : 2 * CLIENTS_KEPT]:
        account._client(service, region)
    assert len(account._clients) == CLIENTS_KEPT
    assert len(connected) == 0
    assert first.describe_vpcs()["Vpcs"]  # type: ignore[attr-defined]  # for whoever has a call under way
    first.close()
    assert isinstance(account.answer(call, cancelled=NEVER), Result)
    assert account._client("ec2", "eu-west-1") is not first


def test_who_asks_is_known_by_the_same_name_at_every_start(account: RealAccount) -> None:
    assert account.principal.startswith("arn:aws:sts::123456789012:")
    session = "arn:aws:sts::123456789012:assumed-role/reader"
    assert lasting_name(f"{session}/botocore-session-1795800000") == session
    for named in (f"{session}/ana@example.com", "arn:aws:iam::123456789012:user/ana"):
        assert lasting_name(named) == named


def test_a_cancelled_call_gives_up_while_aws_is_silent() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        account = RealAccount(Identity(), endpoint_url=url)
        cancelled = threading.Event()
        threading.Timer(0.2, cancelled.set).start()
        answer = account.answer(Call("ec2", "DescribeVpcs", "eu-west-1"), cancelled=cancelled)
        assert answer == Refusal("RequestAborted", "the run was cancelled")
        account.close()


def test_a_process_ends_while_aws_is_silent() -> None:
    script = """
        import socket, threading
        from finops_repl.aws.call import Call
        from finops_repl.gateway.identity import Identity, lasting_name
        from finops_repl.gateway.real_account import CLIENTS_KEPT, RealAccount

        silent = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        cancelled, accepted = threading.Event(), []

        def cancel_under_way():
            accepted.append(silent.accept())
            cancelled.set()

        threading.Thread(target=cancel_under_way, daemon=True).start()
        account = RealAccount(Identity(), endpoint_url=url)
        account.answer(Call("ec2", "DescribeVpcs", "eu-west-1"), cancelled=cancelled)
        account.close()
    """
    # Less than botocore waits for an answer.
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=50)


def test_a_call_that_ran_out_of_time_by_itself_is_not_waited_for() -> None:
    account = RealAccount(Identity())

    def run_out_of_time(**_: object) -> None:
        raise TimeoutError

    client = account._client("ec2", "eu-west-1")
    client.meta.events.register_first("before-send", run_out_of_time)
    with pytest.raises(TimeoutError):
        account.answer(Call("ec2", "DescribeVpcs", "eu-west-1"), cancelled=NEVER)
    account.close()


def test_what_a_script_sent_is_rebuilt_and_none_of_it_forwarded(
    account: RealAccount, standin: AwsStandIn, tmp_path: Path
) -> None:
    gateway = Gateway(account, ReadOnlyPolicy(lambda sql, parameters: sql), AuditLog(tmp_path))
    standin.refused.clear()
    request = WireRequest(
        "POST",
        "/",
        (
            ("Host", "127.0.0.1:8765"),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=sandbox/20261120/eu-west-1/ec2/aws4_request,"
                f" SignedHeaders=host, Signature={'0' * 64}",
            ),
            ("X-Amz-Security-Token", "a-token-of-the-script"),
            ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
        ),
        b"Action=DescribeVpcs&Version=2016-11-15",
    )
    response = gateway.handle(request, Caller("session"))
    assert response.status == 200
    assert b"<isDefault>true</isDefault>" in response.body
    assert standin.refused == []
