"""How a run may end, and that its box is gone whichever way it did."""

from __future__ import annotations

import threading

import docker
import pytest

from finops_repl.base.scope import new_id
from tests.sandbox.running import Runs, containers_of, soon


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


def test_interrupted_run_leaves_no_container(run: Runs, engine_client: docker.DockerClient) -> None:
    name = new_id()

    def interrupt(_stream: object, _text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("import time\nprint('begun')\ntime.sleep(60)", run=name, on_output=interrupt)
    assert soon(lambda: not containers_of(engine_client, name))
