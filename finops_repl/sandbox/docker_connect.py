"""The client of the Docker engine that this user means, or one error that says what to do."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox.engine_choice import EngineChoice, choose_engine

if TYPE_CHECKING:
    import docker

__all__ = ["OLDEST_API", "connect", "engine_errors"]

CONNECT_S = 3.0
ANSWER_S = 10.0
"""How long an engine may take to answer who it is; a busy one answers late, a dead one never."""
OLDEST_API = "1.40"
"""Docker 19.03: earlier engines know neither all limits nor the events that are relied on."""

START_HINT = (
    "start Docker, or let DOCKER_HOST name a running engine; on Debian or Ubuntu:"
    " apt-get install docker.io"
)
GROUP_HINT = 'sudo usermod -aG docker "$USER", then log in again'
TLS_HINT = (
    "DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH naming the folder of ca.pem, cert.pem and key.pem"
    " turns TLS on; a Docker context carries its own"
)


def connect(choice: EngineChoice | None = None) -> docker.DockerClient:
    """The client of the engine that was chosen, here or by this user's Docker settings.

    Raises `SandboxUnavailable`, within seconds, where it does not answer, may not be used or is
    too old.
    """
    choice = choice or choose_engine()
    if choice.scheme in ("unix", "tcp"):
        _knock(choice)
    import docker  # 0.1 s: only runs and image builds pay for it
    import docker.errors

    try:
        client = _client(choice, OLDEST_API)
        version = _agreed_version(client, choice)
        client.close()
        return _client(choice, version)
    except docker.errors.DockerException as error:
        raise SandboxUnavailable(
            f"the Docker engine at {choice} cannot be used: {error}", hint=START_HINT
        ) from error


@contextlib.contextmanager
def engine_errors(what: str = "the Docker engine failed") -> Iterator[None]:
    """What an engine refuses, or does not answer any more, as `SandboxUnavailable`."""
    import docker.errors
    import requests.exceptions

    try:
        yield
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        raise SandboxUnavailable(
            f"{what}: {error}", hint="see the engine's log, or restart it"
        ) from error


def _client(choice: EngineChoice, version: str) -> docker.DockerClient:
    import docker
    import docker.tls

    if choice.scheme == "ssh":
        from finops_repl.sandbox.docker_ssh import ssh_client

        return ssh_client(choice, version)
    tls: Any = False
    if choice.tls is not None:
        files = choice.tls
        if not files.verify:
            import urllib3

            # The user asked for it; a warning with each request would say nothing new.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        tls = docker.tls.TLSConfig(
            client_cert=(str(files.cert), str(files.key)) if files.cert else None,
            ca_cert=str(files.ca) if files.ca else None,
            verify=files.verify,
        )
    client = docker.DockerClient(base_url=choice.host, version=version, tls=tls)
    # No proxy or authority of the environment, no password of ~/.netrc is meant for an engine.
    client.api.trust_env = False
    return client


def _knock(choice: EngineChoice) -> None:
    """Reach the engine's address, for an error in the system's own words."""
    parts = urlsplit(choice.host)
    try:
        if choice.scheme == "tcp":
            assert parts.hostname is not None
            socket.create_connection((parts.hostname, parts.port or 0), CONNECT_S).close()
            return
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(CONNECT_S)
            door.connect(parts.netloc + parts.path)
    except PermissionError as error:
        raise SandboxUnavailable(
            f"this user may not use the Docker engine at {choice}", hint=GROUP_HINT
        ) from error
    except OSError as error:
        why = error.strerror or str(error) or type(error).__name__
        raise SandboxUnavailable(
            f"no Docker engine answers at {choice}: {why}", hint=_other_engine() or START_HINT
        ) from error


def _agreed_version(client: docker.DockerClient, choice: EngineChoice) -> str:
    """The newest version of the API that the engine and the SDK both speak."""
    import docker.constants
    import docker.utils
    import requests.exceptions

    try:
        said = client.api.get(f"{client.api.base_url}/version", timeout=(CONNECT_S, ANSWER_S))
        said.raise_for_status()
        told: dict[str, Any] = said.json()
        newest, oldest = str(told["ApiVersion"]), str(told.get("MinAPIVersion") or OLDEST_API)
    except requests.exceptions.SSLError as error:
        raise SandboxUnavailable(
            f"no secure connection to the Docker engine at {choice}: {error}", hint=TLS_HINT
        ) from error
    except requests.exceptions.Timeout as error:
        if choice.scheme == "ssh":
            raise _ssh_failed(client, choice) from error
        raise SandboxUnavailable(
            f"the Docker engine at {choice} takes connections and does not answer",
            hint="see the engine's log, or restart it",
        ) from error
    except (requests.exceptions.RequestException, ValueError, KeyError) as error:
        if choice.scheme == "ssh":
            raise _ssh_failed(client, choice) from error
        raise SandboxUnavailable(
            f"what answers at {choice} is no Docker engine: {error}", hint=TLS_HINT
        ) from error
    known = docker.constants.DEFAULT_DOCKER_API_VERSION
    if docker.utils.version_lt(newest, OLDEST_API):
        raise SandboxUnavailable(
            f"the Docker engine at {choice} is too old: it speaks the API up to {newest},"
            f" and {OLDEST_API} is needed",
            hint="update it to Docker 20.10 or newer",
        )
    agreed = newest if docker.utils.version_lt(newest, known) else known
    return oldest if docker.utils.version_lt(agreed, oldest) else agreed


def _ssh_failed(client: docker.DockerClient, choice: EngineChoice) -> SandboxUnavailable:
    from finops_repl.sandbox.docker_ssh import ssh_complaint

    why = ssh_complaint(client) or "the connection ended"
    return SandboxUnavailable(
        f"no Docker engine answers by ssh at {choice}: {why}",
        hint="ssh must reach it without a question, and find the docker command there",
    )


def _other_engine() -> str:
    """A hint at a socket of this user's that nothing pointed to: rootless Docker's, Podman's."""
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    home = Path.home()
    for path in (
        runtime / "docker.sock",
        home / ".docker" / "run" / "docker.sock",
        home / ".docker" / "desktop" / "docker.sock",
        home / ".colima" / "default" / "docker.sock",
        runtime / "podman" / "podman.sock",
    ):
        try:
            if stat.S_ISSOCK(path.stat().st_mode):
                return f"there is an engine's socket at {path}: export DOCKER_HOST=unix://{path}"
        except OSError:
            continue
    return ""
