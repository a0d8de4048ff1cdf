"""What starting the product costs, next to starting Python at all."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bench.commands import program
from tests.bench.rounds import print_table, rounds, timed

__all__ = ["COMMAND", "bench_starting"]

COMMAND = str(Path(sys.executable).with_name("finops-repl"))


def bench_starting(quick: bool) -> None:
    """`--help`, and the library that a live model needs."""
    contestants = {
        "python -c pass": timed(program([sys.executable, "-c", "pass"])),
        "finops-repl --help": timed(program([COMMAND, "--help"])),
        "import anthropic": timed(program([sys.executable, "-c", "import anthropic"])),
    }
    print_table("starting", rounds(5 if quick else 15, contestants, uncounted=1))
