"""Functions of dates and timestamps. Moments with a time zone are held and computed in UTC.

Differences are whole elapsed units, weeks are ISO weeks, and a date stays a date. Source: Trino's
`DateTimeFunctions` and its documentation of date and time functions.
"""

from __future__ import annotations

import re
from dataclasses import replace

from finops_repl.trino.rewrite.casts import cast
from finops_repl.trino.rewrite.functions.formats import JODA, MYSQL, strftime_pattern
from finops_repl.trino.rewrite.functions.registry import Builder, Call, Table, constant_text
from finops_repl.trino.rewrite.intervals import interval_part
from finops_repl.trino.rewrite.typed import Typed, coerced, raised, text_literal
from finops_repl.trino.rewrite.zones import from_local, local
from finops_repl.trino.types import (
    BIGINT,
    DATE,
    TIMESTAMP,
    TIMESTAMP_TZ,
    VARCHAR,
    Type,
    common_type,
)

__all__ = ["BUILDERS", "PARTS", "TABLE", "moment", "part"]

DAY_UNITS = ("day", "week", "month", "quarter", "year")
TIME_UNITS = ("millisecond", "second", "minute", "hour")
SHIFTS = {
    "millisecond": "to_milliseconds(CAST({} AS BIGINT))",
    "second": "to_seconds(CAST({} AS BIGINT))",
    "minute": "to_minutes(CAST({} AS BIGINT))",
    "hour": "to_hours(CAST({} AS BIGINT))",
    "day": "to_days(CAST({} AS INTEGER))",
    "week": "to_days(CAST(7 * {} AS INTEGER))",
    "month": "to_months(CAST({} AS INTEGER))",
    "quarter": "to_months(CAST(3 * {} AS INTEGER))",
    "year": "to_years(CAST({} AS INTEGER))",
}
PARTS = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "week": "weekofyear",
    "week_of_year": "weekofyear",
    "day": "day",
    "day_of_month": "day",
    "day_of_week": "isodow",
    "dow": "isodow",
    "day_of_year": "dayofyear",
    "doy": "dayofyear",
    "year_of_week": "isoyear",
    "yow": "isoyear",
    "hour": "hour",
    "minute": "minute",
    "second": "second",
}
UNREAD = ("%-j", "%u")
"""Letters that DuckDB writes but does not read as Joda does."""

TABLE: Table = {
    "last_day_of_month": (
        ("date -> date", "last_day({0})"),
        ("timestamp -> date", "last_day({0})"),
        ("timestamp with time zone -> date", "last_day({0})"),
    ),
    "to_unixtime": (
        ("timestamp -> double", "epoch({0})"),
        ("timestamp with time zone -> double", "epoch({0})"),
    ),
}


def moment(call: Call, index: int) -> Typed:
    value = call.value(index)
    if value.type.name == "date" or value.type.name.startswith("timestamp"):
        return value
    raise call.mismatch(("date", "timestamp(p)", "timestamp(p) with time zone"))


def _unit(call: Call, of: Type) -> str:
    unit = constant_text(call, 0, "The unit").lower()
    if unit not in SHIFTS or (of == DATE and unit not in DAY_UNITS):
        kind = "DATE" if of == DATE else "Timestamp"
        raise call.t.problem(
            "INVALID_FUNCTION_ARGUMENT",
            f"'{unit}' is not a valid {kind} field",
            call.node,
            hint=f"fields: {', '.join(DAY_UNITS if of == DATE else SHIFTS)}",
        )
    return unit


def _like(value: str, of: Type) -> Typed:
    """A clock's time in the zone of `of` as a value of that type."""
    return Typed(f"CAST({value} AS DATE)" if of == DATE else from_local(value, of), of)


def date_trunc(call: Call) -> Typed:
    """date_trunc(unit, x): the type of x."""
    value = moment(call, 1)
    unit = _unit(call, value.type)
    whole = f"date_trunc('{unit}', {local(value)})"
    if unit in TIME_UNITS and value.type.zone:  # an hour that the clock shows twice stays itself
        return Typed(f"({value.sql} - ({local(value)} - {whole}))", value.type)
    return _like(whole, value.type)


def date_add(call: Call) -> Typed:
    """date_add(unit, n, x): the type of x; the last day of a month stays within its month."""
    value, count = moment(call, 2), call.value(1)
    if not count.type.is_integer:
        raise call.mismatch(("varchar, bigint, date", "varchar, bigint, timestamp(p)"))
    unit = _unit(call, value.type)
    shift = SHIFTS[unit].format(count.sql)
    if unit in TIME_UNITS:
        return Typed(f"({value.sql} + {shift})", value.type)
    return _like(f"({local(value)} + {shift})", value.type)


def date_diff(call: Call) -> Typed:
    """date_diff(unit, x1, x2): whole units from x1 to x2."""
    one, other = moment(call, 1), moment(call, 2)
    same = common_type((one.type, other.type))
    if same is None:
        text = "date_diff between two time zones is not run here"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    unit = _unit(call, same)
    texts = [coerced(each, same) for each in (one, other)]
    if unit not in TIME_UNITS:
        texts = [local(Typed(text, same)) for text in texts]
    return Typed(f"date_sub('{unit}', {texts[0]}, {texts[1]})", BIGINT)


def part(call: Call) -> Typed:
    """year(x), month(x) ... of a date or timestamp; hours only of timestamps."""
    if len(call.args) != 1:
        raise call.mismatch(("timestamp(p)",))
    if call.value(0).type.is_interval:
        found = interval_part(call.value(0), call.name)
        if found is None:
            raise call.mismatch(("timestamp(p)",))
        return found
    value = moment(call, 0)
    if call.name in ("hour", "minute", "second", "millisecond") and value.type == DATE:
        raise call.mismatch(("timestamp(p)", "timestamp(p) with time zone"))
    if call.name == "millisecond":
        return Typed(f"(millisecond({value.sql}) % 1000)", BIGINT)
    return Typed(f"CAST({PARTS[call.name]}({local(value)}) AS BIGINT)", BIGINT)


def _formatted(call: Call, letters: str) -> Typed:
    value = moment(call, 0)
    table = MYSQL if letters == "mysql" else JODA
    pattern = strftime_pattern(call, constant_text(call, 1, "The format"), table)
    shown = Typed(local(value), replace(value.type, zone="", name="timestamp"))
    if value.type == DATE:
        shown = Typed(f"CAST({value.sql} AS TIMESTAMP)", TIMESTAMP)
    sql = f"strftime({cast(call.t, shown, TIMESTAMP, call.node).sql}, {text_literal(pattern)})"
    return Typed(sql, VARCHAR)


def date_format(call: Call) -> Typed:
    """date_format(timestamp, format) with MySQL's specifiers."""
    return _formatted(call, "mysql")


def format_datetime(call: Call) -> Typed:
    """format_datetime(timestamp, format) with Joda's patterns."""
    return _formatted(call, "joda")


def _parsed(call: Call, table: str, of: Type) -> Typed:
    value = call.value(0)
    if value.type.name not in ("varchar", "unknown"):
        raise call.mismatch(("varchar, varchar",))
    pattern = strftime_pattern(
        call, constant_text(call, 1, "The format"), MYSQL if table == "mysql" else JODA
    )
    if any(letters in pattern for letters in UNREAD) or ("%G" in pattern) != ("%V" in pattern):
        text = f"{call.name} of {pattern} is not run here"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    years = ("%Y", "%y", "%G")
    if not any(letters in pattern for letters in years):
        # Joda takes 1970 where no year is written, DuckDB 1900.
        value, pattern = Typed(f"('1970 ' || {coerced(value, VARCHAR)})", VARCHAR), f"%Y {pattern}"
    text = coerced(value, VARCHAR)
    wrong = raised("Invalid format: ", text, of=TIMESTAMP, code="INVALID_FUNCTION_ARGUMENT")
    spaces = f"length(regexp_replace({text}, '\\S', '', 'g')) <> {len(re.findall('[ ]', pattern))}"
    read = f"strptime({text}, {text_literal(pattern)})"
    read = f"CASE WHEN {spaces} THEN {wrong} ELSE {read} END"  # strptime overlooks spaces
    if "%y" in pattern:  # Joda's years of two digits begin with 1970, DuckDB's with 1969
        read = f"({read} + to_years(CASE WHEN year({read}) < 1970 THEN 100 ELSE 0 END))"
    return Typed(f"date_trunc('millisecond', {read})" if "%f" in pattern else read, of)


def date_parse(call: Call) -> Typed:
    """date_parse(text, format) with MySQL's specifiers: a timestamp(3)."""
    return _parsed(call, "mysql", TIMESTAMP)


def parse_datetime(call: Call) -> Typed:
    """parse_datetime(text, format) with Joda's patterns: a moment in UTC."""
    return _parsed(call, "joda", TIMESTAMP_TZ)


def date(call: Call) -> Typed:
    """date(x) is CAST(x AS date)."""
    if len(call.args) != 1:
        raise call.mismatch(("varchar", "timestamp(p)"))
    return cast(call.t, call.value(0), DATE, call.node)


BUILDERS: dict[str, Builder] = {
    **dict.fromkeys((*PARTS, "millisecond"), part),
    "date": date,
    "date_trunc": date_trunc,
    "date_add": date_add,
    "date_diff": date_diff,
    "date_format": date_format,
    "date_parse": date_parse,
    "format_datetime": format_datetime,
    "parse_datetime": parse_datetime,
}
