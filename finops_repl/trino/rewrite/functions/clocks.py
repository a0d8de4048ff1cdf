"""The present, Unix time, and the time zones that moments show.

Moments with a time zone are held in UTC; the zone belongs to the type and must be a literal.
"""

from __future__ import annotations

from dataclasses import replace

from finops_repl.trino.rewrite.functions.registry import Builder, Call, Table
from finops_repl.trino.rewrite.typed import Typed, coerced
from finops_repl.trino.rewrite.zones import at_zone, from_local, offset_minutes, zone_name
from finops_repl.trino.types import BIGINT, DATE, DOUBLE, TIMESTAMP, TIMESTAMP_TZ, Type

__all__ = ["BUILDERS", "TABLE", "now_as"]

FINEST = 6
"""Fractional digits of a second that are kept."""

TABLE: Table = {
    "current_timezone": ((" -> varchar", "'UTC'"),),
    "to_unixtime": (
        ("timestamp -> double", "epoch({0})"),
        ("timestamp with time zone -> double", "epoch({0})"),
    ),
}


def now_as(t_now: str, of: Type) -> Typed:
    """The statement's moment as a literal of type `of`."""
    kind = "DATE" if of == DATE else "TIMESTAMP"
    return Typed(f"CAST('{t_now}' AS {kind})", of)


def now(call: Call) -> Typed:
    """now(), current_timestamp(p), localtimestamp(p)."""
    of = TIMESTAMP if call.name == "localtimestamp" else TIMESTAMP_TZ
    if call.name != "now":
        digits = call.value(0).constant if len(call.args) == 1 else None
        if not isinstance(digits, int) or not 0 <= digits <= FINEST:
            text = f"{call.name} takes a literal precision from 0 to {FINEST} here"
            raise call.t.problem("NOT_SUPPORTED", text, call.node)
        of = replace(of, precision=digits)
    elif call.args:
        raise call.mismatch(("",))
    return now_as(f"{call.t.now:%Y-%m-%d %H:%M:%S}", of)


def from_unixtime(call: Call) -> Typed:
    """from_unixtime(seconds[, zone | hours, minutes]): a moment of milliseconds."""
    expected = ("double", "double, varchar", "double, bigint, bigint")
    if not 1 <= len(call.args) <= 3 or not call.value(0).type.is_number:
        raise call.mismatch(expected)
    zone = ""
    if len(call.args) == 2:
        zone = zone_name(call.t, call.value(1).constant, call.node)
    elif len(call.args) == 3:
        hours, minutes = call.value(1).constant, call.value(2).constant
        if not isinstance(hours, int) or not isinstance(minutes, int):
            text = "from_unixtime takes literal hours and minutes here"
            raise call.t.problem("NOT_SUPPORTED", text, call.node)
        shift = 60 * hours + minutes
        sign = "-" if shift < 0 else "+"
        written = f"{sign}{abs(shift) // 60:02d}:{abs(shift) % 60:02d}"
        zone = zone_name(call.t, written, call.node)
    seconds = coerced(call.value(0), DOUBLE)
    sql = f"make_timestamp(CAST(round({seconds} * 1000) AS BIGINT) * 1000)"
    return Typed(sql, replace(TIMESTAMP_TZ, zone=zone))


def at_timezone(call: Call) -> Typed:
    """at_timezone(moment, zone): the same moment, shown in another zone."""
    if len(call.args) != 2 or not call.value(0).type.name.endswith("zone"):
        raise call.mismatch(("timestamp(p) with time zone, varchar",))
    zone = zone_name(call.t, call.value(1).constant, call.node)
    return at_zone(call.t, call.value(0), zone, call.node)


def with_timezone(call: Call) -> Typed:
    """with_timezone(timestamp, zone): the moment at which a clock there shows the timestamp."""
    if len(call.args) != 2 or call.value(0).type.name != "timestamp":
        raise call.mismatch(("timestamp(p), varchar",))
    zone = zone_name(call.t, call.value(1).constant, call.node)
    of = replace(TIMESTAMP_TZ, precision=call.value(0).type.precision, zone=zone)
    return Typed(from_local(call.value(0).sql, of), of)


def timezone_part(call: Call) -> Typed:
    """timezone_hour(moment), timezone_minute(moment): how far its clock is ahead of UTC."""
    if len(call.args) != 1 or not call.value(0).type.name.endswith("zone"):
        raise call.mismatch(("timestamp(p) with time zone",))
    minutes = offset_minutes(call.value(0))
    sign = "//" if call.name == "timezone_hour" else "%"
    return Typed(f"({minutes} {sign} 60)", BIGINT)


BUILDERS: dict[str, Builder] = {
    "now": now,
    "current_timestamp": now,
    "localtimestamp": now,
    "from_unixtime": from_unixtime,
    "at_timezone": at_timezone,
    "with_timezone": with_timezone,
    "timezone_hour": timezone_part,
    "timezone_minute": timezone_part,
}
