"""Intervals: their literals, their arithmetic with moments and numbers, and how they are shown.

Source: Trino's documentation of interval operators; `IntervalDayTime` and `IntervalYearMonth` for
the texts.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.typed import Typed, coerced, raised
from finops_repl.trino.rewrite.zones import from_local, local
from finops_repl.trino.types import BIGINT, DATE, DAYS, MONTHS, TIMESTAMP, VARCHAR

__all__ = ["difference", "interval", "interval_part", "interval_text", "multiple", "shifted"]

MOMENTS = ("date", "timestamp", "timestamp with time zone")
UNITS = {
    "year": ("to_years", MONTHS, "date"),
    "month": ("to_months", MONTHS, "date"),
    "day": ("to_days", DAYS, "date"),
    "hour": ("to_hours", DAYS, "time"),
    "minute": ("to_minutes", DAYS, "time"),
    "second": ("to_seconds", DAYS, "time"),
}
"""What makes an interval of a unit, the interval's type, and whether a date can take it."""

DAY_MS = 86_400_000
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
    """INTERVAL 'n' YEAR | MONTH | DAY | HOUR | MINUTE | SECOND."""
    t.only(node, "this", "unit")
    unit = node.args.get("unit")
    amount = node.this
    if isinstance(unit, exp.IntervalSpan):
        raise t.problem("NOT_SUPPORTED", "Intervals over two units are not read here", node)
    name = str(unit.name).lower() if unit else ""
    text = amount.name if isinstance(amount, exp.Literal) and amount.is_string else ""
    if name not in UNITS or not text.lstrip("+-").isdigit() or "start" not in amount.meta:
        raise t.problem(
            "SYNTAX_ERROR",
            "an interval is written INTERVAL '7' DAY",
            node,
            hint="units: " + ", ".join(UNITS),
        )
    maker, of, reach = UNITS[name]
    return Typed(f"{maker}({int(text)})", of, constant=reach)


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
        return Typed(moved, one.type)
    text = "Cannot add hour, minutes or seconds to a date"
    if other.constant == "time":
        hint = "CAST the date to timestamp"
        raise t.problem("INVALID_FUNCTION_ARGUMENT", text, node, hint=hint)
    if other.type == DAYS and other.constant is None:
        refused = raised(text, code="INVALID_FUNCTION_ARGUMENT")
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


def multiple(one: Typed, other: Typed) -> Typed | None:
    """An interval times a whole number, in either order; None for other types."""
    if other.type.is_interval:
        one, other = other, one
    if not one.type.is_interval or not other.type.is_integer:
        return None
    return Typed(f"({one.sql} * {other.sql})", one.type, constant=one.constant)


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
