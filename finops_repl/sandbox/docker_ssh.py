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
from finops_repl.sandbox.engine_choice import EngineChoice

if TYPE_CHECKING:
    import docker

__all__ = ["ssh_client", "ssh_complaint"]

CONNECT_S = 5
ANY_SOCKET = "unix:///var/run/docker.sock"
COMPLAINT_BYTES = 2000
COMPLAINT_WAIT_S = 1.0


def ssh_client(choice: EngineChoice, version: str) -> docker.DockerClient:
    """A client of the engine at `ssh://USER@HOST:PORT/SOCKET`; all but HOST may be left out.

    Raises `SandboxUnavailable` where there is no ssh.
    """
    import docker

    if shutil.which("ssh") is None:
        raise SandboxUnavailable(
            f"the Docker engine at {choice} is reached by ssh, and there is none",
            hint="apt-get install openssh-client; the other machine needs the docker command",
        )
    client = docker.DockerClient(base_url=ANY_SOCKET, version=version)
    client.api.trust_env = False
    client.api.mount("http+docker://", _SshAdapter(_Ssh(_command(choice.host))))
    return client


def ssh_complaint(client: docker.DockerClient) -> str:
    """What ssh said last on its stderr for this client; empty for a client without ssh."""
    adapter = client.api.get_adapter(client.api.base_url)
    return adapter.ssh.complaint() if isinstance(adapter, _SshAdapter) else ""


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


class _Ssh:
    """Starts ssh processes and keeps what the latest of them complains of."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._complaint = b""
        self._follower: threading.Thread | None = None

    def start(self) -> socket.socket:
        """Our end of a new process; it ends when that is closed."""
        ours, theirs = socket.socketpair()
        with theirs:
            # Out of the terminal's reach: Ctrl-C is for the run, which ends its box first.
            process = subprocess.Popen(
                self._command,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        self._follower = threading.Thread(
            target=self._follow, args=(process,), name="ssh", daemon=True
        )
        self._follower.start()
        return ours

    def complaint(self) -> str:
        """What the latest process said on its stderr, when it has ended."""
        if self._follower is not None:
            self._follower.join(COMPLAINT_WAIT_S)
        return self._complaint.decode(errors="replace").strip()

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        with process.stderr as stderr:
            for line in iter(lambda: stderr.readline(COMPLAINT_BYTES), b""):
                self._complaint = (self._complaint + line)[-COMPLAINT_BYTES:]
        process.wait()


class _SshConnection(urllib3.connection.HTTPConnection):
    """HTTP over the stdin and stdout of a process."""

    def __init__(self, ssh: _Ssh) -> None:
        super().__init__("localhost")
        self._ssh = ssh

    def connect(self) -> None:
        self.sock = self._ssh.start()
        self.sock.settimeout(self.timeout if isinstance(self.timeout, float | int) else None)


class _SshPool(urllib3.HTTPConnectionPool):
    def __init__(self, ssh: _Ssh) -> None:
        super().__init__("localhost")
        self._ssh = ssh

    def _new_conn(self) -> _SshConnection:
        return _SshConnection(self._ssh)


class _SshAdapter(requests.adapters.HTTPAdapter):
    """What the SDK sends its requests by."""

    def __init__(self, ssh: _Ssh) -> None:
        self.ssh = ssh
        self._pool = _SshPool(ssh)
        super().__init__()

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> Any:
        return self._pool

    def request_url(self, request: Any, proxies: Any) -> str:
        return str(request.path_url)

    def close(self) -> None:
        self._pool.close()
        super().close()
