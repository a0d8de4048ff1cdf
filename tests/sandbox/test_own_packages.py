"""A run never has packages that its user did not agree to, nor silently lacks those asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finops_repl.assembly.packages import add_packages
from finops_repl.base.errors import ConfigError, DamagedFile
from finops_repl.base.places import Workspace
from finops_repl.sandbox.image import image_tag
from finops_repl.sandbox.own_packages import confirm, image_for
from finops_repl.sandbox.package_lock import LOCK, PackageLock, Wheel
from finops_repl.sandbox.wanted_packages import read_wanted


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """One that asks for a package and has a lock for it."""
    workspace = Workspace(tmp_path / "workspace")
    workspace.root.mkdir()
    ask(workspace, "iniconfig==2.0.0")
    return workspace


def ask(workspace: Workspace, line: str, sha256: str = "a" * 64) -> PackageLock:
    (workspace.root / "requirements.txt").write_text(line)
    wanted = read_wanted(workspace)
    assert wanted is not None
    name, _, version = line.partition("==")
    lock = PackageLock(wanted.digest, "amd64", (Wheel(name, version, sha256, 1),), ())
    lock.write(workspace)
    return lock


def test_a_workspace_without_packages_runs_in_the_products_image(tmp_path: Path) -> None:
    assert image_for(Workspace(tmp_path)) == image_tag()


def test_a_list_that_was_not_agreed_to_stops_a_run_and_names_the_command(
    workspace: Workspace,
) -> None:
    with pytest.raises(ConfigError, match="whose list you have not confirmed") as raised:
        image_for(workspace)
    assert f"finops-repl sandbox packages --workspace {workspace.root}" in raised.value.hint


def test_the_command_names_no_workspace_that_is_found_anyway(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINOPS_WORKSPACE", str(workspace.root))
    with pytest.raises(ConfigError) as raised:
        image_for(workspace)
    assert "--workspace" not in raised.value.hint


def test_wishes_without_a_list_stop_a_run(workspace: Workspace) -> None:
    (workspace.root / LOCK).unlink()
    with pytest.raises(ConfigError, match="not in the sandbox"):
        image_for(workspace)


def test_agreement_holds_for_exactly_one_list(workspace: Workspace) -> None:
    agreed = ask(workspace, "iniconfig==2.0.0")
    confirm(agreed)
    image = image_for(workspace)
    assert image.startswith("finops-repl-sandbox-own:")

    ask(workspace, "iniconfig==2.0.0", sha256="b" * 64)  # the same wish, other bytes
    with pytest.raises(ConfigError, match="not confirmed"):
        image_for(workspace)
    other = ask(workspace, "tabulate==0.9.0")
    with pytest.raises(ConfigError, match="not confirmed"):
        image_for(workspace)

    confirm(other)
    assert image_for(workspace) != image
    ask(workspace, "iniconfig==2.0.0")
    assert image_for(workspace) == image


def test_a_changed_file_asks_anew_although_its_old_list_was_agreed_to(
    workspace: Workspace,
) -> None:
    confirm(ask(workspace, "iniconfig==2.0.0"))
    for name, content in (
        ("requirements.txt", "iniconfig==2.0.0\nevil"),
        ("package.json", '{"dependencies": {"evil": "1"}}'),
    ):
        (workspace.root / name).write_text(content)
        with pytest.raises(ConfigError, match="asks for others"):
            image_for(workspace)
        ask(workspace, "iniconfig==2.0.0")


def test_a_workspace_cannot_bring_its_own_agreement(workspace: Workspace) -> None:
    lock = ask(workspace, "iniconfig==2.0.0")
    fields = {"schema": 1, "lists": [lock.digest], "confirmed": True}
    (workspace.root / "confirmed-packages.json").write_text(json.dumps(fields))
    (workspace.root / LOCK).write_text(json.dumps({"schema": 1, **lock.fields(), **fields}))
    with pytest.raises(ConfigError, match="not confirmed"):
        image_for(workspace)


def test_a_damaged_lock_stops_a_run_and_stays(workspace: Workspace) -> None:
    (workspace.root / LOCK).write_text("{")
    with pytest.raises(DamagedFile, match=LOCK):
        image_for(workspace)
    assert (workspace.root / LOCK).read_text() == "{"


@pytest.mark.usefixtures("sandbox_image")
def test_a_colleagues_list_is_shown_before_anything_is_fetched(workspace: Workspace) -> None:
    shown: list[PackageLock] = []
    steps: list[str] = []

    def disagree(lock: PackageLock) -> bool:
        shown.append(lock)
        return False

    with pytest.raises(ConfigError, match="nothing was added"):
        add_packages(workspace, disagree, steps.append)
    assert shown == [PackageLock.read(workspace)]
    assert steps == []
    with pytest.raises(ConfigError, match="not confirmed"):
        image_for(workspace)
