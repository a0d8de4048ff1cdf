"""Prices that fall with the month's usage: data sent to the internet, S3 Standard storage.

The consolidated bill counts a region's usage type over all accounts, day after day; what goes
beyond a step is billed at the next price, as a line of its own. What an incident adds comes on top
of the rest, so that it moves no other line to another price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from finops_repl.simulator.lines import Ints, Lines
from finops_repl.simulator.meter import MICRO, Meter
from finops_repl.simulator.offers import Offer, price_e10, tiers

__all__ = ["Reached", "Tiering"]

Reached = Mapping[tuple[str, str], int]
"""A month's usage so far by region and usage type, in millionths of a unit."""

DAYS, MOST = 31, 4
"""A month's usage is surely below this many days of this many times the average day's."""


class Tiering:
    """The tiered meters of a book, which gains a meter for each further price within reach."""

    def __init__(self, meters: list[Meter]) -> None:
        self._meters = meters
        self._kinds: dict[tuple[str, str], tuple[Offer, list[int]]] = {}
        size = len(meters)
        for place, meter in enumerate(meters):
            if meter.offer.tiers:
                key = (meter.region.code, meter.offer.usage)
                self._kinds.setdefault(key, (meter.offer, []))[1].append(place)
        self.tiered = np.zeros(size, bool)
        self._further: dict[tuple[str, str], list[tuple[int, dict[int, int]]]] = {}
        for key, (given, places) in self._kinds.items():
            self.tiered[places] = True
            most = sum(meters[place].per_day for place in places) * MOST
            most = most if given.storage else most * DAYS
            self._further[key] = [
                (since * MICRO, self._at(meters, places, number))
                for number, (since, _) in enumerate(given.tiers, 1)
                if since * MICRO < most
            ]

    @staticmethod
    def _at(meters: list[Meter], places: list[int], number: int) -> dict[int, int]:
        """The meters of these places at another price, by the place of the first."""
        found = {}
        for place in places:
            meter = meters[place]
            found[place] = len(meters)
            meters.append(replace(meter, offer=tiers(meter.offer)[number]))
        return found

    def priced(
        self, lines: Lines, before: Reached
    ) -> tuple[Lines, dict[tuple[str, str], int]]:
        """Tiered usage lines at their prices, and what was reached at the end of the month."""
        reached = dict(before)
        parts = [lines.where(~self.tiered[lines.meter])]
        for key, (_, places) in self._kinds.items():
            mine = lines.where(np.isin(lines.meter, places))
            if not len(mine):
                continue
            until = np.cumsum(mine.usage) + before.get(key, 0)
            reached[key] = int(until[-1])
            parts += self._parts(mine, until, key)
        return Lines.joined(parts), reached

    def _parts(self, mine: Lines, until: Ints, key: tuple[str, str]) -> list[Lines]:
        meters = self._meters
        steps = [(0, {place: place for place in set(mine.meter.tolist())}), *self._further[key]]
        ends = [since for since, _ in steps[1:]] + [int(until[-1])]
        found = []
        for (since, places), end in zip(steps, ends, strict=True):
            inside = np.clip(until, since, max(since, end))
            usage = inside - np.clip(until - mine.usage, since, max(since, end))
            some = usage > 0
            if not some.any():
                continue
            here = np.array([places[place] for place in mine.meter[some].tolist()], np.int64)
            price = [price_e10(meters[place].offer, meters[place].region) for place in here]
            found.append(
                Lines.of_usage(here, mine.day[some], usage[some], np.array(price, np.int64))
            )
        return found
