"""How many bytes the bill says are stored in what is listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from finops_repl.simulator.view import View

__all__ = ["stored", "stored_by_day"]

GIB = 1 << 30
_STORED = (
    " FROM fact f JOIN meter m ON m.meter = f.meter JOIN charge g ON g.charge = m.charge"
    " WHERE list_contains(?, m.resource_id) AND f.type = 0"
    " AND g.usage_type LIKE '%TimedStorage-ByteHrs'"
)


def stored(view: View, on_bill: Sequence[str]) -> dict[str, int]:
    """The bytes of the last day by resource, as the bill names it; nothing of what has none."""
    calendar = view.calendar
    days = calendar.months()[-1].length
    rows = view.rows(
        f"SELECT m.resource_id, sum(f.usage) {_STORED} AND f.day = ? GROUP BY 1",
        [list(on_bill), calendar.as_of],
    )
    return {id_: _bytes(share, days) for id_, share in rows}


def stored_by_day(view: View, on_bill: str) -> list[tuple[date, int]]:
    """The bytes of every day of one resource, the first day first."""
    rows = view.rows(
        f"SELECT f.day, sum(f.usage), day(last_day(f.day)) {_STORED} GROUP BY 1 ORDER BY 1",
        [[on_bill]],
    )
    return [(day, _bytes(share, days)) for day, share, days in rows]


def _bytes(share: Decimal, days: int) -> int:
    """A day of the bill has the month's share of what is stored."""
    return int(Decimal(share) * days * GIB)
