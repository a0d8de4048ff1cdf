"""From meters to usage lines: every meter's days, their demand, growth and chance, in columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from finops_repl.simulator.chance import Chance
from finops_repl.simulator.demand import FULL, PATTERNS, day_shares
from finops_repl.simulator.lines import Ints, Lines, noise
from finops_repl.simulator.meter import Meter
from finops_repl.simulator.months import Calendar, Month
from finops_repl.simulator.offers import price_e10

__all__ = ["Metered"]

NOISE_BITS = 16


class Metered:
    """Meters as columns, which become lines by whole months at a time."""

    def __init__(self, meters: Sequence[Meter], chance: Chance, calendar: Calendar) -> None:
        """Lines name a meter by its place in `meters`."""

        def column(values: Sequence[int]) -> Ints:
            return np.array(values, dtype=np.int64)

        self._first = column([meter.first for meter in meters])
        self._last = column([meter.last for meter in meters])
        self._per_day = column([meter.per_day for meter in meters])
        self._first_use = column([meter.first_use for meter in meters])
        self._last_use = column([meter.last_use for meter in meters])
        self._pattern = column([PATTERNS.index(meter.pattern) for meter in meters])
        self._growth = column([meter.growth for meter in meters])
        self._noise = column([meter.noise for meter in meters])
        self._storage = np.array([meter.offer.storage for meter in meters], bool)
        self.price = column([price_e10(meter.offer, meter.region) for meter in meters])
        seeds = [chance.bits("noise", each.identity) if each.noise else 0 for each in meters]
        self._seed = np.array(seeds, dtype=np.uint64)
        self._shares = np.array([day_shares(calendar, pattern) for pattern in PATTERNS], np.int64)

    def lines(self, month: Month) -> Lines:
        """The usage lines of a month, by day and meter."""
        begin = np.maximum(self._first, month.first)
        days = np.clip(np.minimum(self._last, month.last) - begin + 1, 0, None)
        meter = np.repeat(np.arange(len(begin)), days)
        day = begin[meter] + np.arange(len(meter)) - np.repeat(np.cumsum(days) - days, days)
        order = np.argsort(day, kind="stable")
        meter, day = meter[order], day[order]

        usage = self._usage(meter, day)
        usage = np.where(self._storage[meter], usage // month.length, usage)
        used = usage > 0
        meter, day, usage = meter[used], day[used], usage[used]
        return Lines.of_usage(meter, day, usage, self.price[meter])

    def _usage(self, meter: Ints, day: Ints) -> Ints:
        usage: Ints = self._per_day[meter] * self._shares[self._pattern[meter], day] // FULL
        usage = usage * (FULL + self._growth[meter] * day // 365) // FULL
        swing = self._noise[meter]
        sway = FULL - swing + (2 * swing * noise(self._seed[meter], day) >> NOISE_BITS)
        usage = usage * sway // FULL
        is_first = (day == self._first[meter]) & (self._first_use[meter] >= 0)
        is_last = (day == self._last[meter]) & (self._last_use[meter] >= 0)
        usage = np.where(is_last, self._last_use[meter], usage)
        return np.where(is_first, self._first_use[meter], usage)
