"""A Docker engine behind ssh: each connection is an ssh process that speaks with it over there.

The system's ssh is used as the docker command uses it, with the user's own keys, agent and known
hosts. The SDK's two ways are not: one needs paramiko, and neither gives an attached stream that
can be read as bytes come.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests.adapters
import urllib3
import urllib3.connection

from finops_repl.base.errors import SandboxUnavailable

if TYPE_CHECKING:
    import docker

__all__ = ["ssh_client"]

CONNECT_S = 10
ANY_SOCKET = "unix:///var/run/docker.sock"


def ssh_client(host: str, version: str) -> docker.DockerClient:
    """A client of the engine at `ssh://USER@HOST:PORT/SOCKET`; all but HOST may be left out.

    Raises `SandboxUnavailable` where there is no ssh.
    """
    import docker

    command = _command(host)
    if shutil.which(command[0]) is None:
        raise SandboxUnavailable(
            f"the Docker engine at {host} is reached by ssh, and there is none",
            hint="apt-get install openssh-client; the other machine needs the docker command",
        )
    client = docker.DockerClient(base_url=ANY_SOCKET, version=version)
    client.api.trust_env = False
    client.api.mount("http+docker://", _SshAdapter(command))
    return client


def _command(host: str) -> list[str]:
    parts = urlsplit(host)
    command = ["ssh", "-T", "-o", f"ConnectTimeout={CONNECT_S}", "-o", "BatchMode=yes"]
    if parts.username:
        command += ["-l", parts.username]
    if parts.port:
        command += ["-p", str(parts.port)]
    command += ["--", parts.hostname or "", "docker"]
    if parts.path not in ("", "/"):
        command += ["--host", f"unix://{parts.path}"]
    return [*command, "system", "dial-stdio"]


class _SshConnection(urllib3.connection.HTTPConnection):
    """HTTP over the stdin and stdout of a process."""

    def __init__(self, command: list[str]) -> None:
        super().__init__("localhost")
        self._command = command

    def connect(self) -> None:
        """Start the process; it ends when this end of the connection is closed."""
        ours, theirs = socket.socketpair()
        with theirs:
            # Out of the terminal's reach: Ctrl-C is for the run, which ends its box first.
            process = subprocess.Popen(
                self._command, stdin=theirs.fileno(), stdout=theirs.fileno(), start_new_session=True
            )
        threading.Thread(target=process.wait, name="ssh", daemon=True).start()
        ours.settimeout(self.timeout if isinstance(self.timeout, float | int) else None)
        self.sock = ours


class _SshPool(urllib3.HTTPConnectionPool):
    def __init__(self, command: list[str]) -> None:
        super().__init__("localhost")
        self._command = command

    def _new_conn(self) -> _SshConnection:
        return _SshConnection(self._command)


class _SshAdapter(requests.adapters.HTTPAdapter):
    """What the SDK sends its requests by."""

    def __init__(self, command: list[str]) -> None:
        self._pool = _SshPool(command)
        super().__init__()

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> Any:
        return self._pool

    def request_url(self, request: Any, proxies: Any) -> str:
        return str(request.path_url)

    def close(self) -> None:
        self._pool.close()
        super().close()
