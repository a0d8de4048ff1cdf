"""The product as its users run it: the console script, a fresh home, a workspace of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ACCOUNT = "simulated:seed=7,as_of=2026-10-20"
COMMAND = str(Path(sys.executable).with_name("finops-repl"))


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    def json(self) -> dict[str, Any]:
        fields = json.loads(self.stdout)
        assert isinstance(fields, dict)
        return fields


Finops = Callable[..., Ended]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    (folder / "workflows").mkdir(parents=True)
    return folder


@pytest.fixture
def finops(workspace: Path) -> Finops:
    """Run `finops-repl` with these arguments, no terminal and nothing on stdin."""

    def run(*arguments: str, env: Mapping[str, str] | None = None, stdin: str = "") -> Ended:
        done = subprocess.run(
            [COMMAND, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            cwd=workspace.parent,
            env={**os.environ, "FINOPS_WORKSPACE": str(workspace), **(env or {})},
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The variables that a running gateway prints."""
    folder = tmp_path_factory.mktemp("gateway")
    command = [COMMAND, "gateway", "--account", ACCOUNT, "--json", "--workspace", str(folder)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    told = json.loads(running.stdout.readline())
    assert told["account"].startswith("sim-")
    yield told["environment"]
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=30) == 0
    running.stdout.close()
