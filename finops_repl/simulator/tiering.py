"""Prices that fall with the month's usage: data sent to the internet, S3 Standard storage.

The consolidated bill counts a region's usage type over all accounts, day after day; what goes
beyond a step is billed at the next price, as a line of its own. What a scene adds comes on top
of the rest, so that it moves no other line to another price.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from finops_repl.simulator.lines import NONE, Ints, Lines
from finops_repl.simulator.meter import MICRO, Meter
from finops_repl.simulator.offers import Offer, price_e10, tiers

__all__ = ["Reached", "Tiering"]

Reached = Mapping[tuple[str, str], int]
"""A month's usage so far by region and usage type, in millionths of a unit."""

Step = tuple[int, tuple[Ints, Ints]]
"""From which usage on which meters, at which prices."""

DAYS, MOST = 31, 4
"""A month's usage is surely below this many days of this many times the average day's."""


class Tiering:
    """The tiered meters of a book, which gains a meter for each further price within reach."""

    def __init__(self, meters: list[Meter], *, every_tier: bool = False) -> None:
        """`every_tier` where usage may begin at any of them, not at the first."""
        self._meters, self._size = meters, len(meters)
        self._kind = np.full(len(meters), NONE, np.int64)
        kinds: dict[tuple[str, str], tuple[Offer, list[int]]] = {}
        for place, meter in enumerate(meters):
            if meter.offer.tiers:
                key = (meter.region.code, meter.offer.usage)
                kinds.setdefault(key, (meter.offer, []))[1].append(place)
        self._steps: list[tuple[tuple[str, str], list[Step]]] = []
        for number, (key, (given, places)) in enumerate(kinds.items()):
            self._kind[places] = number
            most = sum(meters[place].per_day for place in places) * MOST
            most = most if given.storage else most * DAYS
            steps = [(0, self._at(places, 0))]
            for tier, (since, _) in enumerate(given.tiers, 1):
                if every_tier or since * MICRO < most:
                    steps.append((since * MICRO, self._at(places, tier)))
            self._steps.append((key, steps))
        self.tiered = self._kind >= 0

    def _at(self, places: list[int], tier: int) -> tuple[Ints, Ints]:
        """The meters of these places at a tier's price, and that price, by the meters' places."""
        there, price = np.full(self._size, NONE, np.int64), np.zeros(self._size, np.int64)
        for place in places:
            meter = self._meters[place]
            there[place] = place
            if tier:
                meter = replace(meter, offer=tiers(meter.offer)[tier])
                there[place] = len(self._meters)
                self._meters.append(meter)
            price[place] = price_e10(meter.offer, meter.region)
        return there, price

    def priced(self, lines: Lines, before: Reached) -> tuple[list[Lines], Reached]:
        """Tiered usage lines at their prices, and what was reached at the end of the month."""
        reached = dict(before)
        kind = self._kind[lines.meter]
        parts: list[Lines] = []
        for number, (key, steps) in enumerate(self._steps):
            mine = lines.where(kind == number)
            if len(mine):
                until = np.cumsum(mine.usage) + before.get(key, 0)
                reached[key] = int(until[-1])
                parts += self._parts(mine, until, steps)
        return parts, reached

    def _parts(self, mine: Lines, until: Ints, steps: Sequence[Step]) -> Iterator[Lines]:
        ends = [since for since, _ in steps[1:]] + [int(until[-1])]
        for (since, (there, price)), end in zip(steps, ends, strict=True):
            inside = np.clip(until, since, max(since, end))
            usage = inside - np.clip(until - mine.usage, since, max(since, end))
            some = usage > 0
            meter = mine.meter[some]
            yield Lines.of_usage(there[meter], mine.day[some], usage[some], price[meter])
