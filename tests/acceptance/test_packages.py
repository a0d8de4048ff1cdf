"""`finops-repl sandbox packages`: the list, the question, and no for an answer."""

from __future__ import annotations

import os
from pathlib import Path

import pexpect
import pytest

from finops_repl.base.places import Workspace
from finops_repl.sandbox.package_lock import NodeModule, PackageLock, Wheel
from finops_repl.sandbox.wanted_packages import read_wanted
from tests.acceptance.conftest import COMMAND, Finops

pytestmark = pytest.mark.usefixtures("colleagues_list")


@pytest.fixture
def colleagues_list(workspace: Path) -> None:
    """Packages that a colleague listed and this user never saw."""
    (workspace / "requirements.txt").write_text("iniconfig==2.0.0\n")
    (workspace / "package.json").write_text('{"dependencies": {"ms": "2.1.3"}}')
    wanted = read_wanted(Workspace(workspace))
    assert wanted is not None
    module = NodeModule(
        "node_modules/ms", "2.1.3", f"sha512-{'A' * 86}==", 6_721, {"hasInstallScript": True}
    )
    lock = PackageLock(
        wanted.digest, "amd64", (Wheel("iniconfig", "2.0.0", "a" * 64, 19_005_000),), (module,)
    )
    lock.write(Workspace(workspace))


def test_without_a_terminal_the_list_is_shown_and_refused(finops: Finops) -> None:
    for command in ("packages", "build"):
        ended = finops("sandbox", command)
        assert ended.code == 2
        assert ended.stdout == ""
        assert "2 package(s), 19.0 MB, would be added to the sandbox:" in ended.stderr
        assert "python      iniconfig  2.0.0           19.0 MB\n" in ended.stderr
        assert "0.0 MB  its install script is not run\n" in ended.stderr
        assert "--yes" in ended.stderr


def test_status_says_what_is_left_to_do(finops: Finops) -> None:
    ended = finops("sandbox", "status", "--json")
    assert "whose list you have not confirmed" in ended.json()["packages"]


def test_on_a_terminal_no_is_the_default(workspace: Path) -> None:
    child = pexpect.spawn(
        COMMAND,
        ["sandbox", "packages"],
        env={**os.environ, "FINOPS_WORKSPACE": str(workspace)},
        cwd=str(workspace.parent),
        encoding="utf-8",
        timeout=60,
    )
    child.expect_exact("Add these packages to your sandbox? [y/N]")
    child.sendline("")
    child.expect_exact("nothing was added")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2
