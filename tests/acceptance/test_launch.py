"""A saved workflow's container is launched before the workflow is read, and is the only one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest

from finops_repl.assembly.launching import launched_sandbox
from finops_repl.sandbox.docker_connect import connect
from finops_repl.sandbox.owner import LABEL
from tests.acceptance.conftest import ACCOUNT, COMMAND, Finops
from tests.bench.launch import LaunchWatch
from tests.sandbox.running import soon

MINE = {
    "schema": 1,
    "name": "Mine",
    "language": "python",
    "code": "print('mine')",
    "created": "2026-01-01T00:00:00Z",
    "updated": "2026-01-01T00:00:00Z",
}


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    client = connect()
    yield client
    client.close()


def test_a_workflow_runs_in_the_one_container_that_was_launched_for_it(
    finops: Finops, workspace: Path
) -> None:
    (workspace / "workflows" / "mine.json").write_text(json.dumps(MINE))
    finops("sandbox", "status")  # the engine's limits are proven, so that no other box is made
    with closing(LaunchWatch()) as watch:
        flags = ("--account", ACCOUNT)
        ended = finops("run-workflow", "mine", *flags, env={"DOCKER_HOST": watch.host})
        assert (ended.code, ended.stdout) == (0, "mine\n"), ended.stderr
        assert watch.asked_for == 1


def test_the_engine_has_the_launch_before_anything_else_is_loaded(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace / "workflows" / "mine.json").write_text(json.dumps(MINE))
    with closing(LaunchWatch()) as watch:
        monkeypatch.setenv("DOCKER_HOST", watch.host)
        sandbox = launched_sandbox({"workspace": str(workspace)}, "mine")
        assert sandbox is not None
        with sandbox:
            assert watch.asked_for >= 1


def test_a_workflow_that_cannot_run_leaves_no_container_of_its_launch(
    client: docker.DockerClient, workspace: Path
) -> None:
    (workspace / "workflows" / "mine.json").write_text(json.dumps(MINE))
    command = [COMMAND, "run-workflow", "mine", "--param", "nope=1", "--account", ACCOUNT]
    with subprocess.Popen(
        [*command, "--workspace", str(workspace)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        _, story = running.communicate(timeout=60)
    assert running.returncode == 2
    assert "nope" in story
    of_process = {"label": [f"{LABEL}.pid={running.pid}"]}
    assert soon(lambda: not client.api.containers(all=True, filters=of_process))
