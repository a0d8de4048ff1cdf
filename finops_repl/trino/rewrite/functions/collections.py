"""Functions of arrays and maps, lambdas included. Subscripts count from 1."""

from __future__ import annotations

from finops_repl.trino.rewrite.functions.registry import (
    Builder,
    Call,
    Table,
    applied,
    coerced_call,
    overload,
    result,
)
from finops_repl.trino.rewrite.typed import Typed, coerced, unified
from finops_repl.trino.types import BIGINT, BOOLEAN, DATE, array_of, common_type

__all__ = ["BUILDERS", "TABLE", "array", "subscript"]

LONGEST_SEQUENCE = 10_000

TABLE: Table = {
    "cardinality": (
        ("array(T) -> bigint", "len({0})"),
        ("map(K, V) -> bigint", "len(map_keys({0}))"),
    ),
    "contains": (
        (
            "array(T), T -> boolean",
            "CASE WHEN {0} IS NULL OR {1} IS NULL THEN NULL WHEN list_contains({0}, {1}) THEN true "
            "WHEN len(list_filter({0}, lambda e: e IS NULL)) > 0 THEN NULL ELSE false END",
        ),
    ),
    "array_join": (("array(varchar), varchar -> varchar", "array_to_string({0}, {1})"),),
    "array_distinct": (
        (
            "array(T) -> array(T)",
            "list_filter({0}, lambda e, i: i = list_position({0}, e))",
        ),
    ),
    "array_max": (
        (
            "array(T) -> T",
            "CASE WHEN len(list_filter({0}, lambda e: e IS NULL)) = 0 THEN list_max({0}) END",
        ),
    ),
    "array_min": (
        (
            "array(T) -> T",
            "CASE WHEN len(list_filter({0}, lambda e: e IS NULL)) = 0 THEN list_min({0}) END",
        ),
    ),
    "array_sort": (("array(T) -> array(T)", "list_sort({0}, 'ASC', 'NULLS LAST')"),),
    "slice": (
        (
            "array(T), bigint, bigint -> array(T)",
            "CASE WHEN {2} < 0 THEN error('length must be greater than or equal to 0') "
            "WHEN {1} > 0 THEN list_slice({0}, {1}, {1} + {2} - 1) "
            "WHEN {1} < -len({0}) THEN list_slice({0}, 1, 0) "
            "WHEN {1} < 0 THEN list_slice({0}, len({0}) + {1} + 1, len({0}) + {1} + {2}) "
            "WHEN {1} = 0 THEN error('SQL array indices start at 1') END",
        ),
    ),
    "flatten": (("array(array(T)) -> array(T)", "flatten({0})"),),
    "filter": (("array(T), function(T, boolean) -> array(T)", "list_filter({0}, {1})"),),
    "transform": (("array(T), function(T, U) -> array(U)", "list_transform({0}, {1})"),),
    "map_keys": (("map(K, V) -> array(K)", "map_keys({0})"),),
    "map_values": (("map(K, V) -> array(V)", "map_values({0})"),),
}


def any_match(call: Call) -> Typed:
    """any_match, all_match, none_match with Trino's three-valued result."""
    signature = overload("array(T), function(T, boolean) -> array(boolean)", "")
    _, (listed, test), _ = coerced_call(call, (signature,))
    found = f"list_transform({listed}, {test})"
    decisive = "false" if call.name == "all_match" else "true"
    hit, miss = ("true", "false") if call.name == "any_match" else ("false", "true")
    sql = (
        f"CASE WHEN {listed} IS NULL THEN NULL WHEN list_contains({found}, {decisive}) THEN {hit} "
        f"WHEN len(list_filter({found}, lambda e: e IS NULL)) > 0 THEN NULL ELSE {miss} END"
    )
    return result(call, sql, BOOLEAN)


def map_filter(call: Call) -> Typed:
    """map_filter(map, (key, value) -> boolean)."""
    expected = "map(K, V), function(K, V, boolean)"
    if len(call.args) != 2 or call.args[1] is not None or call.value(0).type.name != "map":
        raise call.mismatch((expected,))
    source = call.value(0)
    key, value = source.type.args
    entry = call.t.fresh("p")
    fields = [Typed(f'{entry}."key"', key), Typed(f'{entry}."value"', value)]
    test = applied(call, call.nodes[1], fields)
    if test.type != BOOLEAN:
        raise call.mismatch((expected,))
    kept = f"list_filter(map_entries({source.sql}), lambda {entry}: {test.sql})"
    return Typed(f"map_from_entries({kept})", source.type)


def element_at(call: Call) -> Typed:
    """element_at(array, n) counts from the end where n < 0; a missing key or place is NULL."""
    if len(call.args) != 2:
        raise call.mismatch(("array(E), bigint", "map(K, V), K"))
    of, key = call.value(0), call.value(1)
    if of.type.name == "array" and key.type.is_integer:
        zero = "error('SQL array indices start at 1')"
        sql = f"CASE WHEN {key.sql} = 0 THEN {zero} ELSE {of.sql}[{key.sql}] END"
        return Typed(sql, of.type.args[0], weight=of.weight)
    if of.type.name == "map" and common_type((of.type.args[0], key.type)) == of.type.args[0]:
        return Typed(f"{of.sql}[{coerced(key, of.type.args[0])}]", of.type.args[1])
    raise call.mismatch(("array(E), bigint", "map(K, V), K"))


def subscript(call: Call) -> Typed:
    """array[n] and map[key]: what is not there is an error, as in Trino."""
    of, key = call.value(0), call.value(1)
    if of.type.name == "map" and common_type((of.type.args[0], key.type)) == of.type.args[0]:
        text = coerced(key, of.type.args[0])
        missing = f"error('Key not present in map: ' || CAST({text} AS VARCHAR))"
        sql = (
            f"CASE WHEN {of.sql} IS NULL OR {text} IS NULL THEN NULL "
            f"WHEN map_contains({of.sql}, {text}) THEN {of.sql}[{text}] ELSE {missing} END"
        )
        return Typed(sql, of.type.args[1])
    if of.type.name == "array" and key.type.is_integer:
        sql = (
            f"CASE WHEN {key.sql} BETWEEN 1 AND len({of.sql}) THEN {of.sql}[{key.sql}] "
            f"WHEN {of.sql} IS NOT NULL AND {key.sql} IS NOT NULL "
            f"THEN error('Array subscript out of bounds: ' || {key.sql}) END"
        )
        return Typed(sql, of.type.args[0], weight=of.weight)
    raise call.t.problem(
        "TYPE_MISMATCH", f"Cannot apply subscript operator: {of.type}[{key.type}]", call.node
    )


def array(call: Call) -> Typed:
    """ARRAY[...]: all elements of one type."""
    values = [call.value(index) for index in range(len(call.args))]
    same = unified(values)
    if same is None:
        raise call.t.problem("TYPE_MISMATCH", "All ARRAY elements must be the same type", call.node)
    of = same[0]
    texts = ", ".join(coerced(value, of) for value in values)
    return result(call, f"[{texts}]", array_of(of))


def sequence(call: Call) -> Typed:
    """sequence(a, b[, step]) of integers or of days, at most 10,000 long as in Trino."""
    values = [call.value(index) for index in range(len(call.args))]
    if len(values) == 2 and all(value.type == DATE for value in values):
        start, stop = values[0].sql, values[1].sql
        length = f"(date_sub('day', {start}, {stop}) + 1)"
        step, of = "to_days(1)", DATE
    elif len(values) in (2, 3) and all(value.type.is_integer for value in values):
        start, stop = (coerced(value, BIGINT) for value in values[:2])
        step = coerced(values[2], BIGINT) if len(values) == 3 else f"sign({stop} - {start})"
        step = f"(CASE WHEN {step} = 0 THEN 1 ELSE {step} END)" if len(values) == 2 else step
        length, of = f"(({stop} - {start}) // {step} + 1)", BIGINT
    else:
        raise call.mismatch(("bigint, bigint", "bigint, bigint, bigint", "date, date"))
    if len(values) == 3 and values[2].constant == 0:
        raise call.t.problem("INVALID_FUNCTION_ARGUMENT", "step must not be zero", call.node)
    long = f"result of sequence function must not have more than {LONGEST_SEQUENCE} entries"
    wrong = "sequence stop value should be greater than or equal to start value"
    made = f"generate_series({start}, {stop}, {step})"
    if of == DATE:
        made = f"CAST({made} AS DATE[])"
    sql = (
        f"CASE WHEN {length} > {LONGEST_SEQUENCE} THEN error('{long}') "
        f"WHEN {length} < 1 THEN error('{wrong}') "
        f"WHEN {length} IS NOT NULL THEN {made} END"
    )
    return Typed(sql, array_of(of))


BUILDERS: dict[str, Builder] = {
    "any_match": any_match,
    "all_match": any_match,
    "none_match": any_match,
    "map_filter": map_filter,
    "element_at": element_at,
    "sequence": sequence,
}
