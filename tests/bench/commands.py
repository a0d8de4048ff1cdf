"""Programs as contestants, and what one would type into a shell without us."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tests.bench.scripts import DONE

__all__ = ["docker_exec", "docker_run", "program", "warm_container"]

ALONE = ("--network", "none")


def program(command: Sequence[str], *, last_word: str = "") -> Callable[[], None]:
    """A command, run to its end; one that fails, or ends on another word, ends the bench."""

    def once() -> None:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if ended.returncode != 0 or not ended.stdout.rstrip().endswith(last_word):
            raise SystemExit(f"{' '.join(command[:4])}: {ended.stderr or ended.stdout}")

    return once


def docker_run(image: str, code: str) -> Callable[[], None]:
    """A fresh container with no network for each run of a Python script."""
    command = ["docker", "run", "--rm", *ALONE, "--entrypoint", "python3", image, "-c", code]
    return program(command, last_word=DONE)


def docker_exec(container: str, code: str) -> Callable[[], None]:
    """A new process in a container that stands; what a run leaves there, the next one finds."""
    return program(["docker", "exec", container, "python3", "-c", code], last_word=DONE)


@contextmanager
def warm_container(image: str) -> Iterator[str]:
    """The name of a container that stands idle until it is no longer needed."""
    name = f"finops-repl-bench-{secrets.token_hex(4)}"
    started = ["docker", "run", "--detach", "--rm", *ALONE, "--name", name]
    subprocess.run(
        [*started, "--entrypoint", "sleep", image, "infinity"], check=True, capture_output=True
    )
    try:
        yield name
    finally:
        subprocess.run(["docker", "kill", name], check=False, capture_output=True)
