"""What the figures are held against; a goal that is missed says by how much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Goal", "print_goals"]


@dataclass(frozen=True, slots=True)
class Goal:
    """A median, or a ratio of two medians, and the most or the least that it should be."""

    name: str
    measured: float
    bound: Literal["at most", "at least"]
    limit: float
    unit: str = "ms"

    @property
    def met(self) -> bool:
        if self.bound == "at most":
            return self.measured <= self.limit
        return self.measured >= self.limit

    def __str__(self) -> str:
        verdict = "met   "
        if not self.met:
            verdict = "MISSED"
        text = (
            f"{verdict}  {self.name}: {_amount(self.measured, self.unit)},"
            f" goal {self.bound} {_amount(self.limit, self.unit)}"
        )
        if self.met:
            return text
        off = abs(self.measured - self.limit)
        return f"{text}; off by {_amount(off, self.unit)} ({off / self.limit:.0%})"


def print_goals(goals: Iterable[Goal]) -> None:
    """A line each."""
    print("\ngoals")
    for goal in goals:
        print(f"  {goal}", flush=True)


def _amount(value: float, unit: str) -> str:
    if unit == "x":
        return f"{value:.3f} x"
    if value < 1:
        return f"{value:.2f} {unit}"
    return f"{value:,.1f} {unit}" if value < 100 else f"{value:,.0f} {unit}"
