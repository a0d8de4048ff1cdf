"""Spans of time: as intervals of milliseconds, and in words.

Source: airlift's `Duration`, whose texts Trino reads, and Trino's `DateTimeFunctions`.
"""

from __future__ import annotations

from finops_repl.trino.rewrite.functions.registry import Builder, Call, Table, result
from finops_repl.trino.rewrite.typed import Typed, coerced, guarded
from finops_repl.trino.types import DAYS, DOUBLE, VARCHAR

__all__ = ["BUILDERS", "TABLE"]

MILLISECONDS = {
    "ns": "0.000001",
    "us": "0.001",
    "ms": "1",
    "s": "1000",
    "m": "60000",
    "h": "3600000",
    "d": "86400000",
}
WORDS = (("week", 604_800, 1_000_000), ("day", 86_400, 7), ("hour", 3600, 24), ("minute", 60, 60))
"""Each word, its seconds, and how many of it make one of the word before."""

TABLE: Table = {
    "to_milliseconds": (("interval day to second -> bigint", "epoch_ms({0})"),),
}


def parse_duration(call: Call) -> Typed:
    """parse_duration('3.81 d'): an interval, rounded to milliseconds."""
    if len(call.args) != 1 or call.value(0).type.name not in ("varchar", "unknown"):
        raise call.mismatch(("varchar",))
    text = coerced(call.value(0), VARCHAR)
    shape = rf"\s*(\d+(?:\.\d+)?)\s*({'|'.join(MILLISECONDS)})\s*"
    amount = f"CAST(regexp_extract({text}, '{shape}', 1) AS DOUBLE)"
    units = " ".join(f"WHEN '{unit}' THEN {size}" for unit, size in MILLISECONDS.items())
    size = f"CASE regexp_extract({text}, '{shape}', 2) {units} END"
    made = f"to_milliseconds(CAST(round({amount} * ({size})) AS BIGINT))"
    known = f"regexp_full_match({text}, '{shape}')"
    message = "duration is not a valid data duration string: {}"
    return result(call, guarded(text, known, made, message, DAYS, safe=False), DAYS)


def human_readable_seconds(call: Call) -> Typed:
    """human_readable_seconds(3762): 1 hour, 2 minutes, 42 seconds."""
    if len(call.args) != 1 or not call.value(0).type.is_number:
        raise call.mismatch(("double",))
    seconds = f"CAST(round(abs({coerced(call.value(0), DOUBLE)})) AS BIGINT)"
    counts = [(word, f"({seconds} // {size} % {most})") for word, size, most in WORDS]
    texts = [f"CASE WHEN {count} > 0 THEN {_counted(word, count)} END" for word, count in counts]
    last = f"({seconds} % 60)"
    texts.append(f"CASE WHEN {last} > 0 OR {seconds} = 0 THEN {_counted('second', last)} END")
    sql = f"CASE WHEN {seconds} IS NOT NULL THEN array_to_string([{', '.join(texts)}], ', ') END"
    return result(call, sql, VARCHAR)


def _counted(word: str, count: str) -> str:
    return f"CASE WHEN {count} = 1 THEN '1 {word}' ELSE {count} || ' {word}s' END"


BUILDERS: dict[str, Builder] = {
    "parse_duration": parse_duration,
    "human_readable_seconds": human_readable_seconds,
}
