"""Credentials are renewed where they come from: a sign-in is named to those alone who have one."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_repl.gateway.identity import AccessKeys, Identity

CONFIG = """\
[profile sso]
sso_session = company
[profile old-sso]
sso_start_url = https://sso.invalid/start
[profile reader]
role_arn = arn:aws:iam::111122223333:role/Reader
source_profile = sso
[profile vault]
credential_process = vault print
[profile circle]
role_arn = arn:aws:iam::111122223333:role/Reader
source_profile = circle
[profile bare]
region = eu-west-1
"""
CREDENTIALS = """\
[half]
aws_access_key_id = AKIAEXAMPLEEXAMPLE00
[session]
aws_access_key_id = ASIAEXAMPLEEXAMPLE00
aws_secret_access_key = x
aws_session_token = expired
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config").write_text(CONFIG)
    (tmp_path / "credentials").write_text(CREDENTIALS)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        ("sso", "sign in: aws sso login --profile sso"),
        ("old-sso", "sign in: aws sso login --profile old-sso"),
        ("reader", "sign in: aws sso login --profile sso"),
        ("vault", "credential_process of the AWS profile 'vault'"),
        ("half", "keys that are valid into the AWS profile 'half'"),
        ("session", "keys that are valid into the AWS profile 'session'"),
        ("circle", "the AWS profile 'circle'"),
        ("bare", "the AWS profile 'bare'"),
        ("nobodys", "the AWS profile 'nobodys'"),
        ("", "--profile"),
    ],
)
def test_what_renews_a_profile_is_told_by_its_own_settings(profile: str, says: str) -> None:
    renewal = Identity(profile).renewal
    assert says in renewal
    assert ("aws sso login" in renewal) == ("sso" in says)


def test_keys_are_renewed_in_the_place_that_they_were_read_from() -> None:
    origin = "AWS_ACCESS_KEY_ID of the environment"
    assert Identity(origin=origin).renewal.startswith("export keys that are valid")
    keys = AccessKeys("AKIA", "x", source="/home/ana/.env")
    assert Identity(keys=keys).renewal == "put keys that are valid into /home/ana/.env"


def test_settings_that_cannot_be_read_are_no_second_failure(files: Path) -> None:
    (files / "config").write_text("no section\n")
    assert "--profile" in Identity().renewal
