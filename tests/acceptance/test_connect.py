"""A real account connected from the shell, by flags and at a terminal, and used afterwards."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pexpect
import pytest

from finops_repl.base.places import settings_dir
from tests.acceptance.conftest import COMMAND, Finops
from tests.assembly.conftest import DATA, fill, filled, profiles, standin
from tests.standin.aws_account import AwsStandIn, profile_text

__all__ = ["filled", "profiles", "standin"]  # fixtures of the account that is connected

NO_ENGINE = {"DOCKER_HOST": "tcp://127.0.0.1:9"}


@pytest.fixture
def here(standin: AwsStandIn, profiles: Path) -> Mapping[str, str]:
    return {"FINOPS_AWS_ENDPOINT_URL": standin.url}


def written() -> dict[str, object]:
    settings: dict[str, object] = tomllib.loads((settings_dir() / "settings.toml").read_text())
    return settings


def test_flags_connect_and_the_account_is_there(
    finops: Finops, here: Mapping[str, str], standin: AwsStandIn
) -> None:
    connect = ("account", "connect", "--profile", "payer")
    unasked = finops(*connect, env=here)
    assert unasked.code == 2
    assert "--yes" in unasked.stderr
    assert "--no-cost-explorer" in unasked.stderr
    nameless = finops("account", "connect", "--no-cost-explorer", env=here)
    assert nameless.code == 2
    assert "--profile; there are: payer" in nameless.stderr
    assert standin.verified == []

    done = finops(*connect, "--yes", "--json", env=here)
    assert done.code == 0, done.stderr
    told = done.json()
    assert {step["step"] for step in told["steps"]} >= {"identity", "table", "workgroup", "price"}
    assert (told["price_usd"], told["written"]) == ("0.01", True)
    assert written() == {
        "aws": {
            "profile": "payer",
            "bill": "billing.cur2",
            "bill_region": "eu-central-1",
            "workgroup": "finops",
            "output": "s3://results/finops/",
            "exports": ["s3://bills/exports/cur2/", "s3://old-bills/cur/legacy/"],
        }
    }
    assert stat.S_IMODE((settings_dir() / "settings.toml").stat().st_mode) == 0o600

    shown = finops("account", "--account", "aws", "--json", env=here).json()
    assert shown["bill"] == "AwsDataCatalog.billing.cur2 (cur2)"
    assert shown["bill's region"] == "eu-central-1"
    assert shown["signs"] == "payer, by aws.profile of your settings"

    before = written()
    other = finops(*connect, "--no-cost-explorer", "--table", "billing.old", env=here)
    assert other.code == 2
    assert "aws.bill would be replaced" in other.stderr
    assert written() == before


def test_a_terminal_is_asked_and_its_answers_are_kept(
    here: Mapping[str, str], profiles: Path, standin: AwsStandIn
) -> None:
    key_id, secret = standin.key_of(DATA)
    fill(standin, key_id, secret)
    with profiles.open("a") as file:
        file.write(profile_text("data", key_id, secret))
    child = pexpect.spawn(
        COMMAND,
        ["account", "connect"],
        env={**os.environ, **here},
        encoding="utf-8",
        timeout=60,
        dimensions=(50, 250),
    )
    child.expect("Which profile asks")
    child.sendline("1")
    child.expect(r"for \$0\.01\?")
    child.sendline("n")
    child.expect("Which table is the bill")
    child.sendline("2")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    found = written()["aws"]
    assert isinstance(found, dict)
    assert (found["profile"], found["bill"]) == ("data", "billing.cur2_small")
    assert ("us-east-1", "ce") not in standin.verified


def test_an_expired_sign_in_is_exit_code_3_and_the_command_that_renews_it(
    finops: Finops, here: Mapping[str, str]
) -> None:
    Path(os.environ["AWS_CONFIG_FILE"]).write_text(
        "[profile sso]\nsso_session = none\nsso_account_id = 111122223333\n"
        "sso_role_name = Billing\n[sso-session none]\nsso_region = eu-west-1\n"
        "sso_start_url = https://sso.invalid/start\n"
    )
    ended = finops("account", "connect", "--profile", "sso", "--yes", env=here)
    assert ended.code == 3
    assert "aws sso login --profile sso" in ended.stderr
    assert not settings_dir().exists()


def test_without_a_bill_a_workflow_says_so_before_any_container(
    finops: Finops, here: Mapping[str, str]
) -> None:
    flags = ("--account", "aws", "--profile", "payer")
    ended = finops("run-workflow", "monthly-cost-report", *flags, env={**here, **NO_ENGINE})
    assert ended.code == 2
    assert "asks Athena for the bill" in ended.stderr
    assert "finops-repl account connect" in ended.stderr
    shown = finops("account", *flags, env=here)
    assert "none: Cost Explorer only" in shown.stdout


def test_keys_of_the_users_env_file_sign_and_are_seen_nowhere(
    finops: Finops, here: Mapping[str, str], standin: AwsStandIn
) -> None:
    key_id, secret = standin.key_of(DATA)
    settings_dir().mkdir(parents=True, exist_ok=True)
    file = settings_dir() / ".env"
    file.write_text(f"AWS_ACCESS_KEY_ID={key_id}\nAWS_SECRET_ACCESS_KEY={secret}\n")
    file.chmod(0o600)
    shown = finops("account", "--account", "aws", env=here)
    assert shown.stdout.startswith("account"), shown.stderr
    assert f"{DATA} (.env)" in shown.stdout
    assert f"AWS_ACCESS_KEY_ID of {file}" in shown.stdout
    assert {key for key, _ in standin.signed_by} == {key_id}
    assert secret not in shown.stdout + shown.stderr
    file.chmod(0o644)
    open_file = finops("account", "--account", "aws", env=here)
    assert open_file.code == 2
    assert f"chmod 600 {file}" in open_file.stderr


def test_what_cannot_be_asked_is_no_success_and_nothing_is_written(
    finops: Finops, here: Mapping[str, str], standin: AwsStandIn
) -> None:
    connect = ("account", "connect", "--profile", "payer", "--no-cost-explorer", "--json")
    named = finops(*connect, "--workgroup", "nosuch", env=here)
    assert named.code == 2
    assert "the workgroup nosuch is not there" in named.json()["error"]
    assert "table" in {step["step"] for step in named.json()["steps"]}
    assert finops(*connect, "--region", "mars-1", env=here).code == 2
    denied = ("AccessDeniedException", "not authorized to perform this")
    for operation in ("DescribeReportDefinitions", "ListExports", "GetDatabases"):
        standin.scripted[operation] = denied
    refused = finops(*connect, env=here)
    assert refused.code == 3
    assert refused.json()["written"] is False
    assert not settings_dir().exists()
