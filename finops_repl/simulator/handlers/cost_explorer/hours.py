"""The hours of a day: each daily line in 24 parts that sum to it exactly.

The ledger and the bill know days alone. What is made of a line's day, in every metric alike:

- what runs by the hour, what is stored and what plans cost: the same in each hour;
- machines on the day that they began or ended: their hours lie at its end or its beginning;
- requests, bytes and other counts: a curve of the local day of their region, up to an hour earlier
  or later by the meter;
- fees, taxes, credits, refunds and discount rows: the first hour.

A share has ten decimal places and is the difference of what lies before an hour and before the
next. Amounts are multiplied by it and never rounded, so that the hours of a day sum to the day, and
those of groups to those of the whole, to the last digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from finops_repl.simulator.meter import USAGE_TYPES

__all__ = ["hourly"]

_CURVE = (
    250, 220, 200, 190, 190, 210, 270, 340, 410, 460, 490, 510,
    520, 520, 510, 500, 500, 510, 530, 550, 540, 490, 420, 670,
)  # fmt: skip
"""A local day's counts, in ten-thousandths; jobs run before midnight."""
_WHOLE = sum(_CURVE)
_LOCAL = {
    "us-east-1": -5, "us-east-2": -5, "us-west-1": -8, "us-west-2": -8, "sa-east-1": -3,
    "eu-west-1": 0, "eu-central-1": 1, "ap-northeast-1": 9, "ap-southeast-1": 8,
}  # fmt: skip
"""Hours from UTC to a region's local standard time; other regions count as UTC."""
_BY_THE_HOUR = ("Hrs", "GB-Mo", "IOPS-Mo", "MiBps-Mo", "GiBps-mo")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _curves() -> str:
    """(hours from UTC, hour): the share of the day before it, for every place on earth."""
    rows = []
    for local in range(-12, 15):
        of_day = [_CURVE[(hour + local) % 24] for hour in range(24)]
        rows += [
            f"({local}, {hour}, {before})"
            for hour, before in enumerate(accumulate(of_day, initial=0))
        ]
    return f"(VALUES {', '.join(rows)}) curve(shift, hour, before)"


def _share(hour: str, before: str) -> str:
    """What of the day lies before an hour."""
    exact = (
        f"CASE s.shape WHEN 'even' THEN {hour} / 24"
        f" WHEN 'begins' THEN greatest(0, ({hour} - 24 + s.hours) / s.hours)"
        f" WHEN 'ends' THEN least(1, {hour} / s.hours)"
        f" WHEN 'counted' THEN {before} / {_WHOLE}"
        f" ELSE least(1, {hour}) END"
    )
    return f"({exact})::DECIMAL(11, 10)"


_USED = f"type_name IN ({_listed(USAGE_TYPES)})"
_SHIFTS = " ".join(f"WHEN '{region}' THEN {hours}" for region, hours in _LOCAL.items())
_SHIFT = f"CASE g.region {_SHIFTS} ELSE 0 END + (md5_number_lower(m.identity) % 3)::INTEGER - 1"
_SHAPE = (
    f"CASE WHEN NOT ({_USED} OR type_name IN ('SavingsPlanNegation', 'SavingsPlanRecurringFee'))"
    "   OR g.seller <> 'AWS' THEN 'first'"
    " WHEN part.hours > 0 THEN CASE WHEN part.ran_before THEN 'ends' ELSE 'begins' END"
    f" WHEN g.unit IN ({_listed(_BY_THE_HOUR)}) OR type_name = 'SavingsPlanRecurringFee'"
    "   THEN 'even' ELSE 'counted' END"
)
_EXACT = "DECIMAL(26, 10)"
_HOUR = "strftime(s.day + to_hours(h.hour), '%Y-%m-%dT%H:00:00Z')"


def hourly(
    first: date, end: date, groups: Sequence[str], columns: Sequence[str], where: str
) -> str:
    """The query of sums by hour and groups over the days from `first` up to, not including, `end`.

    Its rows are the hour as text, the groups, the least and the greatest unit, and the columns;
    `where` may speak of the facts and all that describes them. Its question marks come first, then
    two for the hours from which on and up to which it is asked.
    """
    keys = [f"k{place}" for place in range(len(groups))]
    inner = [
        *(f"{sql} AS {key}" for sql, key in zip(groups, keys, strict=True)),
        *(f"sum({sql})::{_EXACT} AS c{place}" for place, sql in enumerate(columns)),
    ]
    share = f"({_share('(h.hour + 1)', 'next.before')} - {_share('h.hour', 'h.before')})"
    outer = [
        f"{_HOUR} AS hour",
        *(f"s.{key}" for key in keys),
        "min(s.least)",
        "max(s.most)",
        *(f"sum(s.c{place} * {share})" for place in range(len(columns))),
    ]
    places = ", ".join(str(place + 1) for place in range(len(groups) + 1))
    between = f"f.day < DATE '{end}' AND f.day >= DATE '{first}'"
    return f"""
      WITH curve AS MATERIALIZED (SELECT * FROM {_curves()}),
      ran AS (
        SELECT f.meter, f.day, sum(f.usage) AS hours {_DESCRIBED}
        WHERE {between} - 1 AND {_USED} AND g.unit = 'Hrs' AND g.instance_type <> ''
        GROUP BY ALL
      ),
      part AS (
        SELECT ran.meter, ran.day, ran.hours, before.meter IS NOT NULL AS ran_before
        FROM ran LEFT JOIN ran before ON before.meter = ran.meter AND before.day = ran.day - 1
        WHERE ran.hours < 24
      ),
      shaped AS (
        SELECT f.day, {_SHAPE} AS shape, CASE WHEN shape = 'counted' THEN {_SHIFT} ELSE 0 END AS
          shift, CASE WHEN shape IN ('begins', 'ends') THEN part.hours ELSE 1 END AS hours,
          min(g.unit) AS least, max(g.unit) AS most, {", ".join(inner)}
        {_DESCRIBED} LEFT JOIN commitment c ON c.commitment = f.commitment
        LEFT JOIN part ON part.meter = f.meter AND part.day = f.day
        WHERE {between} AND ({where}) GROUP BY ALL
      )
      SELECT {", ".join(outer)} FROM shaped s JOIN curve h ON h.shift = s.shift AND h.hour < 24
      JOIN curve next ON next.shift = s.shift AND next.hour = h.hour + 1
      WHERE {_HOUR} >= ? AND {_HOUR} < ? GROUP BY {places} ORDER BY {places}
    """  # noqa: S608  constants, and conditions of our own


_DESCRIBED = (
    "FROM fact f JOIN meter m ON m.meter = f.meter JOIN charge g ON g.charge = m.charge"
    " JOIN line_type t ON t.type = f.type"
)
