"""Time zones: moments are held as UTC, and their fields are those of the zone that they show.

A zone is a literal, so that it belongs to the type of an expression and not to each value.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from sqlglot import exp

from finops_repl.trino.rewrite.scope import Translator
from finops_repl.trino.rewrite.typed import Typed, coerced, text_literal
from finops_repl.trino.types import TIMESTAMP_TZ, Type

__all__ = ["OFFSET", "at_zone", "from_local", "local", "offset_minutes", "zone_name"]

OFFSET = r"[+-]\d{2}:\d{2}"


FARTHEST_OFFSET = 14 * 60


@cache
def _known() -> frozenset[str]:
    import zoneinfo  # reads the list of zones from disk

    return frozenset(zoneinfo.available_timezones())


def zone_name(t: Translator, text: str | int | None, node: exp.Expr) -> str:
    """The zone that a literal names, empty for UTC; raises where there is none of that name."""
    if not isinstance(text, str):
        raise t.problem("NOT_SUPPORTED", "The time zone must be a string literal here", node)
    if text.upper() in ("UTC", "Z", "GMT") or text in ("+00:00", "-00:00"):
        return ""
    if re.fullmatch(OFFSET, text) and abs(_shift(text)) <= FARTHEST_OFFSET:
        return text
    if text not in _known():
        text = f"'{text}' is not a valid time zone"
        raise t.problem("INVALID_FUNCTION_ARGUMENT", text, node, hint="a name as Europe/Berlin")
    return text


def at_zone(t: Translator, value: Typed, zone: str, node: exp.Expr) -> Typed:
    """The same moment shown in another zone; a timestamp without one is taken for UTC."""
    if not value.type.name.startswith("timestamp"):
        raise t.problem("TYPE_MISMATCH", f"Type of value must be a timestamp: {value.type}", node)
    to = replace(TIMESTAMP_TZ, precision=value.type.precision, zone=zone)
    return Typed(coerced(value, to), to)


def local(value: Typed) -> str:
    """The clock in the zone of a moment, as a timestamp."""
    zone = value.type.zone
    if not zone:
        return value.sql
    if re.fullmatch(OFFSET, zone):
        return f"({value.sql} + to_minutes({_shift(zone)}))"
    return f"timezone({text_literal(zone)}, timezone('UTC', {value.sql}))"


def from_local(sql: str, of: Type) -> str:
    """The moment at which the clock in the zone of `of` shows this timestamp."""
    if not of.zone:
        return sql
    if re.fullmatch(OFFSET, of.zone):
        return f"({sql} - to_minutes({_shift(of.zone)}))"
    return f"timezone('UTC', timezone({text_literal(of.zone)}, {sql}))"


def offset_minutes(value: Typed) -> str:
    """How far the clock in the zone of a moment is ahead of UTC, in minutes."""
    return f"CAST((epoch_us({local(value)}) - epoch_us({value.sql})) // 60000000 AS BIGINT)"


def _shift(offset: str) -> int:
    """Minutes of +HH:MM."""
    hours, minutes = offset[1:].split(":")
    return (-1 if offset[0] == "-" else 1) * (60 * int(hours) + int(minutes))
