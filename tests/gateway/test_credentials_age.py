"""How old credentials are is told from what lies on this machine, and never guessed."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from finops_repl.base.errors import ConnectionFailed
from finops_repl.gateway.credentials_age import credentials_finding
from finops_repl.gateway.identity import AccessKeys, Identity
from tests.standin.aws_account import profile_text

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PAYER = Identity("payer", origin="--profile")


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path / "credentials"


def changed(path: Path, days_ago: int) -> None:
    then = (NOW - timedelta(days=days_ago)).timestamp()
    os.utime(path, (then, then))


@pytest.mark.parametrize(("days", "is_old"), [(12, False), (89, False), (90, True), (412, True)])
def test_a_key_is_at_least_as_old_as_its_file_and_an_old_one_is_to_be_renewed(
    credentials: Path, days: int, is_old: bool
) -> None:
    credentials.write_text(profile_text("payer"))
    changed(credentials, days)
    found = credentials_finding(PAYER, now=NOW)
    assert found.found == (
        f"payer, shared-credentials-file: an access key in {credentials}, at least {days} days old"
    )
    assert ("aws configure sso" in found.remedy) is is_old
    assert found.details == {"at_least_days": days}


def test_keys_of_a_session_do_not_say_when_it_ends(credentials: Path) -> None:
    credentials.write_text(profile_text("payer", token="a-token"))
    found = credentials_finding(PAYER, now=NOW)
    assert found.found.endswith("keys of a session, which do not say when it ends")
    assert found.remedy == ""


def test_keys_of_the_environment_have_no_known_age(
    credentials: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    found = credentials_finding(Identity(), now=NOW)
    assert found.found == "default, env: an access key; its age is not known here"


def test_keys_of_our_own_env_file_are_as_old_as_it(credentials: Path, tmp_path: Path) -> None:
    own = tmp_path / ".env"
    own.touch()
    changed(own, 100)
    identity = Identity(keys=AccessKeys("AKIAEXAMPLEEXAMPLE00", "hush", source=str(own)))
    found = credentials_finding(identity, now=NOW)
    assert f"an access key in {own}, at least 100 days old" in found.found
    assert "hush" not in str(found)


def test_keys_that_renew_themselves_tell_their_end(credentials: Path, tmp_path: Path) -> None:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3, minutes=12)
    told = {
        "Version": 1, "AccessKeyId": "ASIAEXAMPLEEXAMPLE00", "SecretAccessKey": "hush",
        "SessionToken": "t", "Expiration": until.isoformat(),
    }  # fmt: skip
    (tmp_path / "told.json").write_text(json.dumps(told))
    program = f"{sys.executable} -c \"print(open('{tmp_path}/told.json').read())\""
    (tmp_path / "config").write_text(f"[profile payer]\ncredential_process = {program}\n")
    found = credentials_finding(PAYER, now=until - timedelta(hours=3, minutes=12))
    assert f"good for 3 h 12 min, until {until:%H:%M} UTC" in found.found
    assert found.details == {"until": until.isoformat()}


def test_nobody_to_sign_fails_with_what_to_do(credentials: Path) -> None:
    with pytest.raises(ConnectionFailed, match="no AWS credentials") as failed:
        credentials_finding(Identity(), now=NOW)
    assert "--profile" in failed.value.hint
