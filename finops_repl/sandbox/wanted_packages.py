"""What a workspace's requirements.txt and package.json ask for, read narrowly.

Only names with versions are read: whatever would take a package from elsewhere than the index
(an address, a folder, an option) is refused with its line, and so is what would be left undone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finops_repl.base.errors import ConfigError
from finops_repl.base.places import Workspace

__all__ = ["PACKAGE_JSON", "REQUIREMENTS", "WantedPackages", "read_wanted"]

REQUIREMENTS = "requirements.txt"
PACKAGE_JSON = "package.json"

MAX_BYTES = 64 * 1024
MAX_WANTED = 200

_VERSION = r"(?:===|==|~=|!=|<=|>=|<|>)[ ]?[\w.*+!-]+"
REQUIREMENT = re.compile(
    rf"""(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)
    [ ]? (?: \[ [\w., -]* \] )?
    [ ]? (?: {_VERSION} (?: [ ]?,[ ]? {_VERSION} )* )?
    [ ]? (?: ; [\w .'"<>=!~()+*-]+? )?
    (?: [ ] --hash=sha(?:256|384|512):[0-9a-f]+ )*""",
    re.VERBOSE | re.ASCII,
)
NPM_NAME = re.compile(r"(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*")
NPM_RANGE = re.compile(r"[\w\s.*^~<>=|+-]{1,200}", re.ASCII)
OTHER_DEPENDENCIES = (
    "optionalDependencies",
    "peerDependencies",
    "bundleDependencies",
    "bundledDependencies",
    "overrides",
    "workspaces",
)


@dataclass(frozen=True, slots=True)
class WantedPackages:
    """Requirement lines of pip, and version ranges of npm by name."""

    python: tuple[str, ...] = ()
    javascript: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Stands in the lock that was made for it: other wishes, another digest."""
        wishes = json.dumps([self.python, sorted(self.javascript.items())])
        return hashlib.sha256(wishes.encode()).hexdigest()


def read_wanted(workspace: Workspace) -> WantedPackages | None:
    """What the workspace asks for; None where it asks for nothing. Raises `ConfigError`."""
    wanted = WantedPackages(
        tuple(_requirements(workspace.root / REQUIREMENTS)),
        _dependencies(workspace.root / PACKAGE_JSON),
    )
    if len(wanted.python) + len(wanted.javascript) > MAX_WANTED:
        raise ConfigError(f"{workspace.root} asks for more than {MAX_WANTED} packages")
    return wanted if wanted.python or wanted.javascript else None


def _requirements(path: Path) -> list[str]:
    lines: list[str] = []
    begun = ""
    for number, text in enumerate(_text(path).splitlines(), 1):
        text = re.sub(r"(^|\s)#.*", "", text).strip()
        if text.endswith("\\"):
            begun += text[:-1] + " "
            continue
        line, begun = " ".join((begun + text).split()), ""
        if not line:
            continue
        if not REQUIREMENT.fullmatch(line):
            raise ConfigError(
                f"{path} line {number}: {line[:80]!r} is not read", hint=_remedy(line)
            )
        lines.append(line)
    if begun:
        raise ConfigError(f"{path} ends within a line", hint="take the last \\ away")
    return lines


def _remedy(line: str) -> str:
    if line.startswith("-"):
        return "options are not read (-r, -e, --index-url, ...): list names and versions here"
    if "://" in line or "@" in line or "/" in line or line.startswith("."):
        return "packages come from the package index alone: give a name and a version, name==1.2"
    return "give a name and versions, as in name==1.2 or name>=1.2,<2"


def _dependencies(path: Path) -> dict[str, str]:
    text = _text(path)
    if not text.strip():
        return {}
    try:
        manifest = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid JSON: {error}", hint="mend or remove it") from error
    if not isinstance(manifest, dict):
        raise ConfigError(f"{path} holds no JSON object", hint='write {"dependencies": {...}}')
    for name in OTHER_DEPENDENCIES:
        if manifest.get(name):
            raise ConfigError(
                f"{path}: {name} is not read", hint="list what scripts require in dependencies"
            )
    dependencies: Any = manifest.get("dependencies", {})
    if not isinstance(dependencies, dict):
        raise ConfigError(f"{path}: dependencies is no JSON object", hint='"name": "1.2.3"')
    for name, version in dependencies.items():
        if not NPM_NAME.fullmatch(name) or len(name) > 214:
            raise ConfigError(f"{path}: {name[:80]!r} is no name of the npm registry")
        if not isinstance(version, str) or not NPM_RANGE.fullmatch(version):
            raise ConfigError(
                f"{path}: {name}: {str(version)[:80]!r} is not read",
                hint="packages come from the npm registry alone: give a version, as in ^1.2.3",
            )
    return dict(dependencies)


def _text(path: Path) -> str:
    """The file's text; empty where there is none."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ""
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{path} is larger than {MAX_BYTES // 1024} KB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8", hint="save it as UTF-8") from error
