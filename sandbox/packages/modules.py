"""The JavaScript side: what npm would add to the image's modules, pinned by integrity."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from refusal import refuse

ROOT = Path("/")
HELD = Path("/node_modules/.package-lock.json")
NPM = (
    *("node", "/tools/npm/bin/npm-cli.js", "install", "--prefix", "/"),
    *("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"),
    *("--omit-lockfile-registry-resolved", "--cache", "/tmp/npm"),  # noqa: S108 - the stage's own
)
KEPT = {
    *("name", "version", "integrity", "optional", "os", "cpu", "libc", "engines"),
    *("dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta"),
    "hasInstallScript",
}
"""What an entry of the list keeps of npm's own, beside its path and size."""

Entry = dict[str, Any]


def fetch_modules(ranges: dict[str, str], lock: list[Entry] | None, target: Path) -> list[Entry]:
    """Put into `target` the modules that the image lacks; a lock says which."""
    if not ranges:
        return []
    held: dict[str, Entry] = json.loads(HELD.read_text(encoding="utf-8"))["packages"]
    _order(ranges, held, lock)
    print("==> fetching the JavaScript packages", flush=True)
    _npm()
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    _require_unchanged(held, packages)
    added = [
        {name: value for name, value in entry.items() if name in KEPT} | {"path": path}
        for path, entry in sorted(packages.items())
        if path and path not in held and (ROOT / path).is_dir()
    ]
    for entry in added:
        if "integrity" not in entry:
            refuse(f"package.json: {entry['path']} does not come from a package registry")
    if lock is not None and _pins(added) != _pins(lock):
        refuse("packages.lock.json: what it names is not what package.json needs")
    for entry in added:
        entry["size"] = _copy(ROOT / entry["path"], target.parent / entry["path"])
    return added


def _order(ranges: dict[str, str], held: dict[str, Entry], lock: list[Entry] | None) -> None:
    """Beside what is asked for, npm is asked for each module of the image as it is."""
    fixed = {
        path.removeprefix("node_modules/"): entry["version"]
        for path, entry in held.items()
        if path.count("node_modules/") == 1
    }
    asked = {"name": "workspace", "private": True, "dependencies": {**fixed, **ranges}}
    # A root that does not know of the ranges yet makes npm resolve them.
    known = {**asked, "dependencies": fixed} if lock is None else asked
    locked = {entry["path"]: {k: v for k, v in entry.items() if k in KEPT} for entry in lock or ()}
    packages = {"": known, **held, **locked}
    for name, content in (
        ("package.json", asked),
        ("package-lock.json", {"lockfileVersion": 3, "requires": True, "packages": packages}),
    ):
        (ROOT / name).write_text(json.dumps(content), encoding="utf-8")


def _require_unchanged(held: dict[str, Entry], packages: dict[str, Entry]) -> None:
    for path, entry in held.items():
        if packages.get(path, {}).get("version") != entry["version"]:
            name = path.rpartition("node_modules/")[2]
            refuse(f"package.json: it does not go with {name} {entry['version']} of the sandbox")


def _pins(entries: list[Entry]) -> set[tuple[str, str]]:
    return {(entry["path"], entry["integrity"]) for entry in entries}


def _copy(source: Path, place: Path) -> int:
    """Copy one module without those nested in it; returns its bytes."""
    size = 0
    for folder, names, files in os.walk(source):
        if "node_modules" in names:
            names.remove("node_modules")
        inside = place / Path(folder).relative_to(source)
        inside.mkdir(parents=True, exist_ok=True)
        for name in files:
            file = Path(folder, name)
            if not file.is_symlink():
                size += file.stat().st_size
                shutil.copyfile(file, inside / name)
    return size


def _npm() -> None:
    done = subprocess.run(
        NPM, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    sys.stdout.write(done.stdout)
    if done.returncode != 0:
        said = [line.partition("npm error ")[2] for line in done.stdout.splitlines()]
        refuse("package.json: " + "; ".join([line for line in said if line][:4]))
