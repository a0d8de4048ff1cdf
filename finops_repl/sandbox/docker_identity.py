"""Which engine this is and since when it runs, so that what is known of it can be kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import docker

__all__ = ["engine_key", "takes_profiles"]

IDENTIFYING = (
    "ID",
    "Name",
    "ServerVersion",
    "KernelVersion",
    "OperatingSystem",
    "Architecture",
    "NCPU",
    "MemTotal",
    "CgroupDriver",
    "CgroupVersion",
    "SecurityOptions",
    "DefaultRuntime",
    "RuncCommit",
)
DEFAULT_NETWORK = "bridge"
OF_PODMAN = "Libpod-API-Version"


def engine_key(client: docker.DockerClient, image: str, options: Mapping[str, Any]) -> str:
    """A name for this start of this engine, with an image and the options of its boxes.

    Raises `docker.errors.DockerException` where the engine does not answer.
    """
    info: dict[str, Any] = client.info()
    of_engine = {name: info.get(name) for name in IDENTIFYING}
    told = json.dumps([of_engine, _running_since(client), image, options], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def takes_profiles(client: docker.DockerClient) -> bool:
    """Whether the engine takes a seccomp profile as text, as Docker does.

    Podman, up to version 5, takes the path of a file on its own host in the same place, and
    creates no container for anything else. It has a profile of its own.
    """
    answer = client.api.get(f"{client.api.base_url}/_ping")
    return OF_PODMAN not in answer.headers


def _running_since(client: docker.DockerClient) -> str:
    """What changes whenever the engine's host, or the engine, starts again.

    An engine tells its boot nowhere, but makes its default network anew each time it starts.
    Where it has none, what is known of it lasts for a day.
    """
    import docker.errors

    try:
        network: dict[str, Any] = client.api.inspect_network(DEFAULT_NETWORK)
        return str(network["Created"])
    except (docker.errors.NotFound, KeyError):
        return datetime.now(UTC).date().isoformat()
