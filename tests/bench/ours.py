"""Our sandbox as a contestant: its own jobs, its own data folder, a door that answers."""

from __future__ import annotations

import secrets
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.port import Engine, Job, Language, RunResult
from tests.bench.scripts import DONE

__all__ = ["READY_S", "cold_run", "no_door", "run_once", "script"]

READY_S = 60.0
"""How long a pool may take to be full and warm."""


def no_door(_request: WireRequest) -> WireResponse:
    """The door of scripts that do not call AWS."""
    return WireResponse(400, ())


def run_once(
    sandbox: ContainerSandbox,
    code: str,
    language: Language,
    data: Path,
    door: Callable[[WireRequest], WireResponse] = no_door,
) -> RunResult:
    """One job, from the order to its result; one that fails ends the bench."""
    result = sandbox.run(
        Job(f"bench-{secrets.token_hex(4)}", code, language, data),
        door,
        on_output=lambda stream, text: None,
        cancelled=threading.Event(),
    )
    if not result.ok or not result.stdout.rstrip().endswith(DONE):
        raise SystemExit(f"our sandbox: {result.reason}: {result.stderr or result.stdout}")
    return result


def script(sandbox: ContainerSandbox, code: str, language: Language) -> Callable[[], None]:
    """A script in a sandbox that is kept, as in a chat."""
    data = Path(tempfile.mkdtemp())

    def once() -> None:
        run_once(sandbox, code, language, data)

    return once


def cold_run(image: str, code: str, language: Language) -> Callable[[], None]:
    """A script in a sandbox that did not exist before: engine looked for, one container."""
    data = Path(tempfile.mkdtemp())

    def once() -> None:
        engine: Engine = DockerEngine(image=image)
        with ContainerSandbox(engine) as sandbox:
            run_once(sandbox, code, language, data)

    return once
