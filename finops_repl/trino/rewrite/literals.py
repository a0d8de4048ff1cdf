"""Dates and moments that stand in the statement as texts, read once while it is translated.

Left to DuckDB, each would be matched and converted again wherever the statement has it. Source:
Trino's `VarcharToDateCast` and `VarcharToTimestampCast`, whose rules `casts` has for columns.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from finops_repl.trino.types import Type

__all__ = ["moment_literal"]

DAY = r"\s*(\d{4})-(\d{1,2})-(\d{1,2})"
CLOCK = r"(?: (\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?)?"
TEXTS = {
    "date": re.compile(rf"{DAY}\s*", re.ASCII),
    "timestamp": re.compile(rf"{DAY}{CLOCK}\s*", re.ASCII),
    "timestamp with time zone": re.compile(rf"{DAY}{CLOCK}\s*(?:UTC|Z)?\s*", re.ASCII),
}


def moment_literal(text: str, to: Type) -> str | None:
    """A text as DuckDB's literal of a date or moment (UTC), rounded to the digits of the type.

    Raises `ValueError` for what is none; None for what is left to DuckDB: other zones, the year 0
    and what would be rounded into the year 10000.
    """
    found = TEXTS[to.name].fullmatch(text)
    if found is None and to.name.endswith("zone"):
        return None
    if found is None:
        raise ValueError(text)
    year, month, day, *clock = found.groups()
    if not int(year):
        return None
    if to.name == "date":
        return f"DATE '{date(int(year), int(month), int(day)):%Y-%m-%d}'"
    hour, minute, second = (each or "0" for each in clock)
    whole = datetime(int(year), int(month), int(day), int(hour), int(minute), int(Decimal(second)))  # noqa: DTZ001
    part = (Decimal(second) % 1).quantize(Decimal(1).scaleb(-to.precision), ROUND_HALF_UP)
    try:
        moment = whole + timedelta(microseconds=int(part * 1_000_000))
    except OverflowError:
        return None
    return f"TIMESTAMP '{moment.isoformat(sep=' ')}'"
