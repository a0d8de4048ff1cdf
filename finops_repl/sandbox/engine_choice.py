"""Which Docker engine is meant, decided as the docker command line decides it.

`DOCKER_HOST`, else the context that `DOCKER_CONTEXT` names, else the current one of Docker's
configuration (Docker Desktop, rootless and remote engines set one), else the local socket. The
SDK's own reading of contexts is not used: where a context is missing it takes the local socket
without a word, and without a configuration file it looks for contexts in the working folder.
Source: `docker context` and `docker --help`, tried with version 28.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from finops_repl.base.errors import SandboxUnavailable

__all__ = ["LOCAL_SOCKET", "EngineChoice", "TlsFiles", "choose_engine"]

LOCAL_SOCKET = "unix:///var/run/docker.sock"
SCHEMES = ("unix", "tcp", "ssh", "npipe")
PORT, TLS_PORT = 2375, 2376
PASSWORD = re.compile(r"//[^/@]*@")
HOST_HINT = "for example unix:///var/run/docker.sock, tcp://HOST:2376 or ssh://USER@HOST"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """What a connection is secured by; without `verify` any server is believed.

    Without `ca` the usual authorities vouch for the server.
    """

    verify: bool
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine's address, what named it (`DOCKER_HOST`, `context far`, ...), and its TLS."""

    host: str
    named_by: str
    tls: TlsFiles | None = None

    @property
    def scheme(self) -> str:
        return urlsplit(self.host).scheme

    @property
    def is_remote(self) -> bool:
        """Whether a network lies between; a socket of this machine may still lead to a VM."""
        return self.scheme in ("tcp", "ssh")

    def __str__(self) -> str:
        return f"{self.host} ({self.named_by})"


def choose_engine(env: Mapping[str, str] | None = None) -> EngineChoice:
    """The engine that this user's docker command would talk to.

    Raises `SandboxUnavailable` for an address that is none, and for a context that is not there.
    """
    env = os.environ if env is None else env
    folder = Path(env.get("DOCKER_CONFIG") or Path(env.get("HOME") or "~").expanduser() / ".docker")
    if env.get("DOCKER_HOST"):
        tls = _tls_of(env, folder)
        return EngineChoice(_address(env["DOCKER_HOST"], "DOCKER_HOST", tls), "DOCKER_HOST", tls)
    name, named_by = env.get("DOCKER_CONTEXT", ""), "DOCKER_CONTEXT"
    if not name:
        name, named_by = _current_context(folder / "config.json"), str(folder / "config.json")
    if name in ("", "default"):
        return EngineChoice(LOCAL_SOCKET, "the local socket")
    return _of_context(folder / "contexts", name, named_by)


def _tls_of(env: Mapping[str, str], folder: Path) -> TlsFiles | None:
    """TLS as the variables ask for it; any value of them asks, be it 0."""
    verify = bool(env.get("DOCKER_TLS_VERIFY"))
    if not verify and not env.get("DOCKER_TLS"):
        return None
    files = Path(env.get("DOCKER_CERT_PATH") or folder)
    if verify and not (files / "ca.pem").is_file():
        raise SandboxUnavailable(
            f"DOCKER_TLS_VERIFY wants the engine verified, and there is no {files / 'ca.pem'}",
            hint="let DOCKER_CERT_PATH name the folder of ca.pem, cert.pem and key.pem",
        )
    return _tls_in(files, verify=verify)


def _of_context(contexts: Path, name: str, named_by: str) -> EngineChoice:
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = contexts / "meta" / digest / "meta.json"
    if not meta.is_file():
        raise SandboxUnavailable(
            f"there is no Docker context {name!r}, which {named_by} names",
            hint="docker context ls lists those there are; docker context use default takes"
            " the local socket",
        )
    try:
        endpoint = _read_object(meta)["Endpoints"]["docker"]
        skips = bool(endpoint.get("SkipTLSVerify", False))
        files = contexts / "tls" / digest / "docker"
        tls = _tls_in(files, verify=not skips) if skips or files.is_dir() else None
        address = _address(str(endpoint["Host"]), f"the Docker context {name!r}", tls)
    except (KeyError, TypeError, AttributeError) as error:
        raise SandboxUnavailable(
            f"the Docker context {name!r} names no engine ({meta})",
            hint="docker context inspect shows it; make it anew with docker context create",
        ) from error
    return EngineChoice(address, f"context {name} by {named_by}", tls)


def _tls_in(folder: Path, *, verify: bool) -> TlsFiles:
    """The files of a folder by their usual names; what is not there is not used."""
    ca, cert, key = (folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
    if not (cert.is_file() and key.is_file()):
        return TlsFiles(verify, ca if ca.is_file() else None)
    return TlsFiles(verify, ca if ca.is_file() else None, cert, key)


def _current_context(config: Path) -> str:
    if not config.is_file():
        return ""
    return str(_read_object(config).get("currentContext") or "")


def _read_object(path: Path) -> dict[str, Any]:
    try:
        fields = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SandboxUnavailable(
            f"{path} cannot be read, which says which Docker engine is meant: {error}",
            hint="mend it, or let DOCKER_HOST name the engine",
        ) from error
    return fields if isinstance(fields, dict) else {}


def _address(text: str, said_by: str, tls: TlsFiles | None) -> str:
    """An address with scheme and, for tcp, a port; what has no scheme is tcp."""
    text = text.strip()
    if "://" not in text:
        text = f"tcp://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit("none://"), None
    is_address = parts.scheme in SCHEMES and not (parts.query or parts.fragment or parts.password)
    if parts.scheme in ("tcp", "ssh"):
        is_address = is_address and bool(parts.hostname)
    if not is_address:
        shown = PASSWORD.sub("//...@", text)
        raise SandboxUnavailable(
            f"{said_by} is no address of a Docker engine: {shown}", hint=HOST_HINT
        )
    if parts.scheme == "tcp" and port is None:
        return f"{text.rstrip('/')}:{TLS_PORT if tls else PORT}"
    return LOCAL_SOCKET if text == "unix://" else text
