"""The Python side: what pip would add to the image, as wheels, pinned by their hashes."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from refusal import refuse

SITE = "/usr/local/lib/python3.13/dist-packages"
ORDER = Path("/order")
PIP = (
    *(sys.executable, "-m", "pip", "install", "--quiet", "--only-binary", ":all:"),
    *("--no-cache-dir", "--no-compile", "--root-user-action", "ignore"),
)


def fetch_wheels(
    lines: list[str], lock: list[dict[str, Any]] | None, target: Path
) -> list[dict[str, Any]]:
    """Unpack into `target` the wheels that the image lacks; a lock says which."""
    if not lines:
        return []
    wheels = _resolve(lines) if lock is None else lock
    if not wheels:
        return []
    print("==> fetching the Python packages", flush=True)
    pins = [f"{w['name']}=={w['version']} --hash=sha256:{w['sha256']}" for w in wheels]
    _pip("--no-deps", "--require-hashes", "--target", str(target), requirements=pins)
    shutil.rmtree(target / "bin", ignore_errors=True)
    sizes = {
        _plain(found.name): sum(
            file.stat().st_size
            for file in (Path(str(file.locate())) for file in found.files or ())
            if file.is_file()
        )
        for found in importlib.metadata.distributions(path=[str(target)])
    }
    return [{**wheel, "size": sizes[_plain(wheel["name"])]} for wheel in wheels]


def _resolve(lines: list[str]) -> list[dict[str, Any]]:
    """What pip would add to the image, none of whose own packages may change."""
    print("==> resolving requirements.txt", flush=True)
    held = [f"{d.name}=={d.version}" for d in importlib.metadata.distributions(path=[SITE])]
    constraints = ORDER / "held.txt"
    constraints.write_text("\n".join(held), encoding="utf-8")
    report = ORDER / "report.json"
    _pip(
        *("--dry-run", "--break-system-packages", "--report", str(report)),
        *("--constraint", str(constraints)),
        requirements=lines,
    )
    wheels = []
    for item in json.loads(report.read_text(encoding="utf-8"))["install"]:
        name, version = item["metadata"]["name"], item["metadata"]["version"]
        hashes = item["download_info"].get("archive_info", {}).get("hashes", {})
        if item["is_direct"] or "sha256" not in hashes:
            refuse(f"requirements.txt: {name} {version} does not come from a package index")
        wheels.append({"name": name, "version": version, "sha256": hashes["sha256"]})
    return sorted(wheels, key=lambda wheel: _plain(wheel["name"]))


def _plain(name: str) -> str:
    """The name by which an index knows it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _pip(*options: str, requirements: list[str]) -> None:
    file = ORDER / "requirements.txt"
    file.write_text("\n".join(requirements) + "\n", encoding="utf-8")
    done = subprocess.run(
        [*PIP, *options, "--requirement", str(file)],
        check=False,
        stderr=subprocess.PIPE,
        text=True,
    )
    sys.stdout.write(done.stderr)
    if done.returncode != 0:
        said = [line[7:] for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        refuse("requirements.txt: " + "; ".join(said or done.stderr.splitlines()[-1:]))
