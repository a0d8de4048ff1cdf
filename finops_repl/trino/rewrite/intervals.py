"""Intervals: their literals, their arithmetic with moments and numbers, and how they are shown.

Source: Trino's documentation of interval operators; `IntervalDayTime` and `IntervalYearMonth` for
the texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from sqlglot import exp

from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.typed import Typed, coerced, raised
from finops_repl.trino.rewrite.zones import from_local, local
from finops_repl.trino.types import BIGINT, DATE, DAYS, DOUBLE, MONTHS, TIMESTAMP, VARCHAR

__all__ = [
    "ALL_MONTHS",
    "difference",
    "interval",
    "interval_part",
    "interval_text",
    "multiple",
    "shifted",
]

MOMENTS = ("date", "timestamp", "timestamp with time zone")
DAY_MS = 86_400_000
UNITS = {
    "year": ("to_years", MONTHS, 0),
    "month": ("to_months", MONTHS, 0),
    "day": ("to_days", DAYS, DAY_MS),
    "hour": ("to_hours", DAYS, 3_600_000),
    "minute": ("to_minutes", DAYS, 60_000),
    "second": ("to_seconds", DAYS, 1000),
}
"""What makes an interval of a unit, the interval's type, and its milliseconds."""

SEPARATORS = {"month": "-", "hour": r"\s+", "minute": ":", "second": ":"}
FRACTION = r"(\d+(?:\.\d{1,3})?)"
PARTS = {
    "day": f"epoch_ms({{0}}) // {DAY_MS}",
    "hour": f"(epoch_ms({{0}}) % {DAY_MS}) // 3600000",
    "minute": "(epoch_ms({0}) % 3600000) // 60000",
    "second": "(epoch_ms({0}) % 60000) // 1000",
    "millisecond": "epoch_ms({0}) % 1000",
}
ALL_MONTHS = "(datepart('year', {0}) * 12 + datepart('month', {0}))"

Refuse = Callable[[], Exception]


def interval(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """INTERVAL 'n' YEAR | MONTH | DAY | HOUR | MINUTE | SECOND, or over two of them."""
    t.only(node, "this", "unit")
    unit = node.args.get("unit")
    amount = node.this
    text = amount.name if isinstance(amount, exp.Literal) and amount.is_string else ""
    if isinstance(unit, exp.IntervalSpan):
        return _spanning(t, node, text, unit.this.name.lower(), unit.expression.name.lower())
    name = str(unit.name).lower() if unit else ""
    whole = re.fullmatch(r"[+-]?\d+", text)
    if name not in UNITS or "start" not in amount.meta or not (whole or name == "second"):
        raise _unread(t, node)
    if not whole:
        return _spanning(t, node, text, "second", "second")
    maker, of, milliseconds = UNITS[name]
    reach = "time" if of == DAYS and int(text) * milliseconds % DAY_MS else "date"
    return Typed(f"{maker}({int(text)})", of, constant=reach)


def _unread(t: Translator, node: exp.Expr) -> Exception:
    text, hint = "an interval is written INTERVAL '7' DAY", "units: " + ", ".join(UNITS)
    return t.problem("SYNTAX_ERROR", text, node, hint=hint)


def _spanning(t: Translator, node: exp.Expr, text: str, first: str, last: str) -> Typed:
    """INTERVAL '3 12:30' DAY TO MINUTE and the like, with fractions of its seconds."""
    units = list(UNITS)
    if first not in units or last not in units or units.index(first) > units.index(last):
        raise _unread(t, node)
    of = UNITS[first][1]
    found = re.fullmatch(r"([+-]?)(.+)", text)
    if found is None or UNITS[last][1] != of:
        raise _unread(t, node)
    wanted = units[units.index(first) : units.index(last) + 1]
    shape = "".join(
        (SEPARATORS[unit] if place else "") + (FRACTION if unit == "second" else r"(\d+)")
        for place, unit in enumerate(wanted)
    )
    parts = re.fullmatch(shape, found.group(2))
    if parts is None:
        raise t.problem("INVALID_LITERAL", f"'{text}' is not a valid interval literal", node)
    sign = -1 if found.group(1) == "-" else 1
    amounts = [Decimal(each) for each in parts.groups()]
    if of == MONTHS:
        months = sum(
            n * (12 if unit == "year" else 1) for n, unit in zip(amounts, wanted, strict=True)
        )
        return Typed(f"to_months({sign * int(months)})", of, constant="date")
    total = int(sum(n * UNITS[unit][2] for n, unit in zip(amounts, wanted, strict=True)))
    reach = "time" if total % DAY_MS else "date"
    return Typed(f"to_milliseconds({sign * total})", of, constant=reach)


def shifted(t: Translator, node: exp.Expr, one: Typed, sign: str, other: Typed) -> Typed | None:
    """A moment moved by an interval, or two intervals taken together; None for other types."""
    if one.type.is_interval and other.type == one.type and sign in "+-":
        return Typed(f"({one.sql} {sign} {other.sql})", one.type)
    if one.type.is_interval and sign == "+" and other.type.name in MOMENTS:
        one, other = other, one
    if one.type.name not in MOMENTS or not other.type.is_interval or sign not in "+-":
        return None
    if other.type == MONTHS:
        moved = from_local(f"({local(one)} {sign} {other.sql})", one.type)
    else:
        moved = f"({one.sql} {sign} {other.sql})"
    if one.type != DATE:
        # Milliseconds come in with the interval, whatever the moment had.
        finer = other.type == DAYS and one.type.precision < TIMESTAMP.precision
        of = replace(one.type, precision=TIMESTAMP.precision) if finer else one.type
        return Typed(moved, of)
    text = "Cannot add hour, minutes or seconds to a date"
    if other.constant == "time":
        hint = "CAST the date to timestamp"
        raise t.problem("INVALID_FUNCTION_ARGUMENT", text, node, hint=hint)
    if other.type == DAYS and other.constant is None:
        refused = raised(text, of=DATE, code="INVALID_FUNCTION_ARGUMENT")
        moved = f"CASE WHEN epoch_ms({other.sql}) % {DAY_MS} <> 0 THEN {refused} ELSE {moved} END"
    return Typed(f"CAST({moved} AS DATE)", DATE)


def difference(one: Typed, other: Typed) -> Typed | None:
    """The time between two moments, as `one - other`; None for other types."""
    names = {one.type.name, other.type.name}
    if names == {"date"}:
        return Typed(f"to_days(CAST({one.sql} - {other.sql} AS INTEGER))", DAYS)
    if not names <= set(MOMENTS):
        return None
    return Typed(f"({coerced(one, TIMESTAMP)} - {coerced(other, TIMESTAMP)})", DAYS)


def multiple(one: Typed, sign: str, other: Typed) -> Typed | None:
    """An interval times a number, in either order, or over a number; None for other types."""
    if other.type.is_interval and sign == "*":
        one, other = other, one
    if not one.type.is_interval or not other.type.is_number or sign not in "*/":
        return None
    whole = one.constant if one.constant == "date" else None
    if sign == "*" and other.type.is_integer:
        return Typed(f"({one.sql} * {other.sql})", one.type, constant=whole)
    units = ALL_MONTHS.format(one.sql) if one.type == MONTHS else f"epoch_ms({one.sql})"
    scaled = f"trunc(CAST({units} AS DOUBLE) {sign} {coerced(other, DOUBLE)})"
    if one.type == MONTHS:
        return Typed(f"to_months(CAST({scaled} AS INTEGER))", MONTHS)
    return Typed(f"to_milliseconds(CAST({scaled} AS BIGINT))", DAYS)


def interval_part(value: Typed, name: str) -> Typed | None:
    """day(interval), year(interval) and the like; None where the interval has no such field."""
    if value.type == MONTHS and name in ("year", "month"):
        sign = "//" if name == "year" else "%"
        return Typed(f"CAST({ALL_MONTHS.format(value.sql)} {sign} 12 AS BIGINT)", BIGINT)
    if value.type == DAYS and name in PARTS:
        return Typed(f"CAST({PARTS[name].format(value.sql)} AS BIGINT)", BIGINT)
    return None


def interval_text(value: Typed) -> Typed:
    """An interval as Trino shows it: `2 03:00:00.000`, or `1-2` for years and months."""
    if value.type == MONTHS:
        months = ALL_MONTHS.format(value.sql)
        shown = f"abs({months}) // 12 || '-' || abs({months}) % 12"
        return Typed(f"(CASE WHEN {months} < 0 THEN '-' ELSE '' END || {shown})", VARCHAR)
    span = f"abs(epoch_ms({value.sql}))"
    parts = (
        f"printf('%d %02d:%02d:%02d.%03d', {span} // {DAY_MS}, {span} % {DAY_MS} // 3600000,"
        f" {span} % 3600000 // 60000, {span} % 60000 // 1000, {span} % 1000)"
    )
    sql = f"(CASE WHEN epoch_ms({value.sql}) < 0 THEN '-' ELSE '' END || {parts})"
    return Typed(sql, VARCHAR)
