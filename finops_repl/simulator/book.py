"""A book: meters and what the bill makes of their usage, month by month.

The organisation's ordinary usage is one book, each scene another: a scene's lines stand on top of
the ordinary ones and change none of them, nor those of another scene.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from finops_repl.simulator.blending import blended
from finops_repl.simulator.commitment import Commitment
from finops_repl.simulator.coverage import Coverage
from finops_repl.simulator.lines import NONE, Ints, Lines
from finops_repl.simulator.meter import LINE_TYPES, Meter, Posting
from finops_repl.simulator.metering import Metered
from finops_repl.simulator.months import Calendar, Month
from finops_repl.simulator.tiering import Reached, Tiering
from finops_repl.simulator.world import World

__all__ = ["Book"]


class Book:
    """Meters, with those of the fees and further prices that come of them."""

    def __init__(
        self,
        meters: Iterable[Meter],
        world: World,
        calendar: Calendar,
        *,
        bought: Sequence[tuple[int, Commitment]] = (),
        posted: Iterable[Posting] = (),
        on_top: bool = False,
    ) -> None:
        """`bought` are its commitments with their places in the ledger, in order of application.

        A book `on_top` may be asked for its lines on top of what another one reached.
        """
        self.meters = list(meters)
        self._metered = Metered(self.meters, world.chance, calendar)
        self._size = len(self.meters)
        price = self._metered.price
        self._tiering = Tiering(self.meters, every_tier=on_top)
        self._tiered = self._tiering.tiered
        self._covers = [
            Coverage(each, number, self.meters, price, calendar) for number, each in bought
        ]
        self._eligible = np.zeros(self._size, bool)
        for cover in self._covers:
            self._eligible |= cover.eligible
        self._kind = self._kinds()
        self._posted = self._post(posted)

    def lines(self, month: Month, before: Reached | None = None) -> tuple[Lines, Reached]:
        """The month's lines on top of the usage `before`, and the usage reached with them."""
        usage = self._metered.lines(month)
        live, tiered = self._eligible[usage.meter], self._tiered[usage.meter]
        at_prices, reached = self._tiering.priced(usage.where(tiered), before or {})
        parts = [usage.where(~(live | tiered)), *at_prices]
        parts += self._covered(usage.where(live), month)
        chosen = (self._posted.day >= month.first) & (self._posted.day <= month.last)
        parts.append(self._posted.where(chosen))
        return Lines.joined(parts), reached

    def _covered(self, live: Lines, month: Month) -> list[Lines]:
        """Usage that commitments may cover as what they make of it, and what they leave."""
        made = []
        for cover in self._covers:
            live, lines = cover.applied(live, month)
            made.append(lines)
        left = Lines.of_usage(live.meter, live.day, live.usage, self._metered.price[live.meter])
        lines = Lines.joined((*made, left))
        kind = np.where(lines.meter < self._size, lines.meter, 0)
        kind = np.where(lines.meter < self._size, self._kind[kind], NONE)
        shared = (kind >= 0) & np.isin(lines.type, MEASURED)
        return [lines.where(~shared), blended(lines.where(shared), kind[shared])]

    def _kinds(self) -> Ints:
        """A number for each usage type and region that reservations share out; else `NONE`."""
        shared = np.zeros(self._size, bool)
        for cover in self._covers:
            if not cover.bought.is_plan:
                shared |= cover.eligible
        numbers: dict[tuple[str, str, str], int] = {}
        found = np.full(self._size, NONE, np.int64)
        for place in np.flatnonzero(shared).tolist():
            meter = self.meters[place]
            key = (meter.region.code, meter.offer.usage, meter.offer.operation)
            found[place] = numbers.setdefault(key, len(numbers))
        return found

    def _post(self, posted: Iterable[Posting]) -> Lines:
        rows, places = [], dict[str, int]()
        for posting in posted:
            place = places.setdefault(posting.meter.identity, len(self.meters))
            if place == len(self.meters):
                self.meters.append(posting.meter)
            money, type_ = posting.amount, LINE_TYPES.index(posting.type)
            rows.append((place, posting.day, type_, NONE, posting.usage, money, money))
        return Lines.of(rows)


MEASURED = (LINE_TYPES.index("Usage"), LINE_TYPES.index("DiscountedUsage"))
