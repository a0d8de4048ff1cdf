"""An engine behind TLS: both ends prove who they are, and what cannot is told why."""

from __future__ import annotations

import shutil
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
import trustme

from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.base.errors import SandboxUnavailable
from finops_repl.base.scope import new_id
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_connect import connect
from finops_repl.sandbox.docker_engine import DockerEngine
from tests.sandbox.docker_contexts import write_context
from tests.sandbox.forwarder import Forwarder
from tests.sandbox.running import IDENTITY, Runs, containers_of, soon


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certificates(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ca.pem, cert.pem and key.pem of a client that the engine knows."""
    return write_certificates(authority, tmp_path_factory.mktemp("certificates"))


def write_certificates(authority: trustme.CA, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    client = authority.issue_cert("client@example.org")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    client.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    client.private_key_pem.write_to_path(str(folder / "key.pem"))
    return folder


@pytest.fixture
def secured(authority: trustme.CA, sandbox_image: str) -> Iterator[Forwarder]:
    """The engine behind TLS that asks for a client's certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    network = Forwarder(tls=context)
    yield network
    network.close()


def by_variables(monkeypatch: pytest.MonkeyPatch, network: Forwarder, certificates: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", network.host)
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(certificates))


def test_script_runs_behind_tls_and_its_stream_is_read_and_written_at_once(
    secured: Forwarder,
    certificates: Path,
    monkeypatch: pytest.MonkeyPatch,
    sandbox_image: str,
    tmp_path: Path,
    engine_client: docker.DockerClient,
) -> None:
    by_variables(monkeypatch, secured, certificates)
    body = IDENTITY.encode().replace(b"</Arn>", b"x" * 200_000 + b"</Arn>")

    def door(_request: WireRequest) -> WireResponse:
        return WireResponse(200, (("Content-Type", "text/xml"),), body)

    (tmp_path / "in.bin").write_bytes(b"y" * 5_000_000)
    seen: list[int] = []
    with ContainerSandbox(DockerEngine(image=sandbox_image)) as sandbox:
        result = Runs(sandbox, tmp_path)(
            "import boto3, shutil, threading\n"
            "def speak():\n"
            "    for _ in range(20_000): print('x' * 99)\n"
            "speaker = threading.Thread(target=speak)\n"
            "speaker.start()\n"
            "sts = boto3.client('sts')\n"
            "for _ in range(30): assert len(sts.get_caller_identity()['Arn']) > 200_000\n"
            "speaker.join()\n"
            "shutil.copy('data/in.bin', 'data/out.bin')\n",
            door=door,
            run=(name := new_id()),
            on_output=lambda _stream, text: seen.append(len(text)),
        )
    assert (result.reason, result.exit_code, result.stderr) == ("exit", 0, "")
    assert sum(seen) == 2_000_000
    assert (tmp_path / "out.bin").read_bytes() == b"y" * 5_000_000
    assert soon(lambda: not containers_of(engine_client, name))


def test_cancel_behind_tls_ends_the_container(
    secured: Forwarder,
    certificates: Path,
    monkeypatch: pytest.MonkeyPatch,
    sandbox_image: str,
    tmp_path: Path,
    engine_client: docker.DockerClient,
) -> None:
    by_variables(monkeypatch, secured, certificates)
    cancelled = threading.Event()
    with ContainerSandbox(DockerEngine(image=sandbox_image)) as sandbox:
        result = Runs(sandbox, tmp_path)(
            "import time\nprint('begun')\ntime.sleep(60)",
            run=(name := new_id()),
            cancelled=cancelled,
            on_output=lambda _stream, text: cancelled.set() if text.endswith("\n") else None,
        )
    assert (result.reason, result.stdout) == ("cancelled", "begun\n")
    assert soon(lambda: not containers_of(engine_client, name))


@pytest.mark.parametrize("skips_verify", [False, True])
def test_context_carries_its_own_certificates(
    secured: Forwarder,
    authority: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    skips_verify: bool,
) -> None:
    files = write_context(
        tmp_path, "secured", secured.host, current=True, skips_verify=skips_verify
    )
    write_certificates(authority, files)
    if skips_verify:
        trustme.CA().cert_pem.write_to_path(str(files / "ca.pem"))  # not the engine's authority
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    client = connect()
    assert client.ping()
    client.close()


def test_engine_of_another_authority_is_not_believed(
    secured: Forwarder, certificates: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(certificates, tmp_path / "certificates")
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "certificates" / "ca.pem"))
    by_variables(monkeypatch, secured, tmp_path / "certificates")
    with pytest.raises(SandboxUnavailable, match="no secure connection") as raised:
        connect()
    assert "certificate verify failed" in str(raised.value)


def test_authority_of_the_environment_does_not_vouch_for_an_engine(
    secured: Forwarder, certificates: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(certificates, tmp_path / "certificates")
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "certificates" / "ca.pem"))
    by_variables(monkeypatch, secured, tmp_path / "certificates")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "ca.pem"))
    with pytest.raises(SandboxUnavailable, match="no secure connection"):
        connect()


def test_missing_certificates_are_named(
    secured: Forwarder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    by_variables(monkeypatch, secured, tmp_path)
    with pytest.raises(SandboxUnavailable, match=str(tmp_path / "ca.pem")):
        connect()


def test_plain_words_to_a_secured_engine_say_how_to_turn_tls_on(
    secured: Forwarder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", secured.host)
    with pytest.raises(SandboxUnavailable, match="DOCKER_TLS_VERIFY"):
        connect()
