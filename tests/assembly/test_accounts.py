"""Which account is opened, and how the same is chosen again."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from finops_repl.assembly.accounts import open_account
from finops_repl.base.config import read_settings
from finops_repl.base.errors import InputError
from finops_repl.base.places import Workspace


def test_files_are_named_by_their_folder_and_quoted_to_be_chosen_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "my costs"
    folder.mkdir()
    monkeypatch.chdir(folder)
    workspace = Workspace(tmp_path)
    here = open_account(read_settings({"account": "files:."}, workspace, env={}), headless=True)
    assert here.name == "files:my costs"
    chosen = f"files:{folder}"
    named = open_account(read_settings({"account": chosen}, workspace, env={}), headless=True)
    assert shlex.split(named.spec) == [chosen]


@pytest.mark.parametrize(
    ("flag", "value"), [("aws_profile", "payer"), ("cache_fresh", True), ("aws_role", None)]
)
def test_what_is_typed_for_aws_is_not_left_out_on_another_account(
    tmp_path: Path, flag: str, value: object
) -> None:
    value = value or "arn:aws:iam::111122223333:role/Reader"
    flags = {"account": "simulated", flag: value}
    with pytest.raises(InputError, match="is about an AWS account, and the account is simulated"):
        open_account(read_settings(flags, Workspace(tmp_path), env={}), headless=True)
