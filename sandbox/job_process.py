"""The process that runs a script: started early, told its order late, ended with all it started.

It is an interpreter that waits on a pipe for its order, so that it can be ready before the order
is known; warm, it has loaded beforehand what scripts mostly use. It gets /dev/null, two pipes for
what it prints, one for the figures that it declares, one to say that it is ready, and no other
descriptor: every one of the runner's is close-on-exec.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
from typing import Any

import place

COMMANDS = {
    "python": ["/usr/bin/python3", "-u", "-s", f"{place.FILES}/job_python.py"],
    "javascript": [
        "/usr/local/bin/node",
        "--require",
        f"{place.FILES}/node_preload.cjs",
        "script.js",
    ],
}
FIRST_TO_DIE = b"1000"
"""Memory runs out for the whole box at once: the kernel shall take the job, not the runner."""
DEFAULTS = (signal.SIGPIPE, signal.SIGINT, signal.SIGXFSZ)


def environment(*, warm: bool) -> dict[str, str]:
    """Everything a job sees of the outside: no credential, and the tunnel as AWS.

    What begins with FINOPS_ is for the interpreter's own start, which takes it away.
    """
    endpoint = f"http://127.0.0.1:{place.PORT}"
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",  # noqa: S108 - the container's own, of one run
        "USER": "analyst",
        "LOGNAME": "analyst",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "DATA_DIR": place.DATA,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NODE_COMPILE_CACHE": place.NODE_CACHE,
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": place.MATPLOTLIB,
        "FINOPS_ORDER": str(place.ORDER_FD),
        "FINOPS_READY": str(place.READY_FD),
        "FINOPS_WARM": "1" if warm else "",
    }


class JobProcess:
    """A prepared interpreter and the runner's ends of its pipes."""

    def __init__(self, language: str, *, warm: bool) -> None:
        self.language = language
        self.stdout, out = os.pipe()
        self.stderr, err = os.pipe()
        self.figures, figure = os.pipe()
        self.ready, ready = os.pipe()
        order, self._order = os.pipe()
        quiet = os.open(os.devnull, os.O_RDONLY)
        given = (quiet, out, err, figure, order, ready)
        # Clear of the numbers 0 to 5 that they get in the job; dup2 leaves only those inheritable.
        aside = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, len(given)) for fd in given]
        command = COMMANDS[language]
        self.pid = os.posix_spawn(
            command[0],
            command,
            environment(warm=warm),
            file_actions=[(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(aside)],
            setsid=True,
            setsigdef=DEFAULTS,
        )
        for fd in (*given, *aside):
            os.close(fd)
        with contextlib.suppress(OSError), open(f"/proc/{self.pid}/oom_score_adj", "wb") as score:
            score.write(FIRST_TO_DIE)
        for fd in (self.stdout, self.stderr, self.figures):
            os.set_blocking(fd, False)

    def order(self, order: dict[str, Any]) -> None:
        """Write the script into its place and tell the interpreter to go on."""
        with open(f"{place.WORK}/{place.SCRIPTS[self.language]}", "w", encoding="utf-8") as script:
            script.write(order["code"])
        with contextlib.suppress(BrokenPipeError), os.fdopen(self._order, "wb") as pipe:
            pipe.write(json.dumps(order).encode())

    def drop(self) -> None:
        """End it before it had an order, and what the runner holds of it."""
        os.kill(self.pid, signal.SIGKILL)
        os.close(self._order)
        for fd in (self.stdout, self.stderr, self.figures):
            os.close(fd)


def reap() -> dict[int, int]:
    """Collect the children that have ended: their wait statuses by process id."""
    ended = {}
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            ended[pid] = status
    return ended


def end_everything(watched: int) -> int | None:
    """Kill every process but the runner and wait until none is left, whatever each ignores.

    As process 1, `kill(-1)` reaches all of the container and nothing else. It is one pass under
    the kernel's lock, so no fork escapes; what was left to its parent is left to the runner.
    """
    found = None
    while True:
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            return found
        with contextlib.suppress(ChildProcessError):
            pid, status = os.waitpid(-1, 0)
            if pid == watched:
                found = status
