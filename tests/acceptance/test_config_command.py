"""`finops-repl config`: what holds and what set it, for people and for programs."""

from __future__ import annotations

from finops_repl.base.places import settings_dir
from tests.acceptance.conftest import Finops


def test_each_setting_stands_in_a_line_with_its_origin(finops: Finops) -> None:
    env = {"FINOPS_MODEL": "offline", "ANTHROPIC_API_KEY": "sk-secret"}
    ended = finops("config", "--session-usd", "2", env=env)
    assert ended.code == 0, ended.stderr
    lines = {line.split()[0]: line.split()[1:] for line in ended.stdout.splitlines()}
    assert lines["model"] == ["offline", "environment", "(FINOPS_MODEL)"]
    assert lines["limits.session_usd"] == ["2", "flag", "(--session-usd)"]
    assert lines["account"] == ["-", "default:", "simulated"]
    assert lines["ANTHROPIC_API_KEY"][:3] == ["set,", "not", "shown"]
    assert "sk-secret" not in ended.stdout + ended.stderr


def test_json_is_one_object_and_flags_before_the_command_count(finops: Finops) -> None:
    told = finops("--model", "offline", "config", "--json").json()["settings"]
    by_name = {each["name"]: each for each in told}
    assert by_name["model"] == {
        "name": "model", "value": "offline", "origin": "flag", "set_by": "--model",
        "instead": None,
    }  # fmt: skip
    assert by_name["account"]["value"] is None


def test_one_setting_is_its_value_alone_on_stdout(finops: Finops) -> None:
    ended = finops("config", "timeout_s", env={"FINOPS_TIMEOUT_S": "45"})
    assert (ended.code, ended.stdout) == (0, "45\n")
    assert ended.stderr == "environment (FINOPS_TIMEOUT_S)\n"
    assert finops("config", "account").stdout == "\n"
    assert finops("config", "sandbox.pool", "--json").json()["value"] == 2


def test_unknown_names_come_with_the_nearest(finops: Finops) -> None:
    ended = finops("config", "sandbox.pol")
    assert (ended.code, ended.stdout) == (2, "")
    assert "did you mean sandbox.pool" in ended.stderr
    settings_dir().mkdir(parents=True)
    (settings_dir() / "settings.toml").write_text("[limits]\nsesion_usd = 1\n")
    ended = finops("config")
    assert (ended.code, ended.stdout) == (2, "")
    assert "did you mean limits.session_usd?" in ended.stderr
