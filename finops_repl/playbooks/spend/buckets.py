"""The days, weeks or months of a period as a bill's rows are counted to them."""

from __future__ import annotations

from datetime import date, timedelta

from finops_repl.playbooks.dimensions import Dimension
from finops_repl.playbooks.period import DAY, Period, shifted

__all__ = ["buckets"]


def buckets(over: Dimension, period: Period, last: date) -> tuple[str, ...]:
    """`2026-10`, or the day, of a week its Monday: `2026-10-05`; none after the data's `last`."""
    end = min(period.end, last + DAY)
    match over:
        case "month":
            month, found = period.start.replace(day=1), []
            while month < end:
                found.append(f"{month:%Y-%m}")
                month = shifted(month, 1)
            return tuple(found)
        case "week":
            first, step = period.start - period.start.weekday() * DAY, 7
        case _:
            first, step = period.start, 1
    count = -(-(end - first).days // step)
    return tuple(str(first + timedelta(days=step * place)) for place in range(count))
