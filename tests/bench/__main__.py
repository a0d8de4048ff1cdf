"""`python -m tests.bench [PART ...] [--quick]`: all parts, or those that are named."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence

from tests.bench.account import bench_account, bench_workflows
from tests.bench.gateway import bench_gateway
from tests.bench.machine import describe_machine
from tests.bench.phases import bench_phases
from tests.bench.sandbox import bench_sandbox
from tests.bench.services import bench_services
from tests.bench.simulator import bench_simulator
from tests.bench.sql import bench_sql
from tests.bench.starting import bench_starting
from tests.bench.terminal import bench_terminal

PARTS: dict[str, Callable[[bool], None]] = {
    "starting": bench_starting,
    "terminal": bench_terminal,
    "sandbox": bench_sandbox,
    "phases": bench_phases,
    "account": bench_account,
    "workflows": bench_workflows,
    "simulator": bench_simulator,
    "services": bench_services,
    "sql": bench_sql,
    "gateway": bench_gateway,
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.parts) - PARTS.keys()
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with tempfile.TemporaryDirectory() as home:
        _move_to(home)
        print(describe_machine(), flush=True)
        for name in chosen.parts or PARTS:
            PARTS[name](chosen.quick)


def _move_to(home: str) -> None:
    """Nothing of the user's is read or written; what the bench leaves goes with the folder."""
    for kind in ("cache", "state", "config", "data"):
        os.environ[f"XDG_{kind.upper()}_HOME"] = f"{home}/{kind}"
    tempfile.tempdir = home


if __name__ == "__main__":
    main()
