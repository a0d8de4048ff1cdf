"""The terminal: what a start costs against its budgets, and an answer's way to the screen."""

from __future__ import annotations

import sys
from contextlib import closing

from tests.bench.commands import program
from tests.bench.goals import Goal, print_goals
from tests.bench.launch import LaunchWatch
from tests.bench.prompt import first_prompt_ms
from tests.bench.rendering import Drawn, appended, live
from tests.bench.rounds import Contestant, Figure, print_table, rounds, timed
from tests.bench.starting import COMMAND

__all__ = ["bench_terminal"]

HELP, PROMPT, LAUNCH = "finops-repl --help", "first prompt", "run-workflow to launch"
ACCOUNT = "simulated:seed=1,as_of=2026-10-20"
WORKFLOW = "export-costs-to-csv"


def bench_terminal(quick: bool) -> None:
    """Starts against 100, 250 and 200 ms, and drawing against rich's Live, in one run each."""
    count = 5 if quick else 15
    started = _starts(count)
    print_table("starting", started)
    drawn = _drawings(3 if quick else 7)
    print_goals(
        [
            Goal(HELP, started[HELP].median, "at most", 100),
            Goal(PROMPT, started[PROMPT].median, "at most", 250),
            Goal(LAUNCH, started[LAUNCH].median, "at most", 200),
            Goal("bytes of an answer, ours to Live", drawn["bytes"], "at most", 0.1, "x"),
            Goal("CPU of an answer, ours to Live", drawn["cpu"], "at most", 0.1, "x"),
        ]
    )


def _starts(count: int) -> dict[str, Figure]:
    """The world of the account and the sandbox image are there before anything counts."""
    program([COMMAND, "run-workflow", "--account", ACCOUNT, WORKFLOW])()
    program([COMMAND, "sandbox", "build"])()  # a chat would look for the image before its prompt
    run = [COMMAND, "run-workflow", "--account", ACCOUNT, WORKFLOW]
    chat = [COMMAND, "--account", ACCOUNT, "--model", "offline"]
    with closing(LaunchWatch()) as watch:
        contestants: dict[str, Contestant] = {
            "python -c pass": timed(program([sys.executable, "-c", "pass"])),
            HELP: timed(program([COMMAND, "--help"])),
            PROMPT: lambda: first_prompt_ms(chat),
            LAUNCH: lambda: watch.launch_ms(run),
        }
        return rounds(count, contestants, uncounted=1)


def _drawings(count: int) -> dict[str, float]:
    """Ours as a share of Live's, by median: bytes, and CPU."""
    ours: list[Drawn] = []
    theirs: list[Drawn] = []
    cpu = rounds(
        count,
        {
            "rich Live(Markdown)": lambda: _kept(live(), theirs).cpu_ms,
            "finished blocks": lambda: _kept(appended(), ours).cpu_ms,
        },
        uncounted=1,
    )
    print_table("an answer of 5,000 characters in 126 pieces: CPU", cpu)
    print(f"  bytes: rich Live {theirs[-1].size:,}, finished blocks {ours[-1].size:,}")
    live_cpu, our_cpu = (figure.median for figure in cpu.values())
    return {"bytes": ours[-1].size / theirs[-1].size, "cpu": our_cpu / live_cpu}


def _kept(drawn: Drawn, among: list[Drawn]) -> Drawn:
    among.append(drawn)
    return drawn
