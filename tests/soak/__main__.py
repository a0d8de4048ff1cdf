"""`python -m tests.soak [--runs N] [--seed N] [--pool N]`: exits with 1 and the name of a leak."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from finops_repl.sandbox.docker_connect import connect
from tests.bench.machine import describe_machine
from tests.soak.census import Census
from tests.soak.course import Course, Grounds, open_course
from tests.soak.memory import MemoryCourse, keep_one_arena, pid_of
from tests.soak.plan import plan

LOOK_EVERY = 100
SAMPLE_EVERY = 10
SETTLING_RUNS = 20
"""After these, what the first runs open for good is open."""
HOST_KB_A_RUN = 2.0
ENGINE_KB_A_RUN = 32.0
"""The engine serves others too, and its collector gives memory back late: with builds going on
beside a soak, 18 kB a run were seen of a daemon that ended where it had begun.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pool", type=int, default=2)
    chosen = parser.parse_args(arguments)
    if not sys.platform.startswith("linux"):
        print("a soak counts by /proc: it needs Linux", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    keep_one_arena()
    print(describe_machine(), flush=True)
    with tempfile.TemporaryDirectory() as home:
        grounds = Grounds(Path(home))
        grounds.make()
        for kind in ("STATE", "CACHE", "CONFIG", "DATA"):
            os.environ[f"XDG_{kind}_HOME"] = f"{home}/{kind.lower()}"
        tempfile.tempdir = str(grounds.temporary)
        faults = soak(grounds, chosen.runs, chosen.seed, chosen.pool)
        tempfile.tempdir = None
    for fault in faults:
        print(f"LEAKED OR WRONG  {fault}")
    print("nothing leaked" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


def soak(grounds: Grounds, runs: int, seed: int, pool: int) -> list[str]:
    """So many runs; what leaked and what ended otherwise than it had to."""
    print(f"\n{runs} runs, seed {seed}, a pool of {pool}")
    memory = (
        MemoryCourse("this process", "self", HOST_KB_A_RUN),
        MemoryCourse("dockerd", pid_of("dockerd"), ENGINE_KB_A_RUN),
        MemoryCourse("containerd", pid_of("containerd"), ENGINE_KB_A_RUN),
    )
    client = connect()
    began = time.monotonic()
    with open_course(client, grounds, pool) as course:
        steps = plan(runs, seed)
        empty = course.look()
        course.sandbox.prepare()
        faults: list[str] = []
        full: Census | None = None
        for step in steps:
            course.run(step)
            if course.done % SAMPLE_EVERY == 0:
                for process in memory:
                    process.sample(course.done)
            if course.done == min(SETTLING_RUNS, runs):
                course.sandbox.wait_ready(60)
                full = course.look()
            elif full is not None and (course.done % LOOK_EVERY == 0 or course.done == runs):
                faults += course.leaked(full)
                _show(course, memory, time.monotonic() - began)
        faults += [f"after close: {leak}" for leak in course.left_after_close(empty)]
        print(f"  after close: {course.look()}")
        faults += course.wrong
    client.close()
    for process in memory:
        print(f"  {process}")
        if not process.is_flat:
            faults.append(f"memory of {process}")
    return list(dict.fromkeys(faults))


def _show(course: Course, memory: Sequence[MemoryCourse], elapsed_s: float) -> None:
    held = ", ".join(
        f"{process.name} {process.samples[-1][1] / 1024:.0f} MB"
        for process in memory
        if process.samples
    )
    print(f"  {course.done:>5} runs, {elapsed_s:.0f} s: {course.look()}; {held}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
