"""date_diff counts whole months and years by the rule of the library that Trino computes with.

Source: Joda-Time, `BasicMonthOfYearDateTimeField.getDifferenceAsLong` and
`BasicGJChronology.getYearDifference`, written down here for whole days.
"""

from __future__ import annotations

import calendar
import itertools
from datetime import date

import pytest

from finops_repl.trino.room import SqlRoom

DAYS = [
    date(year, month, day)
    for year in (2023, 2024, 2025)
    for month in (1, 2, 3, 12)
    for day in (1, 28, 29, 30, 31)
    if day <= calendar.monthrange(year, month)[1]
]
FEBRUARY_29 = 31 + 28
"""The number of the leap day in its year, from 0."""


def months(later: date, earlier: date) -> int:
    if later < earlier:
        return -months(earlier, later)
    found = (later.year - earlier.year) * 12 + later.month - earlier.month
    last = later.day == calendar.monthrange(later.year, later.month)[1]
    day = later.day if last and earlier.day > later.day else earlier.day
    return found - (later.day < day)


def years(later: date, earlier: date) -> int:
    if later < earlier:
        return -years(earlier, later)
    rest, other = (each.timetuple().tm_yday - 1 for each in (later, earlier))
    if other >= FEBRUARY_29:
        if calendar.isleap(earlier.year):
            other -= not calendar.isleap(later.year)
        elif rest >= FEBRUARY_29 and calendar.isleap(later.year):
            rest -= 1
    return later.year - earlier.year - (rest < other)


@pytest.mark.parametrize("unit", ["month", "quarter", "year"])
def test_date_diff_is_that_of_joda(room: SqlRoom, unit: str) -> None:
    listed = ", ".join(f"DATE '{day}'" for day in DAYS)
    table = room.query(
        f"SELECT a, b, date_diff('{unit}', a, b) FROM UNNEST(ARRAY[{listed}]) AS x (a)"
        f" CROSS JOIN UNNEST(ARRAY[{listed}]) AS y (b)"
    )
    found = {(row[0], row[1]): row[2] for row in table.rows}
    wrong = []
    for a, b in itertools.product(DAYS, DAYS):
        expected = years(b, a) if unit == "year" else months(b, a)
        if unit == "quarter":
            expected = int(expected / 3)
        if found[a, b] != expected:
            wrong.append((a, b, found[a, b], expected))
    assert not wrong
