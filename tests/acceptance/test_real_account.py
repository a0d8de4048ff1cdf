"""A real account from the shell: a stand-in of AWS that checks signatures is behind the gateway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from moto.backends import get_backend

from tests.acceptance.conftest import Finops
from tests.standin.aws_account import ACCESS_KEY, SECRET_KEY, AwsStandIn, profile_text

SCRIPT = """
import boto3, os
print(boto3.client("sts").get_caller_identity()["Account"])
print(len(boto3.client("ec2", region_name="eu-west-1").describe_vpcs()["Vpcs"]), "vpc")
print([each["Name"] for each in boto3.client("athena").list_work_groups()["WorkGroups"]])
try:
    boto3.client("ec2").terminate_instances(InstanceIds=["i-0123456789abcdef0"])
except Exception as refused:
    print(refused.response["Error"]["Code"])
month = {"Start": "2026-01-01", "End": "2026-02-01"}
for _ in range(2):
    cost = boto3.client("ce").get_cost_and_usage(
        TimePeriod=month, Granularity="MONTHLY", Metrics=["UnblendedCost"])
    print(cost["ResponseMetadata"]["HTTPHeaders"].get("x-finops-cache", "asked")[:8])
print(sorted(name for name in os.environ if "AWS" in name and "KEY" in name))
print(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
"""


@pytest.fixture(scope="module")
def standin() -> Iterator[AwsStandIn]:
    with AwsStandIn() as running:
        yield running


@pytest.fixture
def signed_in(standin: AwsStandIn, tmp_path: Path) -> Mapping[str, str]:
    """The environment of somebody whose profile `billing` has the stand-in's key."""
    (tmp_path / "credentials").write_text(profile_text("billing"))
    return {
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "FINOPS_AWS_ENDPOINT_URL": standin.url,
        "XDG_CACHE_HOME": str(tmp_path / "cache"),  # what another test asked is not kept here
    }


def test_a_script_asks_the_users_account_and_never_sees_who_signs(
    finops: Finops,
    standin: AwsStandIn,
    signed_in: Mapping[str, str],
    workspace: Path,
    tmp_path: Path,
) -> None:
    standin.refused.clear()
    key_id, secret = standin.key_of("444455556666")
    with (tmp_path / "credentials").open("a") as file:
        file.write(profile_text("data", key_id, secret))
    env = {**signed_in, "FINOPS_AWS_BILL_PROFILE": "data", "FINOPS_AWS_BILL_REGION": "eu-north-1"}
    ended = finops("run", "-", "--account", "aws", "--profile", "billing", env=env, stdin=SCRIPT)
    assert ended.code == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        "123456789012",
        "1 vpc",
        "['primary']",
        "UnauthorizedOperation",
        "asked",
        "hit; age",
        "['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']",
        "sandbox sandbox",
    ]
    assert "6 AWS calls, 1 from the cache" in ended.stderr
    assert standin.refused == []
    assert {("eu-west-1", "ec2"), ("eu-north-1", "athena")} <= set(standin.verified)
    assert {(ACCESS_KEY, "ec2"), (key_id, "athena")} <= set(standin.signed_by)
    kept = [path.read_text(errors="replace") for path in workspace.rglob("*") if path.is_file()]
    assert kept
    assert not any(key in text for text in kept for key in (SECRET_KEY, ACCESS_KEY, secret, key_id))
    assert not any(key in ended.stderr for key in (SECRET_KEY, secret))


def test_the_account_says_who_asks_and_what_is_missing(
    finops: Finops, signed_in: Mapping[str, str]
) -> None:
    flags = ("--account", "aws", "--profile", "billing")
    shown = finops("account", *flags, "--json", env=signed_in).json()
    assert shown["account"] == "123456789012 (billing)"
    assert shown["choose again"] == "--account aws --profile billing"
    asked = finops("sql", "SELECT 1", *flags, env=signed_in)
    assert asked.code == 2
    assert "this account has no bill to query" in asked.stderr
    assert "aws.bill" in asked.stderr


def test_who_cannot_sign_is_told_so_with_exit_code_3(
    finops: Finops, signed_in: Mapping[str, str]
) -> None:
    nobody = {**signed_in, "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
    ended = finops("account", "--account", "aws", env=nobody)
    assert ended.code == 3
    assert "--profile" in ended.stderr
    ended = finops("account", "--account", "aws", "--profile", "prod", env=signed_in)
    assert ended.code == 2
    assert "there is no AWS profile 'prod'" in ended.stderr
    assert "billing" in ended.stderr


LOOP = """
import boto3
from botocore.exceptions import ClientError
costs = boto3.client("ce")
try:
    for count in range(5):
        days = {"Start": f"2026-10-0{1 + count}", "End": "2026-11-01"}
        costs.get_cost_and_usage(TimePeriod=days, Granularity="DAILY", Metrics=["UnblendedCost"])
except ClientError as refused:
    print(count, refused.response["Error"]["Code"], refused.response["Error"]["Message"])
"""


def test_a_loop_over_cost_explorer_ends_at_the_cap_and_its_price_is_that_of_the_audit(
    finops: Finops, signed_in: Mapping[str, str]
) -> None:
    flags = ("--account", "aws", "--profile", "billing", "--session-usd", "0.03")
    ended = finops("run", "-", *flags, "--json", env=signed_in, stdin=LOOP).json()
    assert ended["stdout"].startswith(
        "3 ServiceQuotaExceededException the session cap of $0.03 would be passed:"
        " $0.03 is spent, $0.01 is asked for (raise it by --session-usd, FINOPS_LIMITS_SESSION_USD"
    )
    assert ended["aws_usd"] == "0.03"
    assert ended["aws_calls_refused"] == {"ce:GetCostAndUsage": 1}
    audited = finops("audit", "--run", ended["run"], "--json", env=signed_in).json()
    assert audited["total_usd"] == ended["aws_usd"]


def test_a_script_that_a_cap_ends_is_exit_code_5(
    finops: Finops, signed_in: Mapping[str, str]
) -> None:
    flags = ("--account", "aws", "--profile", "billing", "--session-usd", "0.02")
    fails = LOOP.replace("except ClientError", "except KeyError")
    ended = finops("run", "-", *flags, env=signed_in, stdin=fails)
    assert ended.code == 5
    assert "a cap in dollars" in ended.stderr


def test_without_the_read_of_athena_the_account_opens_and_cost_explorer_is_asked(
    finops: Finops, signed_in: Mapping[str, str], standin: AwsStandIn
) -> None:
    denied = "User: x is not authorized to perform: athena:GetTableMetadata"
    standin.scripted["GetTableMetadata"] = ("AccessDeniedException", denied)
    env = {**signed_in, "FINOPS_AWS_BILL": "billing.cur2"}
    flags = ("--account", "aws", "--profile", "billing")
    try:
        shown = finops("account", *flags, "--json", env=env)
        assert shown.code == 0, shown.stderr
        assert shown.json()["bill"].startswith("billing.cur2 (not read: AccessDeniedException")
        assert "finops-repl iam-policy" in shown.json()["bill"]
        assert finops("run", "-", *flags, env=env, stdin="print(bill)").code == 0
    finally:
        del standin.scripted["GetTableMetadata"]


def test_aws_that_cannot_be_reached_says_what_to_look_at(
    finops: Finops, signed_in: Mapping[str, str]
) -> None:
    env = {**signed_in, "FINOPS_AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    ended = finops("account", "--account", "aws", "--profile", "billing", "--json", env=env)
    assert ended.code == 3
    assert "network" in ended.json()["hint"]


def test_the_account_shows_the_workgroups_own_cutoff_and_the_caps(
    finops: Finops, signed_in: Mapping[str, str]
) -> None:
    workgroups = get_backend("athena")["123456789012"]["us-east-1"]
    configuration = {"BytesScannedCutoffPerQuery": 100_000_000_000}
    workgroups.create_work_group("finops", configuration, "", [])
    flags = ("--account", "aws", "--profile", "billing", "--session-usd", "5")
    env = {**signed_in, "FINOPS_AWS_WORKGROUP": "finops"}
    shown = finops("account", *flags, "--json", env=env).json()
    assert shown["workgroup"] == "finops (ends a query at 100.0 GB, $0.50)"
    assert shown["caps"] == "a session $5, a call none"
    assert "not priced: S3's transfer" in shown["prices"]
    shown = finops("account", *flags, "--json", env=signed_in).json()
    assert shown["workgroup"] == "primary (no cutoff of its own)"
