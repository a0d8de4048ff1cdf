"""Which engine is meant, as `docker version` and `docker context ls` show it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox.engine_choice import EngineChoice, TlsFiles, choose_engine
from tests.sandbox.docker_contexts import write_context


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one context, `far`, that is not the current one."""
    write_context(tmp_path / ".docker", "far", "tcp://far.example:2375")
    return tmp_path


def chosen(home: Path, **env: str) -> EngineChoice:
    return choose_engine({"HOME": str(home), **env})


def test_nothing_said_is_the_local_socket(home: Path) -> None:
    choice = chosen(home)
    assert (choice.host, choice.named_by) == ("unix:///var/run/docker.sock", "the local socket")
    assert not choice.is_remote


def test_variable_goes_before_context_and_context_before_the_current_one(home: Path) -> None:
    write_context(home / ".docker", "desktop", "unix:///home/x/.docker/d.sock", current=True)
    assert chosen(home).host == "unix:///home/x/.docker/d.sock"
    assert chosen(home).named_by == f"context desktop by {home}/.docker/config.json"
    assert chosen(home, DOCKER_CONTEXT="far").host == "tcp://far.example:2375"
    assert chosen(home, DOCKER_CONTEXT="far").named_by == "context far by DOCKER_CONTEXT"
    both = chosen(home, DOCKER_CONTEXT="far", DOCKER_HOST="unix:///other.sock")
    assert (both.host, both.named_by) == ("unix:///other.sock", "DOCKER_HOST")
    assert chosen(home, DOCKER_CONTEXT="default").host == "unix:///var/run/docker.sock"


def test_configuration_folder_can_lie_elsewhere_and_no_other_is_asked(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    write_context(elsewhere, "mine", "ssh://me@box", current=True)
    assert chosen(home, DOCKER_CONFIG=str(elsewhere)).host == "ssh://me@box"
    with pytest.raises(SandboxUnavailable, match="no Docker context 'far'"):
        chosen(home, DOCKER_CONFIG=str(elsewhere), DOCKER_CONTEXT="far")
    # Whoever works in a folder that somebody else filled must not be led to their engine.
    monkeypatch.chdir(elsewhere)
    with pytest.raises(SandboxUnavailable, match="no Docker context 'mine'"):
        chosen(tmp_path / "empty", DOCKER_CONTEXT="mine")


def test_context_that_is_gone_is_an_error_and_not_the_local_socket(home: Path) -> None:
    (home / ".docker" / "config.json").write_text('{"currentContext": "gone"}')
    with pytest.raises(SandboxUnavailable, match=r"no Docker context 'gone'.*docker context ls"):
        chosen(home)


def test_configuration_that_cannot_be_read_is_named(home: Path) -> None:
    (home / ".docker" / "config.json").write_text("{broken")
    with pytest.raises(SandboxUnavailable, match=r"config\.json cannot be read"):
        chosen(home)


@pytest.mark.parametrize("endpoints", [{}, {"docker": {}}, {"docker": None}, None, []])
def test_context_without_an_engine_is_named(home: Path, endpoints: object) -> None:
    meta = next((home / ".docker" / "contexts" / "meta").glob("*/meta.json"))
    meta.write_text(json.dumps({"Name": "far", "Endpoints": endpoints}))
    with pytest.raises(SandboxUnavailable, match="'far' names no engine"):
        chosen(home, DOCKER_CONTEXT="far")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("far.example:2375", "tcp://far.example:2375"),
        ("tcp://far.example", "tcp://far.example:2375"),
        ("tcp://[::1]:2375", "tcp://[::1]:2375"),
        ("ssh://me@far.example:22", "ssh://me@far.example:22"),
        (" unix:///run/user/1/docker.sock ", "unix:///run/user/1/docker.sock"),
        ("unix://", "unix:///var/run/docker.sock"),
    ],
)
def test_addresses_are_read_as_docker_reads_them(home: Path, typed: str, meant: str) -> None:
    assert chosen(home, DOCKER_HOST=typed).host == meant


@pytest.mark.parametrize(
    "typed",
    ["http://far:1", "tcp://", "tcp://far:x", "fd://3", "tcp://me:secret@far:2375/", "a b://"],
)
def test_what_is_no_address_is_said_without_its_password(home: Path, typed: str) -> None:
    with pytest.raises(SandboxUnavailable, match="DOCKER_HOST is no address") as raised:
        chosen(home, DOCKER_HOST=typed)
    assert "secret" not in str(raised.value)


def test_tls_is_asked_for_by_variable_and_found_by_its_file_names(home: Path) -> None:
    folder = home / "certificates"
    folder.mkdir()
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (folder / name).touch()
    env = {"DOCKER_HOST": "tcp://far.example", "DOCKER_CERT_PATH": str(folder)}
    assert chosen(home, **env).tls is None
    verified = chosen(home, **env, DOCKER_TLS_VERIFY="1")
    assert verified.host == "tcp://far.example:2376"
    assert verified.tls == TlsFiles(
        True, folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
    )
    (folder / "key.pem").unlink()
    unproven = chosen(home, **env, DOCKER_TLS="1").tls
    assert unproven == TlsFiles(False, folder / "ca.pem")
