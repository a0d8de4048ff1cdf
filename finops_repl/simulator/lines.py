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

__all__ = ["NONE", "Ints", "Lines", "cost", "noise", "sums", "totals"]

Ints = NDArray[np.int64]

NONE = -1


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of the bill; `type` is a place in `meter.LINE_TYPES`, `day` counts from the first.

    `commitment` is the place of the reservation or plan that a line belongs to, `NONE` of any
    other.
    """

    meter: Ints
    day: Ints
    type: Ints
    commitment: Ints
    usage: Ints
    unblended: Ints
    blended: Ints
    amortized: Ints

    def __len__(self) -> int:
        return len(self.meter)

    def where(self, chosen: NDArray[np.bool_] | Ints) -> Lines:
        """The lines of a mask or of positions, in that order."""
        columns = [getattr(self, field.name) for field in fields(self)]
        # Plain usage has one column for all its costs; it is picked from once.
        picked = {id(column): column[chosen] for column in {id(c): c for c in columns}.values()}
        return Lines(*(picked[id(column)] for column in columns))

    @staticmethod
    def joined(parts: Iterable[Lines]) -> Lines:
        """All lines of the parts, one part after the other."""
        parts = list(parts)
        return Lines(
            *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Lines))
        )

    @staticmethod
    def of(rows: Iterable[tuple[int, ...]]) -> Lines:
        """Lines from rows: meter, day, type, commitment, usage, unblended, amortized."""
        table = np.array(list(rows), dtype=np.int64).reshape(-1, 7)
        meter, day, type_, commitment, usage, paid, amortized = (
            table[:, column] for column in range(7)
        )
        return Lines(meter, day, type_, commitment, usage, paid, paid, amortized)

    @staticmethod
    def of_usage(meter: Ints, day: Ints, usage: Ints, price: Ints) -> Lines:
        """Usage at a price that everybody pays."""
        paid, plain = cost(usage, price), np.zeros_like(usage)
        return Lines(meter, day, plain, plain + NONE, usage, paid, paid, paid)


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


def totals(keys: Ints, values: Ints, size: int) -> Ints:
    """The exact sums of the values of each key from 0 to `size - 1`; no value is negative."""
    # A double adds whole numbers below 2^53 exactly: the values are summed in two halves.
    half = np.int64(1 << 24)
    high = np.bincount(keys, (values // half).astype(np.float64), size).astype(np.int64)
    low = np.bincount(keys, (values % half).astype(np.float64), size).astype(np.int64)
    found: Ints = high * half + low
    return found


def sums(keys: Ints, values: Ints) -> tuple[Ints, Ints]:
    """The distinct keys in ascending order and the exact sum of each one's values."""
    if not len(keys):
        return keys, values
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return ordered[starts], np.add.reduceat(values[order], starts)
