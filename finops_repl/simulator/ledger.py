"""The ledger of one simulated organisation: its meters, and their lines month by month.

Everything that the account answers is a view of this. Months are made one after the other, so
that memory does not grow with the number of months.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from finops_repl.simulator import estate, fleet
from finops_repl.simulator.commitments import Pool, commitments
from finops_repl.simulator.fleet import Instance
from finops_repl.simulator.incidents import place_spike
from finops_repl.simulator.lines import Lines
from finops_repl.simulator.meter import LINE_TYPES, Meter
from finops_repl.simulator.metering import Metered
from finops_repl.simulator.months import Calendar, Month
from finops_repl.simulator.offers import SERVICES, renamed
from finops_repl.simulator.postings import postings
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.simulator.world import World

__all__ = ["Ledger"]


class Ledger:
    """What happened in the organisation of a specification, and what it is billed for."""

    def __init__(self, spec: SimulatedSpec) -> None:
        self.spec = spec
        self.world = World(spec.seed, spec.rows)
        self.calendar = Calendar(spec.as_of)
        self.instances: list[Instance] = list(fleet.instances(self.world, self.calendar))
        self.commitments = commitments(self.world, self.calendar)
        self.meters: list[Meter] = []
        for found in self.instances:
            self.meters += fleet.meters(found, self.calendar.last)
        self.meters += estate.meters(self.world, self.calendar)
        self._metered = self._measure(0)
        self._posted = self._post()
        self._pools = {bought.pool: self._pool(bought.pool) for bought in self.commitments}
        self.spikes = tuple(
            place_spike(self.world, self.calendar, choice, self._compute_cost)
            for choice in spec.incidents
        )
        self._added = self._add()

    def months(self) -> Iterator[Lines]:
        """The lines of each billing period, oldest first; incidents' lines come last."""
        for month in self.calendar.months():
            parts = [self._ordinary(month)]
            if self._added is not None:
                parts.append(self._added.lines(month))
            yield Lines.joined(parts)

    def _ordinary(self, month: Month) -> Lines:
        usage = self._metered.lines(month)
        pooled = self._metered.pool[usage.meter]
        parts = [usage.where(pooled == 0)]
        for number, pool in enumerate(self._pools.values(), 1):
            parts.append(pool.billed(usage.where(pooled == number), month))
        chosen = (self._posted.day >= month.first) & (self._posted.day <= month.last)
        parts.append(self._posted.where(chosen))
        return Lines.joined(parts)

    def _post(self) -> Lines:
        rows, places = [], dict[str, int]()
        for posting in postings(self.world, self.calendar):
            place = places.setdefault(posting.meter.identity, len(self.meters))
            if place == len(self.meters):
                self.meters.append(posting.meter)
            money, type_ = posting.amount, LINE_TYPES.index(posting.type)
            rows.append((place, posting.day, type_, posting.usage, money, money, money, 0))
        return Lines.of(rows)

    def _pool(self, name: str) -> Pool:
        bought = next(each for each in self.commitments if each.pool == name)
        covered = [meter for meter in self.meters if meter.pool == name]
        fee = len(self.meters)
        self.meters.append(bought.fee_meter(self.calendar))
        negations: dict[str, int] = {}
        for account in {meter.account.id: meter.account for meter in covered}.values():
            if bought.kind == "sp":
                text = f"SavingsPlanNegation used by AccountId : {account.id}"
                negation = renamed(bought.offer, description=text)
                negations[account.id] = len(self.meters)
                self.meters.append(
                    Meter(account, bought.region, negation, "", bought.starts, self.calendar.last,
                          commitment=f"{bought.id}/negation")
                )  # fmt: skip
        return Pool(bought, self.meters, fee, negations)

    def _compute_cost(self, first: int, last: int) -> int:
        """EC2 compute cost of ordinary usage over these days, 10^-10 dollars."""
        compute = SERVICES["compute"]
        is_compute = np.array([meter.offer.service is compute for meter in self.meters], bool)
        total = 0
        for month in self.calendar.months():
            if month.first <= last and month.last >= first:
                lines = self._ordinary(month)
                chosen = is_compute[lines.meter] & (lines.day >= first) & (lines.day <= last)
                chosen &= lines.type < LINE_TYPES.index("SavingsPlanRecurringFee")
                total += int(lines.unblended[chosen].sum())
        return total

    def _add(self) -> Metered | None:
        """The meters of the incidents, placed after all others."""
        start = len(self.meters)
        for spike in self.spikes:
            self.instances += spike.instances
            for found in spike.instances:
                self.meters += fleet.meters(found, self.calendar.last)
        return self._measure(start) if len(self.meters) > start else None

    def _measure(self, start: int) -> Metered:
        pools = [bought.pool for bought in self.commitments]
        return Metered(self.meters[start:], pools, self.world.chance, self.calendar, start)
