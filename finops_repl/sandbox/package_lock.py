"""workspace/packages.lock.json: exactly which packages a workspace adds to the sandbox.

Whoever shares the workspace may have written it, and the registries have a word in it, too: every
field is checked before it reaches pip, npm or a screen.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from finops_repl.base.errors import DamagedFile
from finops_repl.base.files import read_versioned, write_versioned
from finops_repl.base.places import Workspace

__all__ = ["LOCK", "NodeModule", "PackageLock", "Wheel"]

LOCK = "packages.lock.json"
SCHEMA = 1
MAX_PACKAGES = 2_000

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?")
VERSION = re.compile(r"[A-Za-z0-9.!+_-]{1,100}")
SHA256 = re.compile(r"[0-9a-f]{64}")
INTEGRITY = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")
_MODULE = r"node_modules/(?:@[a-z0-9~-][a-z0-9._~-]*/)?[A-Za-z0-9~_-][A-Za-z0-9._~-]*"
PATH = re.compile(rf"{_MODULE}(?:/{_MODULE}){{0,20}}")
ELSEWHERE = re.compile(r"(?:git|github|https?|file|link|workspace)\b.*:|/.*/|^\.", re.IGNORECASE)
"""A range that would take a module from elsewhere than the registry; `npm:` names it there."""
NPM_TEXTS = ("dependencies", "optionalDependencies", "peerDependencies", "engines")
NPM_OTHERS = ("name", "optional", "os", "cpu", "libc", "peerDependenciesMeta", "hasInstallScript")


@dataclass(frozen=True, slots=True)
class Wheel:
    """A Python package; `size` is its bytes on disk, `sha256` its wheel's."""

    name: str
    version: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class NodeModule:
    """A JavaScript package; `path` is its folder, `npm` what npm's own lock says of it besides."""

    path: str
    version: str
    integrity: str
    size: int
    npm: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in the registry, with the one by which it is required where that differs."""
        folder = self.path.rpartition("node_modules/")[2]
        return f"{self.npm['name']} as {folder}" if "name" in self.npm else folder

    @property
    def has_install_script(self) -> bool:
        """Whether it wants to run something when it is installed; it is not run."""
        return bool(self.npm.get("hasInstallScript"))


@dataclass(frozen=True, slots=True)
class PackageLock:
    """The packages that answer the wishes of a `digest`, for engines of one architecture."""

    wanted: str
    architecture: str
    python: tuple[Wheel, ...]
    javascript: tuple[NodeModule, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the image holds all that is wanted."""
        return not self.python and not self.javascript

    @property
    def digest(self) -> str:
        """Names the exact packages: what a user confirms."""
        text = json.dumps(self.fields(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def read(cls, workspace: Workspace) -> PackageLock | None:
        """The workspace's lock, None where there is none; raises `DamagedFile`."""
        path = workspace.root / LOCK
        if not path.exists():
            return None
        fields = read_versioned(path, SCHEMA)
        try:
            return cls(
                _text(fields["wanted"], SHA256),
                _text(fields["architecture"], NAME),
                *_packages(fields),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedFile(
                f"{path} is not a lock that finops-repl wrote: {error}",
                hint="remove it, then: finops-repl sandbox packages",
            ) from error

    @classmethod
    def of_list(cls, wanted: str, architecture: str, found: bytes) -> PackageLock:
        """What the fetching stage listed; raises `ValueError` for a package that is not plain."""
        try:
            return cls(wanted, architecture, *_packages(json.loads(found)))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"the list of packages lacks {error}") from error

    def write(self, workspace: Workspace) -> None:
        """Put it beside the files that it answers."""
        write_versioned(workspace.root / LOCK, SCHEMA, self.fields())

    def fields(self) -> dict[str, Any]:
        return {
            "wanted": self.wanted,
            "architecture": self.architecture,
            "python": [
                {"name": w.name, "version": w.version, "sha256": w.sha256, "size": w.size}
                for w in self.python
            ],
            "javascript": [
                {
                    "path": m.path,
                    "version": m.version,
                    "integrity": m.integrity,
                    "size": m.size,
                    **m.npm,
                }
                for m in self.javascript
            ],
        }


def _packages(fields: Mapping[str, Any]) -> tuple[tuple[Wheel, ...], tuple[NodeModule, ...]]:
    python, javascript = fields["python"], fields["javascript"]
    if not isinstance(python, list) or not isinstance(javascript, list):
        raise ValueError("it holds no lists of packages")
    if len(python) + len(javascript) > MAX_PACKAGES:
        raise ValueError(f"it lists more than {MAX_PACKAGES} packages")
    return tuple(_wheel(entry) for entry in python), tuple(_module(entry) for entry in javascript)


def _wheel(entry: Mapping[str, Any]) -> Wheel:
    return Wheel(
        _text(entry["name"], NAME),
        _text(entry["version"], VERSION),
        _text(entry["sha256"], SHA256),
        _size(entry["size"]),
    )


def _module(entry: Mapping[str, Any]) -> NodeModule:
    npm: dict[str, Any] = {name: entry[name] for name in NPM_OTHERS if name in entry}
    if "name" in npm:
        _text(f"node_modules/{npm['name']}", PATH)
    for name in NPM_TEXTS:
        texts = entry.get(name, {})
        for of, text in texts.items():
            if not isinstance(text, str) or ELSEWHERE.search(text):
                raise ValueError(f"{entry['path']!a} takes {of!a} from {text!a}")
        if texts:
            npm[name] = dict(texts)
    return NodeModule(
        _text(entry["path"], PATH),
        _text(entry["version"], VERSION),
        _text(entry["integrity"], INTEGRITY),
        _size(entry["size"]),
        npm,
    )


def _text(value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{value!a:.100} is not plain")
    return value


def _size(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!a:.100} is no size")
    return value
