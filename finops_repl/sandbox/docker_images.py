"""The sandbox image on a Docker engine: found by its tag, else built from the product's files."""

from __future__ import annotations

import io
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox.image import build_context, image_tag

if TYPE_CHECKING:
    import docker

__all__ = ["build_image", "find_base", "find_image", "import_base"]

REGISTRY_BASE = "debian:trixie-slim"
LOCAL_BASE = "finops-repl-base:trixie"

REGISTRY_WAIT_S = 5
"""A registry that has not named the base by then does not answer."""
CHUNK_BYTES = 1024 * 1024
SILENCE_S = 900
"""The longest that a step of a build may print nothing."""

NO_BASE_HINT = (
    "run make in a checkout on Debian or Ubuntu as root, which makes a base from packages, "
    f"or load one: docker load, docker import, then tag it {LOCAL_BASE}"
)
BUILD_FAILED_HINT = "the end of the build's output is above; behind a proxy, check its settings"


def find_image(client: docker.DockerClient, tag: str) -> bool:
    """Whether the engine has the image."""
    import docker.errors

    try:
        client.images.get(tag)
    except docker.errors.ImageNotFound:
        return False
    return True


def find_base(client: docker.DockerClient, progress: Callable[[str], None]) -> str | None:
    """A Debian trixie root on the engine, pulled where a registry answers; else None."""
    for name in (REGISTRY_BASE, LOCAL_BASE):
        if find_image(client, name):
            return name
    if not _registry_answers(client):
        return None
    progress(f"pulling {REGISTRY_BASE}")
    client.images.pull(REGISTRY_BASE)
    return REGISTRY_BASE


def import_base(client: docker.DockerClient, root: BinaryIO) -> str:
    """Make a root file system (a tar) the local base; returns its name."""
    repository, _, tag = LOCAL_BASE.partition(":")
    chunks = iter(lambda: root.read(CHUNK_BYTES), b"")  # a file would be sent with two lengths
    client.api.import_image_from_stream(chunks, repository=repository, tag=tag)
    return LOCAL_BASE


def build_image(
    client: docker.DockerClient, *, base: str | None = None, progress: Callable[[str], None]
) -> str:
    """The image's tag, once the engine has it; `progress` gets one line per step.

    Raises `SandboxUnavailable` when there is no base to build on, or when the build fails.
    """
    tag = image_tag()
    if find_image(client, tag):
        return tag
    base = base or find_base(client, progress)
    if base is None:
        raise SandboxUnavailable(
            f"the sandbox image needs {REGISTRY_BASE}, and no image registry answers",
            hint=NO_BASE_HINT,
        )
    began = time.monotonic()
    tail: deque[str] = deque(maxlen=20)
    for line, failed in _build_lines(client, tag, base):
        tail.append(line)
        if line.startswith("==> "):
            progress(f"{time.monotonic() - began:4.0f} s  {line[4:]}")
        if failed:
            for earlier in tail:
                progress(earlier)
            raise SandboxUnavailable("the sandbox image could not be built", hint=BUILD_FAILED_HINT)
    progress(f"{time.monotonic() - began:4.0f} s  {tag} is ready")
    return tag


def _build_lines(client: docker.DockerClient, tag: str, base: str) -> Iterator[tuple[str, bool]]:
    """What the build prints, line by line, and whether the line says that it failed."""
    events: Iterator[Mapping[str, Any]] = client.api.build(
        fileobj=io.BytesIO(build_context()),
        custom_context=True,
        tag=tag,
        rm=True,
        forcerm=True,
        buildargs={"BASE": base},
        timeout=SILENCE_S,
        decode=True,
    )
    for event in events:
        for line in str(event.get("stream", "")).splitlines():
            yield line.rstrip(), False
        if "error" in event:
            yield str(event["error"]), True


def _registry_answers(client: docker.DockerClient) -> bool:
    import docker.errors
    import requests.exceptions  # comes with docker, which lets it through

    try:
        with _timeout(client, REGISTRY_WAIT_S):
            client.api.inspect_distribution(REGISTRY_BASE)  # type: ignore[no-untyped-call]  # the stubs lack it
    except (docker.errors.APIError, requests.exceptions.RequestException):
        return False
    return True


@contextmanager
def _timeout(client: docker.DockerClient, seconds: int) -> Iterator[None]:
    usual, client.api.timeout = client.api.timeout, seconds
    try:
        yield
    finally:
        client.api.timeout = usual
