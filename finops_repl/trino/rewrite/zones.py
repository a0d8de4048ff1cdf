"""Time zones: moments are held as UTC, and their fields are those of the zone that they show.

A zone is a literal, so that it belongs to the type of an expression and not to each value.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from sqlglot import exp

from finops_repl.trino.rewrite.scope import Translator
from finops_repl.trino.rewrite.typed import Typed, coerced, text_literal
from finops_repl.trino.types import TIMESTAMP_TZ, Type

__all__ = ["at_zone", "from_local", "local", "zone_name"]


@cache
def _known() -> frozenset[str]:
    import zoneinfo  # reads the list of zones from disk

    return frozenset(zoneinfo.available_timezones())


def zone_name(t: Translator, text: str | int | None, node: exp.Expr) -> str:
    """The zone that a literal names, empty for UTC; raises where there is none of that name."""
    if not isinstance(text, str):
        raise t.problem("NOT_SUPPORTED", "The time zone must be a string literal here", node)
    if text.upper() in ("UTC", "Z", "GMT"):
        return ""
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
    if not value.type.zone:
        return value.sql
    return f"timezone({text_literal(value.type.zone)}, timezone('UTC', {value.sql}))"


def from_local(sql: str, of: Type) -> str:
    """The moment at which the clock in the zone of `of` shows this timestamp."""
    if not of.zone:
        return sql
    return f"timezone('UTC', timezone({text_literal(of.zone)}, {sql}))"
