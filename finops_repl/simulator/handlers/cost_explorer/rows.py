"""Sums of the ledger by time and keys: what every answer of Cost Explorer about costs is made of.

Whole months are answered from a monthly cube, days from the daily one where no tag is asked for,
anything else from the facts; all are sums of the same lines, exact to the last digit. Hours are
those of `hours`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from finops_repl.simulator.cubes import DAILY_CUBE_FROM
from finops_repl.simulator.handlers.cost_explorer.dimensions import TAG_COLUMN
from finops_repl.simulator.handlers.cost_explorer.filters import Filtered
from finops_repl.simulator.handlers.cost_explorer.hours import hourly
from finops_repl.simulator.handlers.cost_explorer.period import Hours, Period, Span
from finops_repl.simulator.handlers.cost_explorer.request import METRICS, OF_CUBE
from finops_repl.simulator.view import View

__all__ = ["FACTS", "MONTHLY", "MONTHS", "QUANTITIES", "TYPES", "Row", "Sums", "amounts", "written"]

KEPT = 2
"""Answers whose rows are kept for their further pages."""
QUANTITIES = ("UsageQuantity", "NormalizedUsageAmount")

CUBE = "{} f JOIN charge g ON g.charge = f.charge"
MONTHLY = CUBE.format("monthly")
OF_METERS = "JOIN meter m ON m.meter = f.meter JOIN charge g ON g.charge = m.charge"
FACTS = f"fact f {OF_METERS}"
TYPES = "JOIN line_type t ON t.type = f.type LEFT JOIN commitment c ON c.commitment = f.commitment"
MONTHS = "JOIN billing_month b ON b.month = f.month"
OF_METER = "m."
"""What only the facts know: the resource, of all that is asked for."""

Row = tuple[Any, ...]


class Sums:
    """Asks the ledger; the rows of the last answers are kept, for it never changes."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._kept = lru_cache(maxsize=KEPT)(self._rows)

    def rows(
        self,
        asked: Span,
        granularity: str,
        metrics: Sequence[str],
        groups: Sequence[tuple[str, str]] = (),
        where: Filtered = ("true", ()),
    ) -> list[Row]:
        """(bucket's key, key ..., least unit, greatest unit, metric ...), in order.

        `groups` are names and SQL; the rows of one question are made once.
        """
        return self._kept(asked, granularity, tuple(metrics), tuple(groups), where)

    def _rows(
        self,
        asked: Span,
        granularity: str,
        metrics: Sequence[str],
        groups: Sequence[tuple[str, str]],
        filtered: Filtered,
    ) -> list[Row]:
        if isinstance(asked, Hours):
            return self._hours(asked, metrics, groups, filtered)
        where, values = filtered
        named = " ".join((where, *(sql for _, sql in groups)))
        sources, bucket, inside = self._sources(asked, granularity, named)
        columns = METRICS if sources == FACTS else OF_CUBE
        sql = _summed(sources, bucket, groups, [columns[metric] for metric in metrics])
        return self._view.rows(sql(f"{inside} AND ({where})"), [asked.start, asked.end, *values])

    def _hours(
        self,
        asked: Hours,
        metrics: Sequence[str],
        groups: Sequence[tuple[str, str]],
        filtered: Filtered,
    ) -> list[Row]:
        where, values = filtered
        first, last = asked.start.date(), (asked.end - timedelta(hours=1)).date()
        sql = hourly(
            first,
            last + timedelta(days=1),
            [sql for _, sql in groups],
            [METRICS[metric] for metric in metrics],
            where,
        )
        return self._view.rows(sql, [*values, *asked.fields().values()])

    def _sources(self, asked: Period, granularity: str, named: str) -> tuple[str, str, str]:
        """Tables, bucket and condition of the period, whose bounds are the first two values."""
        monthly, by_meter = granularity == "MONTHLY", OF_METER in named
        by_tag = TAG_COLUMN in named
        if monthly and not by_meter and asked.is_whole_months(self._view.calendar):
            cube = MONTHLY if by_tag else CUBE.format("monthly_plain")
            return f"{cube} {MONTHS}", "b.starts::DATE", "b.starts >= ? AND b.starts < ?"
        bucket, inside = "f.day", "f.day >= ? AND f.day < ?"
        if monthly:
            bucket = f"greatest(date_trunc('month', f.day)::DATE, DATE '{asked.start}')"
        has_cube = self._view.world.rows >= DAILY_CUBE_FROM and not (by_tag or by_meter)
        return CUBE.format("daily_plain") if has_cube else FACTS, bucket, inside


def _summed(
    sources: str, bucket: str, groups: Sequence[tuple[str, str]], columns: Sequence[str]
) -> Callable[[str], str]:
    """The query of the sums by bucket and keys, once its condition is known."""
    keys = "".join(f", {sql}" for _, sql in groups)
    sums = "".join(f", sum({column})" for column in columns)
    places = ", ".join(str(place + 1) for place in range(len(groups) + 1))
    return lambda where: (
        f"SELECT {bucket}{keys}, min(g.unit), max(g.unit){sums} FROM {sources} {TYPES}"  # noqa: S608
        f" WHERE {where} GROUP BY {places} ORDER BY {places}"
    )


def amounts(row: Row | None, metrics: Sequence[str], keys: int) -> dict[str, dict[str, str]]:
    """Each metric as AWS writes it: an amount in text and a unit, `N/A` where units differ."""
    found = {}
    for place, metric in enumerate(metrics, keys + 3):
        unit = "USD"
        if metric in QUANTITIES:
            unit = (
                row[keys + 1] if row and row[keys + 1] == row[keys + 2] and row[keys + 1] else "N/A"
            )
        found[metric] = {"Amount": written(row[place] if row else None), "Unit": unit}
    return found


def written(amount: Decimal | None) -> str:
    """An amount in the text that Cost Explorer writes, with every digit that it has."""
    text = format(Decimal(amount or 0), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
