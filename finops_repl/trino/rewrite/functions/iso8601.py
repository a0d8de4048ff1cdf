"""ISO 8601: calendar, week and ordinal dates, and moments with an offset.

The zone of a moment belongs to its type, so that an offset other than Z must be a literal's.
Source: Joda's `ISODateTimeFormat.dateTimeParser`, which Trino reads with.
"""

from __future__ import annotations

import re
from dataclasses import replace

from finops_repl.trino.rewrite.casts import timestamp_text
from finops_repl.trino.rewrite.functions.dates import moment
from finops_repl.trino.rewrite.functions.registry import Builder, Call, result
from finops_repl.trino.rewrite.typed import Typed, coerced, guarded, raised, text_literal
from finops_repl.trino.rewrite.zones import from_local, local, offset_minutes, zone_name
from finops_repl.trino.types import DATE, TIMESTAMP_TZ, VARCHAR, Type

__all__ = ["BUILDERS"]

DAY = r"\d{4}(-\d{2}(-\d{2})?|-W\d{2}(-\d)?|-\d{3})?"
CLOCK = r"T(\d{2}(:\d{2}(:\d{2}([.,]\d{1,9})?)?)?)?"
OFFSET = r"[+-]\d{2}(:\d{2})?"


def to_iso8601(call: Call) -> Typed:
    """to_iso8601(x): 2024-01-31, 2024-01-31T10:00:00.000, moments with Z or their offset."""
    value = moment(call, 0)
    if value.type == DATE:
        return Typed(f"CAST({value.sql} AS VARCHAR)", VARCHAR)
    clock = Typed(local(value), Type("timestamp", precision=value.type.precision))
    zone = " || 'Z'" if value.type.name.endswith("zone") else ""
    if value.type.zone:
        ahead = offset_minutes(value)
        sign = f"CASE WHEN {ahead} < 0 THEN '-' ELSE '+' END"
        zone = f" || {sign} || printf('%02d:%02d', abs({ahead}) // 60, abs({ahead}) % 60)"
        zone = f" || CASE WHEN {ahead} = 0 THEN 'Z' ELSE {zone.removeprefix(' || ')} END"
    return Typed(f"(replace({timestamp_text(clock)}, ' ', 'T'){zone})", VARCHAR)


def _day(sql: str) -> str:
    """The date that a text names, as a timestamp."""
    return (
        f"CASE WHEN regexp_full_match({sql}, '\\d{{4}}-W\\d{{2}}(-\\d)?') "
        f"THEN strptime({sql} || substr('0000-W00-1', 1 + length({sql})), '%G-W%V-%u') "
        f"WHEN regexp_full_match({sql}, '\\d{{4}}-\\d{{3}}') THEN strptime({sql}, '%Y-%j') "
        f"ELSE CAST({sql} || substr('0000-01-01', 1 + length({sql})) AS TIMESTAMP) END"
    )


def from_iso8601_date(call: Call) -> Typed:
    """from_iso8601_date(text): 2020-05-11, 2020-W20-1, 2020-132."""
    if len(call.args) != 1 or call.value(0).type.name not in ("varchar", "unknown"):
        raise call.mismatch(("varchar",))
    sql = coerced(call.value(0), VARCHAR)
    known, read = f"regexp_full_match({sql}, '{DAY}')", f"CAST({_day(sql)} AS DATE)"
    return Typed(guarded(sql, known, read, "Invalid ISO 8601 date: {}", DATE, safe=False), DATE)


def from_iso8601_timestamp(call: Call) -> Typed:
    """from_iso8601_timestamp(text): a moment of milliseconds."""
    if len(call.args) != 1 or call.value(0).type.name not in ("varchar", "unknown"):
        raise call.mismatch(("varchar",))
    sql, of = coerced(call.value(0), VARCHAR), TIMESTAMP_TZ
    text = call.value(0).constant
    offset = re.fullmatch(rf"(.*T.*?)({OFFSET})", text) if isinstance(text, str) else None
    if offset is not None:
        zone = (offset.group(2) + ":00")[: len("+00:00")]
        of, sql = (
            replace(of, zone=zone_name(call.t, zone, call.node)),
            text_literal(offset.group(1)),
        )
    clock = f"rtrim(split_part({sql}, 'T', 2), 'Z')"
    whole = f"({clock} || substr('00:00:00', 1 + length({clock})))"
    time = f"CAST(regexp_replace({whole}, '[.,](\\d{{1,3}})\\d*', '.\\1') AS TIME)"
    day = _day(f"split_part({sql}, 'T', 1)")
    read = from_local(f"(CAST({day} AS DATE) + {time})", of)
    shape = f"{DAY}({CLOCK}Z?)?"
    unread = f"regexp_full_match({sql}, '{DAY}{CLOCK}{OFFSET}')"
    refused = raised("from_iso8601_timestamp reads offsets in literals alone here: ", sql,
                     of=of, code="NOT_SUPPORTED")  # fmt: skip
    made = f"CASE WHEN {unread} THEN {refused} ELSE {read} END"
    known = f"(regexp_full_match({sql}, '{shape}') OR {unread})"
    message = 'Invalid format: "{}"'
    return result(call, guarded(sql, known, made, message, of, safe=False), of)


BUILDERS: dict[str, Builder] = {
    "to_iso8601": to_iso8601,
    "from_iso8601_date": from_iso8601_date,
    "from_iso8601_timestamp": from_iso8601_timestamp,
}
