"""Every setting is shown with what set it, and no secret is shown at all."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from finops_repl.base.config import read_settings
from finops_repl.base.places import Workspace, settings_dir
from finops_repl.base.shown_settings import NOT_SHOWN, ShownSetting, shown_settings


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def shown(
    workspace: Workspace, flags: dict[str, object] | None = None, **env: str
) -> dict[str, ShownSetting]:
    settings = read_settings(flags or {}, workspace, env=env)
    return {each.name: each for each in shown_settings(settings, workspace, flags or {}, env=env)}


def test_each_value_names_the_flag_variable_or_file_that_set_it(workspace: Workspace) -> None:
    settings_dir().mkdir(parents=True)
    own = settings_dir() / "settings.toml"
    own.write_text("[limits]\ncall_usd = 0.10\n[aws]\nexports = ['s3://b/a/', 's3://a/']\n")
    dotenv = settings_dir() / ".env"
    dotenv.touch(mode=0o600)
    dotenv.write_text("FINOPS_SANDBOX_POOL=0\n")
    shared = workspace.root / "finops-repl.toml"
    shared.write_text("timeout_s = 45\n")
    flags: dict[str, object] = {"limits_session_usd": "2.50", "cache_fresh": True}
    found = shown(workspace, flags, FINOPS_MODEL="offline")
    for expected in (
        ShownSetting("limits.session_usd", "2.5", "flag", "--session-usd"),
        ShownSetting("cache.fresh", True, "flag", "--fresh"),
        ShownSetting("model", "offline", "environment", "FINOPS_MODEL"),
        ShownSetting("sandbox.pool", 0, "user .env", str(dotenv)),
        ShownSetting("limits.call_usd", "0.1", "user file", str(own)),
        ShownSetting("aws.exports", ["s3://a/", "s3://b/a/"], "user file", str(own)),
        ShownSetting("timeout_s", 45.0, "workspace file", str(shared)),
        ShownSetting("cache.enabled", True, "default"),
        ShownSetting("account", None, "default"),
        ShownSetting("approve", None, "default"),
    ):
        assert found[expected.name] == expected


def test_what_holds_where_nothing_was_chosen_is_told_of_such_settings_alone(
    workspace: Workspace,
) -> None:
    settings = read_settings({"model": "offline"}, workspace, env={})
    instead = {"account": "simulated", "model": "another"}
    told = shown_settings(settings, workspace, {"model": "offline"}, env={}, instead=instead)
    assert {each.name: each.instead for each in told if each.instead} == {"account": "simulated"}


def test_no_setting_is_left_out_and_each_value_is_the_one_that_is_used(
    workspace: Workspace,
) -> None:
    settings = read_settings({}, workspace, env={"FINOPS_LIMITS_CALL_USD": "1e-7"})
    found = {each.name: each for each in shown_settings(settings, workspace, {}, env={})}
    assert settings.origins.keys() < found.keys()
    assert settings.call_usd == Decimal("1e-7")
    assert found["limits.call_usd"].value == "0.0000001"
    assert found["limits.turn_usd"].value == "5"
    assert found["limits.turn_tool_calls"].value == 30
    assert found["limits.session_tokens"].value is None


def test_keys_are_only_said_to_be_set_and_passwords_in_addresses_are_taken_out(
    workspace: Workspace,
) -> None:
    env = {
        "ANTHROPIC_API_KEY": "sk-secret",
        "ANTHROPIC_BASE_URL": "https://me:hush@models.example/api",
        "AWS_SECRET_ACCESS_KEY": "hush-hush",
        "AWS_PROFILE": "payer",
    }
    found = shown(workspace, {}, **env)
    assert found["ANTHROPIC_API_KEY"] == ShownSetting(
        "ANTHROPIC_API_KEY", NOT_SHOWN, "environment", "ANTHROPIC_API_KEY"
    )
    assert found["ANTHROPIC_BASE_URL"].value == "https://models.example/api"
    assert found["AWS_PROFILE"].value == "payer"
    assert "sk-secret" not in str(found)
    assert "hush" not in str(found)
    assert "ANTHROPIC_AUTH_TOKEN" not in found


def test_the_workspace_says_what_chose_it(workspace: Workspace) -> None:
    assert shown(workspace)["workspace"].origin == "default"
    chosen = shown(workspace, {}, FINOPS_WORKSPACE=str(workspace.root))["workspace"]
    assert (chosen.value, chosen.set_by) == (str(workspace.root), "FINOPS_WORKSPACE")
    assert shown(workspace, {"workspace": "x"})["workspace"].set_by == "--workspace"
