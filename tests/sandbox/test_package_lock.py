"""A lock may come from anybody: only what it should say reaches pip, npm or the screen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_repl.base.errors import DamagedFile
from finops_repl.base.places import Workspace
from finops_repl.sandbox.package_lock import LOCK, PackageLock, Wheel

WHEEL = {"name": "iniconfig", "version": "2.0.0", "sha256": "a" * 64, "size": 7}
MODULE = {
    "path": "node_modules/@a/b/node_modules/ms",
    "version": "2.1.3",
    "integrity": f"sha512-{'A' * 86}==",
    "size": 9,
    "dependencies": {"x": "^1", "y": "npm:z@2"},
    "hasInstallScript": True,
}
SCALARS: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)


def of(python: list[Any], javascript: list[Any]) -> PackageLock:
    found = json.dumps({"python": python, "javascript": javascript}).encode()
    return PackageLock.of_list("f" * 64, "amd64", found)


def test_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    lock = of([WHEEL], [MODULE])
    assert lock.python == (Wheel("iniconfig", "2.0.0", "a" * 64, 7),)
    (module,) = lock.javascript
    assert (module.name, module.has_install_script) == ("ms", True)
    lock.write(Workspace(tmp_path))
    assert PackageLock.read(Workspace(tmp_path)) == lock
    assert PackageLock.read(Workspace(tmp_path / "elsewhere")) is None


def test_module_under_another_name_is_shown_with_its_own() -> None:
    lock = of([], [{**MODULE, "path": "node_modules/ms", "name": "evil"}])
    assert lock.javascript[0].name == "evil as ms"


def test_any_other_package_is_another_digest() -> None:
    locks = [
        of([WHEEL], [MODULE]),
        of([WHEEL], []),
        of([{**WHEEL, "version": "2.0.1"}], [MODULE]),
        of([{**WHEEL, "sha256": "b" * 64}], [MODULE]),
        of([WHEEL], [{**MODULE, "integrity": f"sha512-{'B' * 86}=="}]),
        of([WHEEL], [{**MODULE, "name": "evil"}]),
    ]
    assert len({lock.digest for lock in locks}) == len(locks)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x --index-url=https://evil"},
        {"name": "x @ https://evil"},
        {"name": "-r"},
        {"name": "a\nb"},
        {"name": "\x1b[2J"},
        {"version": "1 --hash=x"},
        {"version": "1\n-e ."},
        {"sha256": "a" * 63},
        {"size": -1},
        {"size": "7"},
        {"size": True},
    ],
)
def test_wheels_that_are_more_than_a_name_and_a_hash_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"is not plain|is no size"):
        of([{**WHEEL, **fields}], [])


@pytest.mark.parametrize(
    "fields",
    [
        {"path": "../evil"},
        {"path": "node_modules/../evil"},
        {"path": "node_modules/.bin"},
        {"path": "/node_modules/ms"},
        {"path": ""},
        {"integrity": "sha1-xxxx"},
        {"version": "git+https://x"},
        {"name": "../x"},
        {"dependencies": {"x": "git+https://evil/x"}},
        {"dependencies": {"x": "https://evil/x.tgz"}},
        {"dependencies": {"x": "file:../x"}},
        {"dependencies": {"x": "../x"}},
        {"optionalDependencies": {"x": "github:evil/x"}},
        {"dependencies": {"x": 1}},
    ],
)
def test_modules_from_elsewhere_than_the_registry_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"is not plain|takes"):
        of([], [{**MODULE, **fields}])


def test_only_what_npm_needs_is_kept_of_a_module() -> None:
    lock = of([], [{**MODULE, "resolved": "https://evil/x.tgz", "link": True, "bin": {"a": "b"}}])
    assert not {"resolved", "link", "bin"} & set(lock.fields()["javascript"][0])


@given(VALUES.filter(lambda value: value != []))
def test_damaged_locks_are_named(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    for content in (
        value,
        {
            "schema": 1,
            "wanted": "f" * 64,
            "architecture": "amd64",
            "python": value,
            "javascript": [],
        },
    ):
        (workspace.root / LOCK).write_text(json.dumps(content))
        with pytest.raises(DamagedFile, match=LOCK):
            PackageLock.read(workspace)
