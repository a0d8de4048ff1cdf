"""The sandbox image on a Docker engine: found by its tag, else built from the product's files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox.docker_build import Progress, run_build
from finops_repl.sandbox.docker_connect import engine_errors
from finops_repl.sandbox.image import build_context, image_tag, tools_tag

if TYPE_CHECKING:
    import docker

__all__ = ["build_image", "build_tools", "find_base", "find_image", "import_base"]

REGISTRY_BASE = "debian:trixie-slim"
LOCAL_BASE = "finops-repl-base:trixie"

REGISTRY_WAIT_S = 5
"""A registry that has not named the base by then does not answer."""
CHUNK_BYTES = 1024 * 1024

NO_BASE_HINT = (
    "as root on Debian or Ubuntu, `make setup` in a checkout makes a base from packages; "
    f"elsewhere import a Debian trixie root: docker import trixie.tar {LOCAL_BASE}"
)
BUILD_FAILED_HINT = "the end of the build's output is above; it needs PyPI, npm and Debian packages"


def find_image(client: docker.DockerClient, tag: str) -> bool:
    """Whether the engine has the image."""
    import docker.errors

    with engine_errors():
        try:
            client.images.get(tag)
        except docker.errors.ImageNotFound:
            return False
        return True


def find_base(client: docker.DockerClient, progress: Progress) -> str | None:
    """A Debian trixie root that the engine has or a registry gives; else None."""
    for name in (REGISTRY_BASE, LOCAL_BASE):
        if find_image(client, name):
            return name
    if not _registry_answers(client):
        return None
    progress(f"pulling {REGISTRY_BASE}")
    with engine_errors():
        client.images.pull(REGISTRY_BASE)
    return REGISTRY_BASE


def import_base(client: docker.DockerClient, root: BinaryIO) -> str:
    """Make a root file system (a tar) the local base; returns its name."""
    repository, _, tag = LOCAL_BASE.partition(":")
    chunks = iter(lambda: root.read(CHUNK_BYTES), b"")  # a file would be sent with two lengths
    with engine_errors():
        client.api.import_image_from_stream(chunks, repository=repository, tag=tag)
    return LOCAL_BASE


def build_image(
    client: docker.DockerClient,
    *,
    base: str | None = None,
    progress: Progress,
    folder: Path | None = None,
) -> str:
    """The image's tag, once the engine has it; an image that is there is not built again.

    `base` names a Debian trixie root (found by itself when None), `folder` holds the inputs (the
    product's own when None). Raises `SandboxUnavailable` where there is no base, and when the
    build fails, after the end of its output went to `progress`.
    """
    tag = image_tag(folder)
    if not find_image(client, tag):
        _build(client, tag, base, progress, folder=folder)
    return tag


def build_tools(client: docker.DockerClient, *, base: str | None, progress: Progress) -> str:
    """The tag of an image that holds pip and npm, a stage of the sandbox image's own build."""
    tag = tools_tag()
    if not find_image(client, tag):
        _build(client, tag, base, progress, target="tools")
    return tag


def _build(
    client: docker.DockerClient,
    tag: str,
    base: str | None,
    progress: Progress,
    *,
    folder: Path | None = None,
    target: str | None = None,
) -> None:
    base = base or find_base(client, progress)
    if base is None:
        raise SandboxUnavailable(
            f"the sandbox image is built on {REGISTRY_BASE}, and no image registry answers",
            hint=NO_BASE_HINT,
        )
    context, arguments = build_context(folder), {"BASE": base}
    if run_build(client, tag, context, arguments=arguments, target=target, progress=progress):
        raise SandboxUnavailable("the sandbox image could not be built", hint=BUILD_FAILED_HINT)


def _registry_answers(client: docker.DockerClient) -> bool:
    import docker.errors
    import requests.exceptions  # docker lets its time-outs through

    usual, client.api.timeout = client.api.timeout, REGISTRY_WAIT_S
    try:
        client.api.inspect_distribution(REGISTRY_BASE)  # type: ignore[no-untyped-call]  # no stub
    except (docker.errors.APIError, requests.exceptions.RequestException):
        return False
    finally:
        client.api.timeout = usual
    return True
