"""Billed lines as columns of whole numbers, and the arithmetic that makes money of usage.

Usage is in millionths of a unit, money in 10^-10 US dollars. There is no floating point here: its
last digit differs between machines and NumPy releases, and a ledger's must not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from finops_repl.simulator.chance import MIX
from finops_repl.simulator.meter import MICRO

__all__ = ["Ints", "Lines", "cost", "noise"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of the bill; `type` is a place in `meter.LINE_TYPES`, `day` counts from the first."""

    meter: Ints
    day: Ints
    type: Ints
    usage: Ints
    unblended: Ints
    blended: Ints
    amortized: Ints
    public: Ints

    def __len__(self) -> int:
        return len(self.meter)

    def where(self, chosen: NDArray[np.bool_] | Ints) -> Lines:
        """The lines of a mask or of positions, in that order."""
        return Lines(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @staticmethod
    def joined(parts: Iterable[Lines]) -> Lines:
        """All lines of the parts, one part after the other."""
        parts = list(parts)
        return Lines(
            *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Lines))
        )

    @staticmethod
    def of(rows: Iterable[tuple[int, ...]]) -> Lines:
        """Lines from rows in the order of the columns."""
        table = np.array(list(rows), dtype=np.int64).reshape(-1, len(fields(Lines)))
        return Lines(*(table[:, column] for column in range(table.shape[1])))


def cost(usage: Ints, price: Ints | int) -> Ints:
    """Usage times unit price, rounded half up at the bill's last place; no product overflows."""
    whole = usage // MICRO
    part = usage - whole * MICRO
    found: Ints = whole * price + (part * price + MICRO // 2) // MICRO
    return found


def noise(seeds: NDArray[np.uint64], days: Ints) -> Ints:
    """16 even bits for each meter and day, by splitmix64."""
    step, first, second = (np.uint64(number) for number in MIX)
    with np.errstate(over="ignore"):
        mixed = seeds + (days.astype(np.uint64) + np.uint64(1)) * step
        mixed = (mixed ^ (mixed >> np.uint64(30))) * first
        mixed = (mixed ^ (mixed >> np.uint64(27))) * second
        mixed = mixed ^ (mixed >> np.uint64(31))
    bits: Ints = (mixed >> np.uint64(48)).astype(np.int64)
    return bits
