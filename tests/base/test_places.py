import stat
from pathlib import Path

import pytest

from finops_repl.base.errors import DamagedFile
from finops_repl.base.files import read_versioned, write_atomic, write_new, write_versioned
from finops_repl.base.places import bundled, find_workspace, state_dir


def test_the_workspace_is_the_named_one_else_the_nearest_parents(
    tmp_path: Path, private_home: Path
) -> None:
    deep = tmp_path / "team" / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "team" / "workspace" / "workflows").mkdir(parents=True)
    assert find_workspace("/x", env={"FINOPS_WORKSPACE": "/y"}, cwd=deep).root == Path("/x")
    assert find_workspace(env={"FINOPS_WORKSPACE": "/y"}, cwd=deep).root == Path("/y")
    assert find_workspace(env={}, cwd=deep).root == tmp_path / "team" / "workspace"
    own = find_workspace(env={}, cwd=tmp_path).root
    assert own == private_home / ".local/share/finops-repl/workspace"


def test_private_folders_can_be_entered_by_their_user_alone() -> None:
    assert stat.S_IMODE(state_dir("sessions").stat().st_mode) == 0o700


def test_a_new_file_replaces_nothing_and_goes_through_no_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    (tmp_path / "there").write_text("old")
    for name in ("link", "there"):
        with pytest.raises(FileExistsError):
            write_new(tmp_path / name, b"new")
    write_new(tmp_path / "deep" / "own", b"new", mode=0o600)
    assert (tmp_path / "there").read_text() == "old"
    assert not (tmp_path / "victim").exists()
    assert stat.S_IMODE((tmp_path / "deep" / "own").stat().st_mode) == 0o600


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_atomic(target, b"new")
    assert list(tmp_path.iterdir()) == [target]


def test_versioned_files_come_back_and_others_are_named(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    write_versioned(path, 1, {"name": "ä"})
    assert read_versioned(path, 1) == {"schema": 1, "name": "ä"}
    with pytest.raises(DamagedFile, match=r"f\.json has schema 1, this version reads 2"):
        read_versioned(path, 2)


def test_the_image_inputs_and_examples_are_found() -> None:
    assert (bundled("workflows") / "monthly-cost-report.json").is_file()
    assert bundled("sandbox").is_dir()
