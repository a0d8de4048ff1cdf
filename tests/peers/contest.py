"""Who takes part, by which ways, and what is asked of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.bench.burst import IN_FLIGHT, JOBS
from tests.bench.rounds import Figure, rounds
from tests.bench.scripts import BOTO3, PRINT
from tests.peers.driven import Driven, ToolFailed

__all__ = ["ENTRIES", "QUESTIONS", "Entry", "Row", "Trial", "observed_isolated", "run_contest"]

OURS = "finops-repl"
PRINTING, CLIENT, COLD = "print", "boto3 client", "cold to first result"
BURST = f"{JOBS} x boto3, {IN_FLIGHT} in flight"
QUESTIONS = (PRINTING, CLIENT, COLD, BURST)

MARK = "/tmp/left-by-a-run"
LEAVE = f"open('{MARK}', 'w').close(); print('left')"
LOOK = f"import os; print('found' if os.path.exists('{MARK}') else 'nothing')"
LOOKS = IN_FLIGHT + 1
"""A run may meet each container of a pool: look once more than there are."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A tool and one of its ways. A pool is full before it is asked: it has no cold start."""

    tool: str
    way: str
    cold: bool = True


ENTRIES = (
    Entry(OURS, "pool of 2 (the default)", cold=False),
    Entry(OURS, "pool of 4", cold=False),
    Entry(OURS, "container a run"),
    Entry("llm-sandbox", "session a run"),
    Entry("llm-sandbox", "pool of 4, used once", cold=False),
    Entry("llm-sandbox", "pool of 4, reused", cold=False),
    Entry("llm-sandbox", "session kept"),
    Entry("smolagents", "kernel a run"),
    Entry("smolagents", "4 kernels kept"),
    Entry("autogen-ext", "executor a run"),
    Entry("autogen-ext", "executor kept"),
)


@dataclass
class Trial:
    """Asks one thing again and again; a tool that failed once is not asked again."""

    ask: Callable[[], float]
    error: str = ""

    def __call__(self) -> float:
        if self.error:
            return math.nan
        try:
            return self.ask()
        except ToolFailed as failed:
            self.error = str(failed)
            return math.nan


@dataclass
class Row:
    """What an entry showed: figures by question, what failed, and whether a run finds another's."""

    entry: Entry
    isolated: bool | None = None
    figures: dict[str, Figure] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def run_contest(
    entries: Iterable[Entry], tools: Mapping[str, Driven], count: int, bursts: int
) -> list[Row]:
    """Open every way, look whether its runs are apart, then ask in rounds."""
    rows = [Row(entry) for entry in entries if entry.tool in tools]
    standing = [row for row in rows if _opened(row, tools[row.entry.tool])]
    singles = {
        (row.entry, question): Trial(ask)
        for row in standing
        for question, ask in _singles(tools[row.entry.tool], row.entry)
    }
    together = {
        (row.entry, BURST): Trial(_burst(tools[row.entry.tool], row.entry)) for row in standing
    }

    def settle() -> None:
        for row in standing:
            tools[row.entry.tool].settle(row.entry.way)

    for trials, times, uncounted in ((singles, count, 1), (together, bursts, 0)):
        figures = rounds(times, trials, settle=settle, uncounted=uncounted)
        for (entry, question), trial in trials.items():
            row = next(row for row in rows if row.entry == entry)
            if trial.error:
                row.failed[question] = trial.error
            elif times:
                row.figures[question] = figures[entry, question]
    return rows


def observed_isolated(tool: Driven, way: str) -> bool:
    """Whether later runs do not find the file that a run left in /tmp."""
    tool.printed(way, LEAVE)
    return all(tool.printed(way, LOOK).strip() == "nothing" for _ in range(LOOKS))


def _opened(row: Row, tool: Driven) -> bool:
    try:
        tool.open(row.entry.way, IN_FLIGHT)
        row.isolated = observed_isolated(tool, row.entry.way)
    except ToolFailed as failed:
        row.failed = dict.fromkeys(QUESTIONS, str(failed))
        return False
    return True


def _singles(tool: Driven, entry: Entry) -> Sequence[tuple[str, Callable[[], float]]]:
    way = entry.way
    asked: list[tuple[str, Callable[[], float]]] = [
        (PRINTING, lambda: tool.once(way, PRINT)),
        (CLIENT, lambda: tool.once(way, BOTO3)),
    ]
    if entry.cold:
        asked.append((COLD, lambda: tool.cold(way, PRINT)))
    return asked


def _burst(tool: Driven, entry: Entry) -> Callable[[], float]:
    return lambda: tool.burst(entry.way, BOTO3, JOBS, IN_FLIGHT)
