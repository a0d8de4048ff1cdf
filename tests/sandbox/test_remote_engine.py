"""An engine behind a network: the same promises, and none of them rests on a half-close."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from finops_repl.base.scope import new_id
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_connect import connect
from finops_repl.sandbox.docker_engine import DockerEngine
from tests.sandbox.docker_contexts import write_context
from tests.sandbox.forwarder import Forwarder
from tests.sandbox.running import Runs, containers_of, soon

Behind = Callable[..., Forwarder]


@pytest.fixture
def behind(sandbox_image: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Behind]:
    """Puts the engine behind a network for whoever connects from now on."""
    opened: list[Forwarder] = []

    def put(**how: object) -> Forwarder:
        network = Forwarder(**how)  # type: ignore[arg-type]  # its own fields
        opened.append(network)
        monkeypatch.setenv("DOCKER_HOST", network.host)
        return network

    yield put
    for network in opened:
        network.close()


@pytest.fixture
def far(behind: Behind, sandbox_image: str, tmp_path: Path) -> Iterator[Runs]:
    """Runs on an engine behind TCP."""
    behind()
    data = tmp_path / "data"
    data.mkdir()
    with ContainerSandbox(DockerEngine(image=sandbox_image)) as sandbox:
        yield Runs(sandbox, data)


def test_script_runs_with_inputs_calls_and_files(far: Runs) -> None:
    (far.data / "in.csv").write_text("a\n1\n")
    result = far(
        "import boto3, shutil\n"
        "print(boto3.client('sts').get_caller_identity()['Account'])\n"
        "shutil.copy('data/in.csv', 'data/out.csv')"
    )
    assert (result.reason, result.exit_code, result.stdout) == ("exit", 0, "111122223333\n")
    assert [(file.name, file.rows) for file in result.files] == [("out.csv", 1)]
    assert far("console.log(6 * 7)", "javascript").stdout == "42\n"


def test_timeout_cancel_and_memory_end_it_there_as_here(
    far: Runs, engine_client: docker.DockerClient
) -> None:
    late = far("import time\nprint('begun')\ntime.sleep(60)", run=new_id(), timeout_s=1)
    assert (late.reason, late.stdout) == ("timeout", "begun\n")
    cancelled = threading.Event()
    stopped = far(
        "import time\nprint('begun')\ntime.sleep(60)",
        run=new_id(),
        cancelled=cancelled,
        on_output=lambda _stream, text: cancelled.set() if text.endswith("\n") else None,
    )
    assert (stopped.reason, stopped.stdout) == ("cancelled", "begun\n")
    full = far("print('begun')\nhoard = []\nwhile True: hoard.append(bytearray(10_000_000))")
    assert (full.reason, full.stdout) == ("memory", "begun\n")
    for ended in (late, stopped, full):
        assert soon(lambda run=ended.run: not containers_of(engine_client, run))  # type: ignore[misc]  # bound now


def test_ten_megabytes_of_output_and_large_files_arrive_whole(far: Runs) -> None:
    seen = 0

    def count(_stream: object, text: str) -> None:
        nonlocal seen
        seen += len(text)

    result = far(
        "line = 'x' * 99\n"
        "for _ in range(100_000): print(line)\n"
        "open('data/large.bin', 'wb').write(b'y' * 20_000_000)",
        on_output=count,
    )
    assert (result.reason, result.exit_code) == ("exit", 0)
    assert seen == 10_000_000
    assert (far.data / "large.bin").read_bytes() == b"y" * 20_000_000


def test_slow_network_is_slow_and_nothing_else(
    behind: Behind, sandbox_image: str, tmp_path: Path
) -> None:
    behind(delay_s=0.05)
    with ContainerSandbox(DockerEngine(image=sandbox_image)) as sandbox:
        result = Runs(sandbox, tmp_path)(
            "import boto3\n"
            "print(boto3.client('sts').get_caller_identity()['Account'])\n"
            "open('data/out.csv', 'w').write('a\\n1\\n')"
        )
    assert (result.reason, result.stdout) == ("exit", "111122223333\n")
    assert [file.name for file in result.files] == ["out.csv"]


def test_network_that_dies_under_a_run_is_said_and_leaves_nothing(
    behind: Behind, sandbox_image: str, tmp_path: Path, engine_client: docker.DockerClient
) -> None:
    network = behind()
    name = new_id()
    with ContainerSandbox(DockerEngine(image=sandbox_image)) as sandbox:
        result = Runs(sandbox, tmp_path)(
            "import time\nprint('begun')\ntime.sleep(60)",
            run=name,
            timeout_s=60,
            # The line and its end may come one after the other.
            on_output=lambda _stream, text: network.close() if "\n" in text else None,
        )
    assert (result.reason, result.exit_code, result.stdout) == ("sandbox died", None, "begun\n")
    assert soon(lambda: not containers_of(engine_client, name))


@pytest.mark.parametrize("loses_ends", [False, True])
def test_host_killed_at_once_leaves_no_container_behind_the_network(
    behind: Behind,
    sandbox_image: str,
    tmp_path: Path,
    engine_client: docker.DockerClient,
    loses_ends: bool,
) -> None:
    behind(loses_ends=loses_ends)  # where the end is lost, the silence of the host is heard
    name = new_id()
    host = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(
                f"""
                from pathlib import Path
                from finops_repl.sandbox.container import ContainerSandbox
                from finops_repl.sandbox.docker_engine import DockerEngine
                from tests.sandbox.running import Runs

                run = Runs(
                    ContainerSandbox(DockerEngine(image={sandbox_image!r})), Path({str(tmp_path)!r})
                )
                run("import time; print('begun'); time.sleep(60)", run={name!r}, timeout_s=60,
                    on_output=lambda stream, text: print(text, flush=True))
                """
            ),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert host.stdout is not None
    assert host.stdout.readline() == "begun\n"
    assert len(containers_of(engine_client, name)) == 1
    os.kill(host.pid, signal.SIGKILL)
    host.wait()
    host.stdout.close()
    assert soon(lambda: not containers_of(engine_client, name), within_s=20)


def test_engine_of_a_context_is_reached_over_the_network(
    behind: Behind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = behind().host
    monkeypatch.delenv("DOCKER_HOST")
    write_context(tmp_path / "docker", "far", host)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("DOCKER_CONTEXT", "far")
    client = connect()
    assert client.api.base_url == host.replace("tcp", "http")
    client.close()
