"""Resident memory over many runs, and whether it stays flat."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from statistics import median

from tests.soak.census import resident_kb

__all__ = ["MemoryCourse", "keep_one_arena", "pid_of", "slope"]

M_ARENA_MAX = -8
SETTLED = 0.2
"""The share of the runs in which pools, caches and arenas still grow to their size."""
FEWEST_SAMPLES = 30


@dataclass
class MemoryCourse:
    """One process' resident memory; `most_kb_a_run` is what it may gain with each run."""

    name: str
    pid: int | str
    most_kb_a_run: float
    samples: list[tuple[int, int]] = field(default_factory=list)

    def sample(self, run: int) -> None:
        """Note what it holds after so many runs, where it can be seen."""
        if self.pid == "self":
            _give_back()
        held = resident_kb(self.pid)
        if held:
            self.samples.append((run, held))

    @property
    def kb_a_run(self) -> float | None:
        """Gain a run once it has settled; None for a course too short to tell."""
        settled = self.samples[int(len(self.samples) * SETTLED) :]
        return slope(settled) if len(settled) >= FEWEST_SAMPLES else None

    @property
    def is_flat(self) -> bool:
        gain = self.kb_a_run
        return gain is None or gain <= self.most_kb_a_run

    def __str__(self) -> str:
        if not self.samples:
            return f"{self.name}: not visible from here"
        first, last = self.samples[0][1] / 1024, self.samples[-1][1] / 1024
        gain = self.kb_a_run
        course = f"{self.name}: {first:.0f} MB at first, {last:.0f} MB at last"
        if gain is None:
            return f"{course}; too few runs to tell its slope"
        return f"{course}; {gain:+.2f} kB a run (at most {self.most_kb_a_run:g})"


def keep_one_arena() -> None:
    """Let all threads of this process allocate from one place; to be called before there are any.

    Each thread that meets another in glibc's allocator is given an arena of its own, and those of
    thousands of short threads grow for hours to their own peaks with nothing held in them: 7 kB a
    run were seen with arenas, 1 kB without.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)


def _give_back() -> None:
    """Hand to the system what is free, so that what is counted is held: each thread's share of
    the allocator keeps its own peak.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's
    if trim is not None:
        trim(0)


def slope(points: Sequence[tuple[int, int]]) -> float:
    """The median slope between any two points (Theil and Sen): single peaks do not tilt it."""
    return median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2))


def pid_of(command: str) -> int:
    """The process of that name on this host; 0 where there is none to be seen."""
    for comm in Path("/proc").glob("[0-9]*/comm"):
        try:
            if comm.read_text().strip() == command:
                return int(comm.parent.name)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
    return 0
