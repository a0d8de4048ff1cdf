"""`.env` of the user's own folder: private, exact, and silent about what it holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from finops_repl.base.aws_signs import aws_settings_found
from finops_repl.base.config import read_settings
from finops_repl.base.env_file import env_file, read_env_file
from finops_repl.base.errors import ConfigError
from finops_repl.base.places import Workspace


def write(text: str, *, mode: int = 0o600) -> None:
    env_file().parent.mkdir(parents=True, exist_ok=True)
    env_file().write_text(text)
    env_file().chmod(mode)


def test_its_lines_are_those_of_any_env_file() -> None:
    assert read_env_file() == {}
    write(
        "# keys of the payer\n\nexport AWS_ACCESS_KEY_ID=AKIAX\n"
        "AWS_SECRET_ACCESS_KEY='a b$HOME#c'\nAWS_REGION=eu-west-1 # Ireland\n"
    )
    assert read_env_file() == {
        "AWS_ACCESS_KEY_ID": "AKIAX",
        "AWS_SECRET_ACCESS_KEY": "a b$HOME#c",
        "AWS_REGION": "eu-west-1",
    }
    assert not {"AWS_ACCESS_KEY_ID", "AWS_REGION"} & os.environ.keys()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_not_used(mode: int) -> None:
    write("AWS_PROFILE=payer\n", mode=mode)
    with pytest.raises(ConfigError) as refused:
        read_env_file()
    assert refused.value.hint == f"run: chmod 600 {env_file()}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("AWS_SECRET_ACCESS_KEY\n", "line 1: it is no NAME=VALUE"),
        ("AWS_PROFILE=payer\n=hush-hush\n", "line 2: it is no NAME=VALUE"),
        ("AWS_SECRET_KEY=hush-hush\n", "did you mean AWS_SECRET_ACCESS_KEY"),
        ("AWS_ENDPOINT_URL=http://hush-hush\n", "'AWS_ENDPOINT_URL' is not read from there"),
        ("AWS_PROFILE=\xff\n", "cannot be read: UnicodeDecodeError"),
    ],
)
def test_what_would_have_no_effect_is_an_error_that_quotes_no_value(text: str, says: str) -> None:
    write("")
    env_file().write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError) as refused:
        read_env_file()
    assert says in str(refused.value)
    assert "hush" not in str(refused.value)


def test_it_stands_between_environment_and_settings(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    write("FINOPS_MODEL=of-env-file\n")
    (env_file().parent / "settings.toml").write_text("model = 'of-settings'\n")
    chosen = read_settings({}, workspace, env={})
    assert (chosen.model, chosen.origins["model"]) == ("of-env-file", "user .env")
    named = read_settings({}, workspace, env={"FINOPS_MODEL": "of-environment"})
    assert (named.model, named.origins["model"]) == ("of-environment", "environment")


def test_an_env_file_of_the_workspace_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("AWS_ACCESS_KEY_ID=AKIATHEIRS\nFINOPS_MODEL=theirs\n")
    monkeypatch.chdir(tmp_path)
    assert read_settings({}, Workspace(tmp_path), env={}).model == ""
    assert aws_settings_found({}) == ""


def test_keys_in_it_are_a_sign_of_an_account() -> None:
    write("AWS_REGION=eu-west-1\n")
    assert aws_settings_found({}) == ""
    write("AWS_ACCESS_KEY_ID=AKIAX\nAWS_SECRET_ACCESS_KEY=x\n")
    assert aws_settings_found({}) == str(env_file())
