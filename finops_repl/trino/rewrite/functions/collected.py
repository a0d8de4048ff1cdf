"""Aggregates that keep the values of a group: as an array, a map or a text."""

from __future__ import annotations

from finops_repl.trino.rewrite.functions.registry import Around, Call
from finops_repl.trino.rewrite.typed import Typed, coerced, raised
from finops_repl.trino.types import BIGINT, VARCHAR, Type, array_of, duckdb_type, map_of

__all__ = ["array_agg", "histogram", "listagg", "map_agg", "map_union", "multimap_agg"]

LONGEST_LIST = 1_048_576
"""Bytes of a string that listagg makes, at most."""


def array_agg(call: Call, around: Around) -> Typed:
    if len(call.args) != 1:
        raise call.mismatch(("T",))
    value = call.value(0)
    return Typed(around(f"list({coerced(value, value.type)})"), Type("array", (value.type,)))


def _listed_pairs(call: Call, around: Around) -> tuple[str, Type, Type]:
    """All (key, value) of a group whose key is not NULL, as a list, and their types."""
    if len(call.args) != 2:
        raise call.mismatch(("K, V",))
    key, value = (coerced(call.value(index), call.value(index).type) for index in (0, 1))
    listed = around(f"list({{'key': {key}, 'value': {value}}})")
    kept = f"list_filter({listed}, lambda e: e.key IS NOT NULL)"
    return kept, call.value(0).type, call.value(1).type


def multimap_agg(call: Call, around: Around) -> Typed:
    pairs, key, value = _listed_pairs(call, around)
    keys = f"list_distinct(list_transform({pairs}, lambda e: e.key))"
    same = f"list_filter({pairs}, lambda e: e.key = k)"
    entry = f"{{'key': k, 'value': list_transform({same}, lambda e: e.value)}}"
    made = f"map_from_entries(list_transform({keys}, lambda k: {entry}))"
    return Typed(f"CASE WHEN len({pairs}) > 0 THEN {made} END", map_of(key, array_of(value)))


def histogram(call: Call, around: Around) -> Typed:
    if len(call.args) != 1:
        raise call.mismatch(("T",))
    of = map_of(call.value(0).type, BIGINT)
    value = coerced(call.value(0), call.value(0).type)
    return Typed(f"CAST({around(f'histogram({value})')} AS {duckdb_type(of)})", of)


def map_union(call: Call, around: Around) -> Typed:
    if len(call.args) != 1 or call.value(0).type.name != "map":
        raise call.mismatch(("map(K, V)",))
    of = call.value(0).type
    entries = f"flatten({around(f'list(map_entries({call.value(0).sql}))')})"
    some = f"{around(f'count({call.value(0).sql})')} > 0"
    return Typed(f"CASE WHEN {some} THEN map_from_entries({entries}) END", of)


def map_agg(call: Call, around: Around) -> Typed:
    pairs, key, value = _listed_pairs(call, around)
    made = f"CASE WHEN len({pairs}) > 0 THEN map_from_entries({pairs}) END"
    return Typed(made, map_of(key, value))


def listagg(call: Call, around: Around) -> Typed:
    """listagg: what is longer than Trino's bound is not shortened here (ON OVERFLOW TRUNCATE)."""
    text, separator = call.value(0), call.value(1)
    if text.type.name not in ("varchar", "unknown"):
        raise call.mismatch(("varchar, varchar",))
    joined = around(f"string_agg({coerced(text, VARCHAR)}, {separator.sql})")
    long = raised(f"listagg of more than {LONGEST_LIST} bytes", of=VARCHAR, code="NOT_SUPPORTED")
    sql = f"CASE WHEN strlen({joined}) > {LONGEST_LIST} THEN {long} ELSE {joined} END"
    return Typed(sql, VARCHAR)
