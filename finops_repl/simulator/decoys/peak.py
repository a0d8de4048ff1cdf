"""The sale of the quarter: a few days on which all that customers use goes up together."""

from __future__ import annotations

from finops_repl.simulator.decoys.decoy import Harmless
from finops_repl.simulator.demand import is_sale
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.scene import Scene
from finops_repl.simulator.world import World

__all__ = ["Peak"]


class Peak:
    """The last sale of the calendar; demand itself knows them all."""

    def staged(self, world: World, calendar: Calendar) -> tuple[Scene, Harmless]:
        """No resources of its own: the ordinary ones are used more."""
        days = [day for day in range(calendar.length) if is_sale(calendar.day(day))]
        last = days[-1]
        first = last
        while first - 1 in days:
            first -= 1
        return Scene(), Harmless(
            "sales peak", (), (), first, last, (),
            "the sale of the quarter: every service that customers use rises in every account at"
            " once, and falls again",
            "the same days of February, May, August and November, the year before as well",
        )  # fmt: skip
