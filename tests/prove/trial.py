"""Tests run in the copy, in a process of their own; nothing of them stays on the engine."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import docker
import docker.errors

from finops_repl.sandbox.docker_connect import connect
from finops_repl.sandbox.image import image_tag
from finops_repl.sandbox.owner import LABEL
from tests.prove.outcomes import OUTCOMES, Outcome

__all__ = ["Trial", "try_tests"]

LONGEST_TEST_S = 120
SUITE_S = 1200


@dataclass(frozen=True, slots=True)
class Trial:
    """How tests ended, and the end of what pytest said."""

    outcomes: tuple[Outcome, ...]
    seconds: float
    said: str

    def of(self, test: str) -> tuple[Outcome, ...]:
        """The outcomes of a test, or of all its parameters."""
        wanted = f"tests/{test}"
        return tuple(
            o for o in self.outcomes if o.test == wanted or o.test.startswith(f"{wanted}[")
        )


def try_tests(copy: Path, tests: Iterable[str]) -> Trial:
    """Run the tests, ids below tests/, on the copy as it is now."""
    began = time.monotonic()
    noted = copy / "outcomes.jsonl"
    noted.write_text("")
    command = [sys.executable, "-m", "pytest", "-p", "tests.prove.outcomes"]
    command += ["-p", "no:cacheprovider", f"--timeout={LONGEST_TEST_S}", "--tb=short"]
    command += sorted(f"tests/{test}" for test in tests)
    environment = {**os.environ, "PYTHONPATH": str(copy), OUTCOMES: str(noted)}
    with subprocess.Popen(
        command,
        cwd=copy,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=SUITE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
        _clear(process.pid, image_tag(copy / "sandbox"))
    lines = noted.read_text().splitlines()
    outcomes = tuple(Outcome(**json.loads(line)) for line in lines)
    return Trial(outcomes, time.monotonic() - began, said[-2000:])


def _clear(pid: int, image: str) -> None:
    """Remove the containers that the process left, and an image that only the copy needed."""
    only_here = image != image_tag()
    left = [{"label": f"{LABEL}.pid={pid}"}]
    if only_here:
        left.append({"ancestor": image})
    client = connect()
    with contextlib.closing(client):
        for filters in left:
            for found in client.api.containers(all=True, filters=filters):
                with contextlib.suppress(docker.errors.APIError):  # it is going by itself
                    client.api.remove_container(found["Id"], force=True)
        if only_here:
            with contextlib.suppress(docker.errors.ImageNotFound):  # no test needed a box
                client.api.remove_image(image, force=True)
