"""The resources that have metrics, by kind and region."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from finops_repl.simulator.metrics.ledger_days import midnight
from finops_repl.simulator.metrics.readings import DAY, Span
from finops_repl.simulator.view import View

__all__ = ["Listed", "Resources", "whole_days"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A resource as inventories list it, on its days from `first` to `last`."""

    id: str
    on_bill: str
    account_id: str
    region: str
    zone: str
    first: date
    last: date
    exists: bool
    facts: Mapping[str, str | int]
    tags: Mapping[str, str]

    @property
    def name(self) -> str:
        """Its Name tag, empty where it has none."""
        return self.tags.get("Name", "")


class Resources:
    """Reads the inventory; what it keeps never changes."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.of = lru_cache(maxsize=None)(self._of)

    def _of(self, kind: str, region: str = "") -> Sequence[Listed]:
        """Every resource of a kind in a region, or in all of them, that was there on any day."""
        day = self._view.calendar.day
        return [
            Listed(id_, on_bill, account, place, zone, day(first), day(last), exists,
                   json.loads(facts), json.loads(tags))
            for id_, on_bill, account, place, zone, first, last, exists, facts, tags
            in self._view.rows(
                "SELECT id, on_bill, account_id, region, zone, first_day, last_day, exists, facts,"
                " tags FROM resource WHERE kind = ? AND ? IN ('', region) ORDER BY region, id",
                [kind, region],
            )
        ]  # fmt: skip


def whole_days(found: Listed, first: date, last: date) -> Sequence[tuple[date, int, int]]:
    """The days of these on which it was there, with the seconds at which each begins and ends."""
    begin = max(first, found.first).toordinal()
    days = [date.fromordinal(n) for n in range(begin, min(last, found.last).toordinal() + 1)]
    return [(day, midnight(day), midnight(day) + DAY) for day in days]


def steady(days: Sequence[tuple[date, int, int]], least: float, most: float) -> list[Span]:
    """The same range on each day."""
    return [Span(begin, end, least, most) for _, begin, end in days]
