"""The client of the Docker engine that this user means."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from finops_repl.base.errors import SandboxUnavailable

if TYPE_CHECKING:
    import docker

__all__ = ["connect"]

NO_ENGINE_HINT = (
    "start Docker, or let DOCKER_HOST name a running engine; on Debian or Ubuntu:"
    " apt-get install docker.io"
)


def connect() -> docker.DockerClient:
    """The client of the engine that DOCKER_HOST or the local socket names."""
    import docker  # 0.1 s: only runs and image builds pay for it
    import docker.errors

    try:
        client = docker.from_env()
        client.ping()
    except docker.errors.DockerException as error:
        where = os.environ.get("DOCKER_HOST") or "the local socket"
        raise SandboxUnavailable(
            f"no Docker engine answers at {where}", hint=NO_ENGINE_HINT
        ) from error
    return client
