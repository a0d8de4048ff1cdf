"""What connecting writes: its own values, and nothing else of the user's file changes."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from finops_repl.assembly.connecting.settings_file import edit_of
from finops_repl.base.errors import ConfigError
from finops_repl.base.places import settings_dir

OWN = """\
# mine
account = "aws"     # always

[aws]   # where the bill is
profile = "old"     # since spring
exports = ["s3://a/"]

[sandbox]
pool = 1
"""


@pytest.fixture
def settings() -> Path:
    settings_dir().mkdir(parents=True)
    return settings_dir() / "settings.toml"


def test_the_rest_of_the_file_stays_to_the_letter(settings: Path) -> None:
    settings.write_text(OWN)
    edit = edit_of({"profile": "payer", "bill": "cur.cur2", "exports": ("s3://a/", "s3://b/")})
    assert edit.overwritten == ("aws.profile", "aws.exports")
    assert '-profile = "old"     # since spring' in edit.diff
    assert '+profile = "payer"     # since spring' in edit.diff
    assert settings.read_text() == OWN  # not made yet
    edit.make()
    kept = {line for line in settings.read_text().splitlines() if line.strip()}
    lost = {line for line in OWN.splitlines() if line.strip()} - kept
    assert lost == {'profile = "old"     # since spring', 'exports = ["s3://a/"]'}
    assert tomllib.loads(settings.read_text()) == {
        "account": "aws",
        "aws": {"profile": "payer", "exports": ["s3://a/", "s3://b/"], "bill": "cur.cur2"},
        "sandbox": {"pool": 1},
    }


def test_a_file_is_made_for_its_user_alone() -> None:
    edit = edit_of({"bill": "cur.cur2"})
    edit.make()
    assert edit.overwritten == ()
    assert edit.path.read_text() == '[aws]\nbill = "cur.cur2"\n'
    assert stat.S_IMODE(edit.path.stat().st_mode) == 0o600
    assert [path.name for path in edit.path.parent.iterdir()] == ["settings.toml"]


def test_what_is_there_already_is_no_change(settings: Path) -> None:
    settings.write_text(OWN)
    edit = edit_of({"profile": "old", "exports": ("s3://a/",)})
    assert (edit.diff, edit.overwritten, edit.after) == ("", (), OWN)


def test_dotted_names_and_links_are_followed(settings: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text('aws.profile = "old"\n')
    settings.symlink_to(real)
    edit_of({"profile": "payer", "workgroup": "finops"}).make()
    assert settings.is_symlink()
    assert tomllib.loads(real.read_text())["aws"] == {"profile": "payer", "workgroup": "finops"}


@pytest.mark.parametrize("text", ["aws = 3\n", "[aws\n"])
def test_a_file_that_is_not_understood_is_left_alone(settings: Path, text: str) -> None:
    settings.write_text(text)
    with pytest.raises(ConfigError, match=str(settings)):
        edit_of({"bill": "cur.cur2"})
    assert settings.read_text() == text
