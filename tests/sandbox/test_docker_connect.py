"""An engine that cannot be used is said in one line, within seconds, with what to do."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox import docker_connect
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_connect import connect
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.engine_choice import EngineChoice
from tests.sandbox.running import Runs

Answering = Callable[[bytes], str]


@pytest.fixture
def answering() -> Iterator[Answering]:
    """Something on loopback that says the same to whoever connects; its DOCKER_HOST."""
    listeners: list[socket.socket] = []

    def answer(listener: socket.socket, said: bytes) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                with client:
                    if client.recv(65_536):
                        client.sendall(said)
                    if not said:
                        client.recv(1)  # it never answers

    def start(said: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=answer, args=(listener, said), daemon=True).start()
        return f"tcp://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def version(**fields: str) -> bytes:
    body = json.dumps(fields).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def failure(host: str) -> SandboxUnavailable:
    with pytest.raises(SandboxUnavailable) as raised:
        connect(EngineChoice(host, "DOCKER_HOST"))
    assert "DOCKER_HOST" in str(raised.value)
    return raised.value


def test_newest_version_that_both_speak_is_spoken(answering: Answering) -> None:
    for newest, oldest, spoken in (
        ("1.41", "1.12", "1.41"),
        ("1.99", "1.24", docker.constants.DEFAULT_DOCKER_API_VERSION),
        ("1.99", "1.90", "1.90"),
    ):
        client = connect(
            EngineChoice(answering(version(ApiVersion=newest, MinAPIVersion=oldest)), "a test")
        )
        assert client.api.api_version == spoken
        client.close()


def test_engine_that_is_too_old_is_said_so(answering: Answering) -> None:
    error = failure(answering(version(ApiVersion="1.30", MinAPIVersion="1.12")))
    assert "too old" in error.message
    assert "1.30" in error.message
    assert "20.10" in error.hint


def test_engine_that_takes_connections_and_never_answers_is_not_waited_for(
    answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker_connect, "ANSWER_S", 0.2)
    assert "does not answer" in failure(answering(b"")).message


@pytest.mark.parametrize(
    "said",
    [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", b"SSH-2.0-x\r\n", version(a="b")],
)
def test_what_is_no_engine_is_said_so(answering: Answering, said: bytes) -> None:
    assert "is no Docker engine" in failure(answering(said)).message


def test_nobody_there_is_said_in_the_systems_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "Connection refused" in failure(f"tcp://127.0.0.1:{port}").message
    assert "No such file" in failure(f"unix://{tmp_path}/docker.sock").message
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(tmp_path / "dead.sock"))
    assert "Connection refused" in failure(f"unix://{tmp_path}/dead.sock").message
    assert "no Docker engine answers" in failure("tcp://nowhere.invalid:2375").message


def test_engine_of_this_user_that_nothing_points_to_is_hinted_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with socket.socket(socket.AF_UNIX) as rootless:
        rootless.bind(str(tmp_path / "docker.sock"))
        hint = failure(f"unix://{tmp_path}/other.sock").hint
    assert f"DOCKER_HOST=unix://{tmp_path}/docker.sock" in hint


def test_socket_of_others_says_which_group_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as theirs:
        theirs.bind(str(path))
        path.chmod(0)
        tried = subprocess.run(
            [
                sys.executable,
                "-c",
                "import os, sys\n"
                "from finops_repl.base.errors import SandboxUnavailable\n"
                "from finops_repl.sandbox.docker_connect import connect\n"
                "from finops_repl.sandbox.engine_choice import EngineChoice\n"
                "if os.getuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
                "try: connect(EngineChoice(f'unix://{sys.argv[1]}', 'DOCKER_HOST'))\n"
                "except SandboxUnavailable as error: print(error)",
                str(path),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    assert "this user may not use the Docker engine" in tried.stdout
    assert "usermod -aG docker" in tried.stdout


SSH = """#!{python}
import json, os, select, socket, sys
open({told!r}, "a").write(json.dumps(sys.argv[1:]) + "\\n")
engine = socket.socket(socket.AF_UNIX)
engine.connect("/var/run/docker.sock")
while True:
    for ready in select.select([0, engine], [], [])[0]:
        data = os.read(0, 65536) if ready == 0 else engine.recv(65536)
        if not data: sys.exit()
        engine.sendall(data) if ready == 0 else os.write(1, data)
"""


def test_engine_behind_ssh_runs_a_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sandbox_image: str
) -> None:
    told = tmp_path / "told"
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(SSH.format(python=sys.executable, told=str(told)))
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ssh.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@far.example:2222")
    data = tmp_path / "data"
    data.mkdir()
    with ContainerSandbox(DockerEngine(image=sandbox_image)) as sandbox:
        result = Runs(sandbox, data)("print(6 * 7)\nopen('data/x.csv', 'w').write('a\\n1\\n')")
    assert (result.reason, result.stdout) == ("exit", "42\n")
    assert [file.name for file in result.files] == ["x.csv"]
    command = json.loads(told.read_text().splitlines()[0])
    assert command[command.index("--") :] == ["--", "far.example", "docker", "system", "dial-stdio"]
    assert [command[command.index(flag) + 1] for flag in ("-l", "-p")] == ["me", "2222"]


def test_ssh_that_fails_or_is_missing_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "openssh-client" in failure("ssh://far.example").hint
    ssh = tmp_path / "ssh"
    ssh.write_text("#!/bin/sh\necho 'far.example: no such host' >&2\nexit 255\n")
    ssh.chmod(0o755)
    error = failure("ssh://far.example")
    assert "ssh" in error.message
    assert "far.example: no such host" in error.message
