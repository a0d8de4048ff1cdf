"""Who signs where several places name somebody: the nearest to the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_repl.assembly.signers import bill_signer, signer
from finops_repl.base.config import read_settings
from finops_repl.base.env_file import env_file
from finops_repl.base.errors import ConfigError
from finops_repl.base.places import Workspace
from finops_repl.gateway.identity import Identity

KEYS = "AWS_ACCESS_KEY_ID=AKIAX\nAWS_SECRET_ACCESS_KEY=hush-hush\nAWS_REGION=eu-north-1\n"


def chosen(
    tmp_path: Path,
    *,
    flag: str | None = None,
    env: dict[str, str] | None = None,
    filed: str = "",
    settings: str = "",
) -> Identity:
    env_file().parent.mkdir(parents=True, exist_ok=True)
    env_file().write_text(filed)
    env_file().chmod(0o600)
    (env_file().parent / "settings.toml").write_text(settings)
    env = env or {}
    return signer(read_settings({"aws_profile": flag}, Workspace(tmp_path), env=env), env=env)


def test_flag_beats_environment_beats_env_file_beats_settings(tmp_path: Path) -> None:
    settings = "[aws]\nprofile = 'of-settings'\n"
    env = {"AWS_PROFILE": "of-environment"}
    by_flag = chosen(tmp_path, flag="typed", env=env, filed=KEYS, settings=settings)
    assert (by_flag.profile, by_flag.keys, by_flag.origin) == ("typed", None, "--profile")
    by_env = chosen(tmp_path, env=env, filed=KEYS, settings=settings)
    assert (by_env.profile, by_env.keys) == ("of-environment", None)
    assert by_env.origin == "AWS_PROFILE of the environment"
    by_file = chosen(tmp_path, filed=KEYS, settings=settings)
    assert by_file.keys is not None
    assert (by_file.profile, by_file.keys.key_id, by_file.name) == ("", "AKIAX", ".env")
    assert by_file.origin == f"AWS_ACCESS_KEY_ID of {env_file()}"
    assert str(env_file()) in by_file.renewal
    by_settings = chosen(tmp_path, settings=settings)
    assert (by_settings.profile, by_settings.is_chosen) == ("of-settings", True)
    assert chosen(tmp_path) == Identity()


def test_keys_of_the_environment_pass_over_profiles_as_for_aws_own_tools(tmp_path: Path) -> None:
    env = {"AWS_ACCESS_KEY_ID": "AKIAY", "AWS_PROFILE": "payer"}
    found = chosen(tmp_path, env=env, filed=KEYS, settings="[aws]\nprofile = 'x'\n")
    assert (found.profile, found.keys) == ("", None)
    assert found.origin == "AWS_ACCESS_KEY_ID of the environment"


def test_a_profile_may_stand_in_the_env_file(tmp_path: Path) -> None:
    assert chosen(tmp_path, filed="AWS_PROFILE=payer\n").profile == "payer"
    by_setting = chosen(tmp_path, filed=f"FINOPS_AWS_PROFILE=payer\n{KEYS}")
    assert (by_setting.profile, by_setting.keys) == ("payer", None)


def test_the_region_takes_the_same_way(tmp_path: Path) -> None:
    settings = "[aws]\nregion = 'eu-west-3'\n"
    env = {"AWS_REGION": "eu-west-1", "FINOPS_AWS_REGION": "eu-west-2"}
    assert chosen(tmp_path, env=env, filed=KEYS, settings=settings).region == "eu-west-2"
    del env["FINOPS_AWS_REGION"]
    assert chosen(tmp_path, env=env, filed=KEYS, settings=settings).region == "eu-west-1"
    assert chosen(tmp_path, filed=KEYS, settings=settings).region == "eu-north-1"
    assert chosen(tmp_path, settings=settings).region == "eu-west-3"


@pytest.mark.parametrize("line", KEYS.splitlines()[:2])
def test_half_a_key_is_an_error(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match="a part of an access key"):
        chosen(tmp_path, filed=line)


def test_nothing_that_is_printed_of_an_identity_holds_its_secret(tmp_path: Path) -> None:
    found = chosen(tmp_path, filed=f"{KEYS}AWS_SESSION_TOKEN=hush-token\n")
    assert found.keys is not None
    assert found.keys.secret == "hush-hush"
    assert "hush" not in repr(found)


def test_the_bill_may_have_a_profile_or_a_role_of_its_own(tmp_path: Path) -> None:
    main = Identity("payer", "arn:aws:iam::111122223333:role/main", "eu-west-1")

    def of_bill(**given: str) -> Identity | None:
        flags = {f"aws_{name}": value for name, value in given.items()}
        return bill_signer(read_settings(flags, Workspace(tmp_path), env={}), main)

    assert of_bill() is None
    assert of_bill(bill_region="eu-central-1") is None  # the same identity asks elsewhere
    by_profile = of_bill(bill_profile="data")
    assert by_profile is not None
    assert (by_profile.profile, by_profile.role, by_profile.region) == ("data", "", "")
    by_role = of_bill(bill_role="arn:aws:iam::444455556666:role/bill")
    assert by_role is not None
    assert (by_role.profile, by_role.region) == ("payer", "eu-west-1")
    assert by_role.role == "arn:aws:iam::444455556666:role/bill"
