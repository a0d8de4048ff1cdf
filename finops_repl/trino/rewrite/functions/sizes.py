"""Large numbers in units: what format_number shows, and what parse_data_size reads.

Source: Trino's `FormatNumberFunction` and `DataSizeFunctions`.
"""

from __future__ import annotations

from finops_repl.trino.rewrite.functions.registry import Builder, Call, result
from finops_repl.trino.rewrite.typed import Typed, coerced, guarded, raised
from finops_repl.trino.types import BIGINT, DOUBLE, VARCHAR, decimal, duckdb_type

__all__ = ["BUILDERS"]

UNITS = ("", "K", "M", "B", "T", "Q")
SIZES = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
MOST_PLACES = 12
"""Decimal places of a size up to which its bytes are counted without an overflow."""


def format_number(call: Call) -> Typed:
    """format_number(123456): 123K. Three digits, fractions of the number itself left out."""
    if len(call.args) != 1 or not call.value(0).type.is_number:
        raise call.mismatch(("bigint", "double"))
    value = call.value(0)
    whole = coerced(value, BIGINT)
    if not value.type.is_integer:
        whole = f"CAST(trunc({coerced(value, DOUBLE)}) AS BIGINT)"
    # The number before each unit, divided step by step as Java does: the last one that is short.
    steps = ["CAST(n AS DOUBLE)"]
    for _ in UNITS[1:]:
        steps.append(f"{steps[-1]} / 1000")
    chosen = " ".join(
        f"WHEN abs({step}) < 1000 THEN {_shown(step)} || '{unit}'"
        for step, unit in zip(steps[:-1], UNITS, strict=False)
    )
    sql = f"CASE {chosen} ELSE {_shown(steps[-1])} || '{UNITS[-1]}' END"
    return result(call, f"list_transform([{whole}], lambda n: {sql})[1]", VARCHAR)


def _shown(number: str) -> str:
    """A double with two places below 10, one below 100, else none; halves are rounded up."""
    two, one, none = (
        f"printf('%.{places}f', {number} + {_half(number, 2 ** (places + 1), places)})"
        for places in (2, 1, 0)
    )
    return (
        f"CASE WHEN {number} < 10 THEN rtrim(rtrim({two}, '0'), '.') "
        f"WHEN {number} < 100 THEN rtrim(rtrim({one}, '0'), '.') ELSE {none} END"
    )


def _half(number: str, parts: int, places: int) -> str:
    """What lifts an exact half over the edge, which printf would round to an even digit."""
    count = f"({number} * {parts})"
    exact = f"{count} = trunc({count}) AND {count} % 2 <> 0"
    return f"CASE WHEN {exact} THEN sign({number}) * 1e-{places + 1} ELSE 0 END"


def parse_data_size(call: Call) -> Typed:
    """parse_data_size('2.3MB'): bytes, in units of 1024, fractions of a byte cut off."""
    if len(call.args) != 1 or call.value(0).type.name not in ("varchar", "unknown"):
        raise call.mismatch(("varchar",))
    of, text = decimal(38, 0), coerced(call.value(0), VARCHAR)
    shape = rf"(\d+\.?\d*|\.\d+)({'|'.join(SIZES)})"
    number = f"regexp_extract({text}, '{shape}', 1)"
    first, places = f"split_part({number}, '.', 1)", f"split_part({number}, '.', 2)"
    sizes = " ".join(f"WHEN '{unit}' THEN {1024**at}" for at, unit in enumerate(SIZES))
    factor = f"CAST(CASE regexp_extract({text}, '{shape}', 2) {sizes} END AS HUGEINT)"
    whole = f"CAST('0' || {first} AS HUGEINT) * {factor}"
    part = f"CAST(rpad({places}, {MOST_PLACES}, '0') AS HUGEINT) * {factor} // {10**MOST_PLACES}"
    fine = raised("parse_data_size of so many places is not supported here: ", text, of=of,
                  code="NOT_SUPPORTED")  # fmt: skip
    made = f"CAST({whole} + {part} AS {duckdb_type(of)})"
    made = f"CASE WHEN length({places}) > {MOST_PLACES} THEN {fine} ELSE {made} END"
    known = f"regexp_full_match({text}, '{shape}')"
    return result(call, guarded(text, known, made, "Invalid data size: '{}'", of, safe=False), of)


BUILDERS: dict[str, Builder] = {
    "format_number": format_number,
    "parse_data_size": parse_data_size,
    "parse_presto_data_size": parse_data_size,
}
