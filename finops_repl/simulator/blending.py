"""Blended cost: what a usage type costs on average where reservations cover some of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from finops_repl.simulator.lines import Ints, Lines, cost
from finops_repl.simulator.meter import HOUR

__all__ = ["blended"]


def blended(lines: Lines, kind: Ints) -> Lines:
    """The day's unblended cost of each kind of usage, spread evenly over all of that usage.

    `kind` numbers the usage type and region of each line. What rounding leaves goes to the first
    line of a day and kind, so that their blended cost is their unblended cost to the last digit.
    """
    if not len(lines):
        return lines
    order = np.lexsort((lines.type, lines.meter, kind, lines.day))
    lines, kind = lines.where(order), kind[order]
    found = np.zeros_like(lines.unblended)
    changes = (lines.day[1:] != lines.day[:-1]) | (kind[1:] != kind[:-1])
    edges = [0, *(np.flatnonzero(changes) + 1).tolist(), len(lines)]
    for start, end in pairwise(edges):
        usage = lines.usage[start:end]
        total = int(lines.unblended[start:end].sum())
        found[start:end] = cost(usage, total * HOUR // int(usage.sum()))
        found[start] += total - int(found[start:end].sum())
    return replace(lines, blended=found)
