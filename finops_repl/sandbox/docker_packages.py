"""A workspace's own packages on a Docker engine: fetched and listed, then added to the image.

Two builds. The first has a network and runs pip and npm, but nothing of a package. The second has
none; between the two somebody agrees to the list.
"""

from __future__ import annotations

import io
import json
import secrets
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from finops_repl.base.errors import ConfigError, SandboxUnavailable
from finops_repl.base.places import bundled
from finops_repl.sandbox.docker_build import Progress, run_build
from finops_repl.sandbox.docker_connect import engine_errors
from finops_repl.sandbox.docker_images import find_image
from finops_repl.sandbox.host_settings import FOLDER, host_settings
from finops_repl.sandbox.image import pack
from finops_repl.sandbox.own_packages import derived_tag
from finops_repl.sandbox.package_lock import PackageLock
from finops_repl.sandbox.wanted_packages import WantedPackages

if TYPE_CHECKING:
    import docker

__all__ = ["Fetched", "architecture_of", "fetch_packages", "install_packages"]

FETCHED = "finops-repl-fetched"
STAGE_LABEL = "finops-repl.fetch"
MAX_LIST_BYTES = 8 * 1024 * 1024

FETCH_HINT = (
    "only ready-made wheels are taken (no source is built), npm's scripts are not run, and"
    " the sandbox's own packages stay as they are"
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """Packages that lie on the engine, as an image of their own, waiting to be added to `image`."""

    image: str
    name: str
    lock: PackageLock


def architecture_of(client: docker.DockerClient, image: str) -> str:
    """What the image was made for, as Docker names it: wheels are made for one."""
    with engine_errors():
        return str(client.images.get(image).attrs["Architecture"])


@contextmanager
def fetch_packages(
    client: docker.DockerClient,
    image: str,
    tools: str,
    wanted: WantedPackages,
    lock: PackageLock | None,
    *,
    progress: Progress,
) -> Iterator[Fetched]:
    """The wanted packages that `image` lacks, exactly those of `lock` where there is one.

    `tools` is the image with pip and npm. What was fetched leaves the engine at the end. Raises
    `ConfigError` where a package cannot be had.
    """
    order = {
        "python": wanted.python,
        "javascript": wanted.javascript,
        "lock": None if lock is None else lock.fields(),
    }
    folder = bundled("sandbox") / "packages"
    files = _files(folder) | {"order.json": json.dumps(order).encode()}
    files |= {f"{FOLDER}/{name}": content for name, content in host_settings().items()}
    architecture = architecture_of(client, image)
    build = secrets.token_hex(6)
    name = f"{FETCHED}:{build}"
    try:
        refusal = run_build(
            client,
            name,
            pack(files),
            dockerfile="fetch.Dockerfile",
            arguments={"IMAGE": image, "TOOLS": tools, "BUILD": build},
            progress=progress,
        )
        if refusal is not None:
            raise ConfigError(f"the packages cannot be had: {refusal}", hint=FETCH_HINT)
        try:
            found = PackageLock.of_list(wanted.digest, architecture, _list_of(client, name))
        except ValueError as error:
            raise ConfigError(f"a package cannot be taken: {error}", hint=FETCH_HINT) from error
        yield Fetched(image, name, found)
    finally:
        _remove(client, name, build)


def install_packages(
    client: docker.DockerClient,
    fetched: Fetched,
    *,
    progress: Progress,
    folder: Path | None = None,
) -> str:
    """The name of the image with the fetched packages in it; the build reaches no network.

    `folder` holds install.Dockerfile (the product's own when None).
    """
    tag = derived_tag(fetched.image, fetched.lock)
    if fetched.lock.is_empty:
        return tag
    problem = run_build(
        client,
        tag,
        pack(_files(folder or bundled("sandbox") / "packages")),
        dockerfile="install.Dockerfile",
        arguments={"IMAGE": fetched.image, "FETCHED": fetched.name},
        progress=progress,
        network="none",
    )
    if problem is not None:
        raise SandboxUnavailable(
            "the packages could not be added to the sandbox image",
            hint="the end of the build's output is above",
        )
    return tag


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def _remove(client: docker.DockerClient, name: str, build: str) -> None:
    """Take away what was fetched, and every layer of the stage that saw the host's settings."""
    with engine_errors():
        if find_image(client, name):
            client.images.remove(name, force=True)
        stages = client.api.images(all=True, filters={"label": f"{STAGE_LABEL}={build}"})
        parent_of: dict[str, str] = {stage["Id"]: stage["ParentId"] for stage in stages}
        # Layer by layer from the top: the one below them, pip and npm, stays for the next time.
        while parent_of:
            for top in set(parent_of) - set(parent_of.values()):
                client.images.remove(top, force=True, noprune=True)
                del parent_of[top]


def _list_of(client: docker.DockerClient, name: str) -> bytes:
    """The list that the fetching stage left, read from its image without running anything."""
    with engine_errors():
        container: Mapping[str, str] = client.api.create_container(name, ["never run"])
        try:
            chunks, _ = client.api.get_archive(container["Id"], "/list.json")
            archive = io.BytesIO(b"".join(chunks))
        finally:
            client.api.remove_container(container["Id"], force=True)
    with tarfile.open(fileobj=archive) as tar:
        content = tar.extractfile("list.json")
        assert content is not None  # a file was asked for
        return content.read(MAX_LIST_BYTES)
