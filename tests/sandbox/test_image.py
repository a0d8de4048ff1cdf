"""The image's name follows its inputs, and everything in it is pinned."""

from __future__ import annotations

import io
import json
import re
import shutil
import tarfile
from pathlib import Path

import pytest

from finops_repl.base.places import bundled
from finops_repl.sandbox.image import build_context, image_inputs, image_tag

INPUTS = sorted(image_inputs())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the product's sandbox folder, to change."""
    return Path(shutil.copytree(bundled("sandbox"), tmp_path / "sandbox"))


def test_tag_is_the_same_for_the_same_inputs(folder: Path) -> None:
    assert image_tag(folder) == image_tag()
    assert re.fullmatch(r"finops-repl-sandbox:[0-9a-f]{12}", image_tag())


@pytest.mark.parametrize("name", INPUTS)
def test_any_changed_input_gives_another_tag(folder: Path, name: str) -> None:
    changed = folder / name
    changed.write_bytes(changed.read_bytes() + b"\n")
    assert image_tag(folder) != image_tag()


def test_added_and_renamed_inputs_give_other_tags(folder: Path) -> None:
    (folder / "added.py").write_bytes(b"")
    added = image_tag(folder)
    (folder / "added.py").rename(folder / "renamed.py")
    assert len({image_tag(), added, image_tag(folder)}) == 3


def test_what_is_for_the_host_does_not_count(folder: Path) -> None:
    for name in ("host/engine.sh", "requirements.in", "__pycache__/runner.pyc", ".cache/x"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("changed", encoding="utf-8")
    assert image_tag(folder) == image_tag()


def test_context_holds_the_inputs_and_the_settings_given() -> None:
    context = build_context(settings={"env": b"export A=1\n"})
    with tarfile.open(fileobj=io.BytesIO(context)) as tar:
        assert sorted(tar.getnames()) == sorted([*INPUTS, "host-settings/env"])
        assert {(member.mode, member.uid, member.mtime) for member in tar} == {(0o644, 0, 0)}
    assert build_context(settings={"env": b"export A=1\n"}) == context


def test_every_python_package_is_pinned_with_its_hash() -> None:
    lines = (bundled("sandbox") / "requirements.txt").read_text(encoding="utf-8")
    requirements = lines.replace("\\\n", " ").splitlines()
    assert len(requirements) > 15
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+==[0-9.a-z]+ +--hash=sha256:[0-9a-f]{64}", requirement)


def test_every_node_package_is_pinned_and_names_no_registry() -> None:
    folder = bundled("sandbox")
    manifest = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    for name, version in manifest["dependencies"].items():
        assert packages[f"node_modules/{name}"]["version"] == version
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not any("resolved" in entry for entry in packages.values())


def test_only_the_first_stage_of_the_dockerfile_names_the_hosts_settings() -> None:
    dockerfile = (bundled("sandbox") / "Dockerfile").read_text(encoding="utf-8")
    instructions = "\n".join(
        line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")
    )
    _, fetch, *later = re.split(r"^FROM ", instructions, flags=re.MULTILINE)
    assert "host-settings" in fetch
    assert not any("host-settings" in stage for stage in later)
    assert re.findall(r"^ARG (\S+)", instructions, re.MULTILINE) == ["BASE=debian:trixie-slim"]
