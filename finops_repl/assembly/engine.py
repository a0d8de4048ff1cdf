"""The Docker engine on behalf of the command line: build the image, look, sweep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from finops_repl.base.places import cache_dir

if TYPE_CHECKING:
    from finops_repl.sandbox.verdict import Verdict

__all__ = [
    "build_sandbox_image",
    "image_is_there",
    "image_was_seen",
    "limits_verdict",
    "sandbox_status",
    "sweep_sandboxes",
]


def build_sandbox_image(base: str | None, progress: Callable[[str], None]) -> str:
    """The tag of the image, built where the engine does not have it yet.

    Raises `SandboxUnavailable` where no engine answers or nothing is there to build on.
    """
    from finops_repl.sandbox.docker_connect import connect
    from finops_repl.sandbox.docker_images import build_image

    tag = build_image(connect(), base=base, progress=progress)
    _seen().write_text(f"{tag}\n")
    return tag


def image_was_seen() -> bool:
    """Whether an engine had this version's image when it was last asked; asks none."""
    from finops_repl.sandbox.image import image_tag

    try:
        return _seen().read_text().strip() == image_tag()
    except FileNotFoundError:
        return False


def image_is_there() -> bool:
    """Whether the engine has this version's image now, which is remembered.

    Raises `SandboxUnavailable` where no engine answers.
    """
    from finops_repl.sandbox.docker_connect import connect
    from finops_repl.sandbox.docker_images import find_image
    from finops_repl.sandbox.image import image_tag

    there = find_image(connect(), image_tag())
    if not there:
        _seen().unlink(missing_ok=True)
    return there


def _seen() -> Path:
    return cache_dir() / "sandbox-image"


def sandbox_status() -> dict[str, str]:
    """Which engine answers, and whether it has the image."""
    from finops_repl.sandbox.docker_connect import connect
    from finops_repl.sandbox.docker_images import find_image
    from finops_repl.sandbox.image import image_tag

    client = connect()
    version = client.version()
    tag = image_tag()
    state = "ready" if find_image(client, tag) else "not built: run finops-repl sandbox build"
    return {
        "engine": f"Docker {version['Version']} ({version['Os']}/{version['Arch']})",
        "image": f"{tag} ({state})",
    }


def limits_verdict(*, anew: bool = False) -> Verdict:
    """Whether the engine holds the limits of boxes; `anew` tries them though it is known.

    Raises `SandboxUnavailable` where there is no engine or no image to try it with.
    """
    from finops_repl.sandbox.docker_engine import DockerEngine

    return DockerEngine().verdict(anew=anew)


def sweep_sandboxes() -> tuple[str, ...]:
    """Remove the containers of runs whose owner on this host is gone; the ids of those runs."""
    from finops_repl.sandbox.docker_engine import DockerEngine

    return DockerEngine().sweep()
