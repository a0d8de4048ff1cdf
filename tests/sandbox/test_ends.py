"""How a run may end, and that its box is gone whichever way it did."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable

import docker
import pytest

from finops_repl.base.scope import new_id
from finops_repl.sandbox.port import Language
from tests.sandbox.running import Runs


def containers_of(client: docker.DockerClient, run_id: str) -> list[str]:
    found = client.api.containers(all=True, filters={"label": f"finops-repl.box={run_id}"})
    return [container["Id"] for container in found]


def soon(holds: Callable[[], bool], within_s: float = 10.0) -> bool:
    """Whether something comes to hold; how fast is not asserted."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


@pytest.mark.parametrize(
    ("language", "code"),
    [
        (
            "python",
            "import time\nopen('data/part.csv', 'w').write('a,b\\n1,2\\n')\n"
            "print('half way', end='')\ntime.sleep(60)",
        ),
        (
            "javascript",
            "fs.writeFileSync('data/part.csv', 'a,b\\n1,2\\n');\n"
            "process.stdout.write('half way');\nwhile (true) {}",
        ),
    ],
)
def test_timeout_keeps_what_was_printed_and_written(
    run: Runs, engine_client: docker.DockerClient, language: Language, code: str
) -> None:
    name = new_id()
    result = run(code, language, run=name, timeout_s=1)
    assert (result.reason, result.exit_code, result.stdout) == ("timeout", None, "half way")
    assert [(file.name, file.rows) for file in result.files] == [("part.csv", 1)]
    assert (run.data / "part.csv").read_text() == "a,b\n1,2\n"
    assert soon(lambda: not containers_of(engine_client, name))


def test_timeout_ends_what_ignores_signals_and_what_left_its_session(
    run: Runs, engine_client: docker.DockerClient
) -> None:
    name = new_id()
    result = run(
        "import os, signal, time\n"
        "for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        while True:\n"
        "            open('data/alive.txt', 'w').write('x')\n"
        "            time.sleep(0.05)\n"
        "    os._exit(0)\n"
        "time.sleep(60)",
        run=name,
        timeout_s=1,
    )
    assert result.reason == "timeout"
    assert soon(lambda: not containers_of(engine_client, name))


def test_child_left_behind_is_ended_before_files_are_taken(run: Runs) -> None:
    result = run(
        "import itertools, os, time\n"
        "files = [os.open(f'data/count{n}.txt', os.O_RDWR | os.O_CREAT) for n in range(30)]\n"
        "for file in files: os.write(file, b' ' * 1_000_000)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    for count in itertools.count(100_000_000):\n"
        "        for file in files:\n"
        "            os.pwrite(file, b'%d' % count, 0)\n"
        "time.sleep(0.3)\n"
        "print('parent done')\n"
        "os._exit(3)"
    )
    assert (result.reason, result.exit_code, result.stdout) == ("exit", 3, "parent done\n")
    counts = [int((run.data / file.name).read_text()) for file in result.files]
    assert len(counts) == 30
    assert max(counts) - min(counts) <= 1  # all were taken in one and the same state


def test_stdout_closed_early_does_not_end_the_run(run: Runs) -> None:
    result = run(
        "import os, sys, time\n"
        "os.close(1)\n"
        "time.sleep(0.3)\n"
        "print('still here', file=sys.stderr)\n"
        "open('data/late.txt', 'w').write('x')\n"
        "os._exit(4)"
    )
    assert (result.exit_code, result.stderr) == (4, "still here\n")
    assert [file.name for file in result.files] == ["late.txt"]


def test_cancel_keeps_what_was_printed(run: Runs, engine_client: docker.DockerClient) -> None:
    name = new_id()
    cancelled = threading.Event()
    result = run(
        "import time\nprint('begun')\ntime.sleep(60)",
        run=name,
        cancelled=cancelled,
        on_output=lambda _stream, text: cancelled.set() if text.endswith("\n") else None,
    )
    assert (result.reason, result.exit_code, result.stdout) == ("cancelled", None, "begun\n")
    assert soon(lambda: not containers_of(engine_client, name))


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "print('begun')\nhoard = []\nwhile True: hoard.append(bytearray(10_000_000))"),
        (
            "javascript",
            "console.log('begun');\nconst hoard = [];\n"
            "while (true) hoard.push(Buffer.alloc(10_000_000, 1));",
        ),
    ],
)
def test_too_much_memory_is_called_so(run: Runs, language: Language, code: str) -> None:
    result = run(code, language)
    assert (result.reason, result.exit_code, result.stdout) == ("memory", None, "begun\n")


def test_memory_taken_by_many_processes_costs_them_and_not_the_runner(run: Runs) -> None:
    result = run(
        "import os, time\n"
        "open('data/before.txt', 'w').write('x')\n"
        "for _ in range(100):\n"
        "    if os.fork() == 0:\n"
        "        hoard = bytearray(6_000_000)\n"
        "        time.sleep(60)\n"
        "time.sleep(1)"
    )
    assert result.reason in ("exit", "memory")
    assert [file.name for file in result.files] == ["before.txt"]


def test_script_that_kills_itself_has_not_run_out_of_memory(run: Runs) -> None:
    result = run("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    assert (result.reason, result.exit_code) == ("exit", 137)


def test_full_folder_is_an_error_of_the_script_and_no_kill(run: Runs) -> None:
    result = run(
        "import errno\n"
        "for folder in ('/tmp', '/work'):\n"
        "    try:\n"
        "        with open(f'{folder}/fill', 'wb') as out:\n"
        "            while True: out.write(bytes(1_000_000))\n"
        "    except OSError as error:\n"
        "        print(folder, errno.errorcode[error.errno])\n"
    )
    assert (result.reason, result.exit_code) == ("exit", 0)
    assert result.stdout == "/tmp ENOSPC\n/work ENOSPC\n"


def test_death_of_the_box_is_a_result_that_says_so(
    run: Runs, engine_client: docker.DockerClient
) -> None:
    name = new_id()

    def kill(_stream: object, text: str) -> None:
        for container in containers_of(engine_client, name) if text.endswith("\n") else ():
            engine_client.api.kill(container)

    result = run("import time\nprint('begun')\ntime.sleep(60)", run=name, on_output=kill)
    assert (result.reason, result.exit_code, result.stdout) == ("sandbox died", None, "begun\n")
    assert "The sandbox died under the run" in result.stderr


def test_what_the_door_raises_ends_the_run_and_is_not_hidden(
    run: Runs, engine_client: docker.DockerClient
) -> None:
    name = new_id()

    def broken(_request: object) -> None:
        raise ZeroDivisionError("a fault of ours")

    with pytest.raises(ZeroDivisionError):
        run(
            "import boto3; boto3.client('sts').get_caller_identity()",
            run=name,
            door=broken,  # type: ignore[arg-type]  # it never answers
        )
    assert soon(lambda: not containers_of(engine_client, name))


def test_host_killed_at_once_leaves_no_container(
    run: Runs, engine_client: docker.DockerClient, sandbox_image: str
) -> None:
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
                    ContainerSandbox(DockerEngine(image={sandbox_image!r})), Path({str(run.data)!r})
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
    assert soon(lambda: not containers_of(engine_client, name))


def test_interrupted_run_leaves_no_container(run: Runs, engine_client: docker.DockerClient) -> None:
    name = new_id()

    def interrupt(_stream: object, _text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("import time\nprint('begun')\ntime.sleep(60)", run=name, on_output=interrupt)
    assert soon(lambda: not containers_of(engine_client, name))
