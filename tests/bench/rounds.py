"""Contestants measured in rounds: one round takes each of them once.

So a machine that drifts, or that others use at the same time, slows all of them alike.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

__all__ = ["Contestant", "Figure", "print_table", "rounds", "timed"]

Contestant = Callable[[], float]
"""One go; returns what was measured, usually milliseconds."""

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Figure:
    """What one contestant's goes measured."""

    values: tuple[float, ...]

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def least(self) -> float:
        return min(self.values)

    @property
    def p90(self) -> float:
        """The value that nine of ten goes do not exceed."""
        return self._rank(0.9)

    @property
    def p99(self) -> float:
        """The value that 99 of 100 goes do not exceed."""
        return self._rank(0.99)

    def _rank(self, share: float) -> float:
        """The nearest rank."""
        return sorted(self.values)[math.ceil(share * self.n) - 1]


def timed(step: Callable[[], object]) -> Contestant:
    """A contestant that is measured in milliseconds from call to return."""

    def once() -> float:
        began = time.perf_counter()
        step()
        return (time.perf_counter() - began) * 1_000

    return once


def rounds(
    count: int,
    contestants: Mapping[Name, Contestant],
    *,
    settle: Callable[[], object] = lambda: None,
    uncounted: int = 0,
) -> dict[Name, Figure]:
    """`count` rounds of all contestants, after `uncounted` ones.

    `settle` is called before each go and not measured: nothing that one contestant leaves to be
    done in the background shall burden the next.
    """
    values: dict[Name, list[float]] = {name: [] for name in contestants}
    for number in range(uncounted + count):
        if sys.stderr.isatty():
            print(f"\rround {number + 1} of {uncounted + count} ", end="\r", file=sys.stderr)
        for name, go in contestants.items():
            settle()
            measured = go()
            if number >= uncounted:
                values[name].append(measured)
    return {name: Figure(tuple(measured)) for name, measured in values.items()}


def print_table(title: str, figures: Mapping[str, Figure], unit: str = "ms") -> None:
    """A row each: median, least, p90, n, and the median as a multiple of the first row's.

    Of at least 100 goes the p99 is told as well.
    """
    width = max(len(name) for name in figures) + 2
    first = next(iter(figures.values())).median
    print(f"\n{title}")
    print(f"  {'':<{width}}{'median':>10}{'min':>10}{'p90':>10}{'p99':>10}{'n':>6}{'ratio':>9}")
    for name, figure in figures.items():
        shown = "".join(
            f"{_short(value):>10}" for value in (figure.median, figure.least, figure.p90)
        )
        p99 = _short(figure.p99) if figure.n >= 100 else "-"
        ratio = f"{figure.median / first:.3f}" if first else "-"
        print(f"  {name:<{width}}{shown}{p99:>10}{figure.n:>6}{ratio:>9}   {unit}", flush=True)


def _short(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3f}"
