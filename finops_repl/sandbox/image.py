"""The sandbox image's inputs, the tag they give it, and the context that an engine builds from."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

from finops_repl.base.places import bundled

__all__ = ["build_context", "image_inputs", "image_tag", "pack", "tools_tag"]

REPOSITORY = "finops-repl-sandbox"
TOOLS = "finops-repl-tools"
FETCHED_FROM = ("Dockerfile", "requirements.txt", "package.json", "package-lock.json")
"""What the fetching stage of the build depends on."""

HOST_ONLY = frozenset({"host", "packages", "requirements.in"})
"""What lies in the folder for the host: set-up scripts, how a workspace's own packages are added,
and what the pins are made from."""


def image_inputs(folder: Path | None = None) -> dict[str, bytes]:
    """The files that become the image, by their path in the build context."""
    folder = folder or bundled("sandbox")
    inputs: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if inside.parts[0] in HOST_ONLY or any(_is_cache(part) for part in inside.parts):
            continue
        if path.is_file():
            inputs[inside.as_posix()] = path.read_bytes()
    return inputs


def image_tag(folder: Path | None = None) -> str:
    """The image's name, `finops-repl-sandbox:<12 hex>`: other inputs, another tag.

    The base counts by what the Dockerfile asks of it: a Debian trixie root, pulled or imported,
    gives the same image. The host's settings do not count: they do not reach the image.
    """
    return f"{REPOSITORY}:{_digest(image_inputs(folder))}"


def tools_tag() -> str:
    """The name of the image that holds pip and npm; the runner's files do not count."""
    inputs = image_inputs()
    return f"{TOOLS}:{_digest({name: inputs[name] for name in FETCHED_FROM})}"


def _digest(inputs: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in inputs.items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]


def build_context(
    folder: Path | None = None, *, settings: Mapping[str, bytes] | None = None
) -> bytes:
    """The inputs and the host's settings as a tar; equal inputs give equal bytes."""
    from finops_repl.sandbox.host_settings import FOLDER, host_settings  # a run builds nothing

    settings = host_settings() if settings is None else settings
    files = image_inputs(folder) | {f"{FOLDER}/{name}": data for name, data in settings.items()}
    return pack(files)


def pack(files: Mapping[str, bytes]) -> bytes:
    """Files by their path as a tar: a build context."""
    import tarfile

    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return context.getvalue()


def _is_cache(part: str) -> bool:
    return part.startswith((".", "__pycache__")) or part == "node_modules"
