"""Maps and rows, and what takes an element out of an array, a map or a row."""

from __future__ import annotations

from finops_repl.trino.rewrite.functions.registry import Builder, Call, Table, result
from finops_repl.trino.rewrite.typed import Typed, coerced, field_of, raised
from finops_repl.trino.types import (
    BIGINT,
    UNKNOWN,
    Type,
    array_of,
    common_type,
    duckdb_type,
    map_of,
)

__all__ = ["BUILDERS", "TABLE", "subscript"]


TABLE: Table = {
    "map_keys": (("map(K, V) -> array(K)", "map_keys({0})"),),
    "map_values": (("map(K, V) -> array(V)", "map_values({0})"),),
}


def cardinality(call: Call) -> Typed:
    """cardinality of an array or a map."""
    if len(call.args) != 1 or call.value(0).type.name not in ("array", "map", "unknown"):
        raise call.mismatch(("array(E)", "map(K, V)"))
    value = call.value(0)
    if value.type == UNKNOWN:
        return Typed("NULL", BIGINT)
    listed = f"map_keys({value.sql})" if value.type.name == "map" else value.sql
    return Typed(f"CAST(len({listed}) AS BIGINT)", BIGINT)


def row(call: Call) -> Typed:
    """ROW(a, b): its fields have no names."""
    values = [call.value(index) for index in range(len(call.args))]
    if not values:
        raise call.mismatch(("T, ...",))
    fields = ", ".join(
        f"'field{index}': {coerced(value, value.type)}" for index, value in enumerate(values)
    )
    of = Type("row", tuple(value.type for value in values), ("",) * len(values))
    return result(call, f"{{{fields}}}", of)


def of_arrays(call: Call) -> Typed:
    """map(keys, values); map() is empty. A key that comes twice, or NULL, is an error."""
    if not call.args:
        return Typed("MAP([]::INTEGER[], []::INTEGER[])", map_of(UNKNOWN, UNKNOWN))
    values = [call.value(index) for index in range(len(call.args))]
    if len(values) != 2 or any(value.type.name != "array" for value in values):
        raise call.mismatch(("array(K), array(V)", ""))
    keys, listed = values
    sql = f"map({keys.sql}, {listed.sql})"
    present = f"{keys.sql} IS NOT NULL AND {listed.sql} IS NOT NULL"
    of = map_of(keys.type.args[0], listed.type.args[0])
    return result(call, f"CASE WHEN {present} THEN {sql} END", of)


def map_concat(call: Call) -> Typed:
    """map_concat(map, ...): the last map's value wins."""
    values = [call.value(index) for index in range(len(call.args))]
    of = common_type(value.type for value in values)
    if len(values) < 2 or of is None or of.name != "map":
        raise call.mismatch(("map(K, V), map(K, V), ...",))
    texts = [coerced(value, of) for value in values]
    present = " AND ".join(f"{text} IS NOT NULL" for text in texts)
    return result(call, f"CASE WHEN {present} THEN map_concat({', '.join(texts)}) END", of)


def map_entries(call: Call) -> Typed:
    """map_entries(map): an array of rows (key, value)."""
    if len(call.args) != 1 or call.value(0).type.name != "map":
        raise call.mismatch(("map(K, V)",))
    value, entry = call.value(0), call.t.fresh("p")
    pair = f"{{'field0': {entry}.\"key\", 'field1': {entry}.\"value\"}}"
    of = array_of(Type("row", value.type.args, ("", "")))
    return result(call, f"list_transform(map_entries({value.sql}), lambda {entry}: {pair})", of)


def map_from_entries(call: Call) -> Typed:
    """map_from_entries(array of rows (key, value))."""
    of = call.value(0).type if len(call.args) == 1 else UNKNOWN
    if of.name != "array" or of.args[0].name != "row" or len(of.args[0].args) != 2:
        raise call.mismatch(("array(row(K, V))",))
    entry = call.t.fresh("p")
    fields = [field_of(entry, of.args[0], index) for index in (0, 1)]
    pair = f"{{'key': {fields[0]}, 'value': {fields[1]}}}"
    pairs = f"list_transform({call.value(0).sql}, lambda {entry}: {pair})"
    return result(call, f"map_from_entries({pairs})", map_of(*of.args[0].args))


def multimap_from_entries(call: Call) -> Typed:
    """multimap_from_entries(array of rows (key, value)): each key with all of its values."""
    of = call.value(0).type if len(call.args) == 1 else UNKNOWN
    if of.name != "array" or of.args[0].name != "row" or len(of.args[0].args) != 2:
        raise call.mismatch(("array(row(K, V))",))
    entry, key = call.t.fresh("p"), call.t.fresh("p")
    source = call.value(0).sql
    of_key, value = (field_of(entry, of.args[0], index) for index in (0, 1))
    keys = f"list_transform({source}, lambda {entry}: {of_key})"
    once = f"list_filter({keys}, lambda k, i: i = list_position({keys}, k))"
    same = f"list_filter({source}, lambda {entry}: {of_key} IS NOT DISTINCT FROM {key})"
    values = f"list_transform({same}, lambda {entry}: {value})"
    made = f"list_transform({once}, lambda {key}: {{'key': {key}, 'value': {values}}})"
    types = of.args[0].args
    return result(call, f"map_from_entries({made})", map_of(types[0], array_of(types[1])))


def zipped(call: Call) -> Typed:
    """zip(array, array, ...): an array of rows, shorter arrays padded with NULL."""
    values = [call.value(index) for index in range(len(call.args))]
    if len(values) < 2 or any(value.type.name != "array" for value in values):
        raise call.mismatch(("array(T), array(U), ...",))
    each = call.t.fresh("p")
    fields = ", ".join(
        f"'field{index}': struct_extract({each}, {index + 1})" for index in range(len(values))
    )
    made = f"list_transform(list_zip({', '.join(value.sql for value in values)}), "
    made += f"lambda {each}: {{{fields}}})"
    present = " AND ".join(f"{value.sql} IS NOT NULL" for value in values)
    row_type = Type("row", tuple(value.type.args[0] for value in values), ("",) * len(values))
    return result(call, f"CASE WHEN {present} THEN {made} END", array_of(row_type))


def element_at(call: Call) -> Typed:
    """element_at(array, n) counts from the end where n < 0; a missing key or place is NULL."""
    if len(call.args) != 2:
        raise call.mismatch(("array(E), bigint", "map(K, V), K"))
    of, key = call.value(0), call.value(1)
    if of.type.name == "array" and key.type.is_integer:
        first = raised("SQL array indices start at 1", of=of.type.args[0],
                       code="INVALID_FUNCTION_ARGUMENT")  # fmt: skip
        sql = f"CASE WHEN {key.sql} = 0 THEN {first} ELSE {of.sql}[{key.sql}] END"
        return Typed(sql, of.type.args[0], weight=of.weight)
    if of.type.name == "map" and common_type((of.type.args[0], key.type)) == of.type.args[0]:
        return Typed(f"{of.sql}[{coerced(key, of.type.args[0])}]", of.type.args[1])
    raise call.mismatch(("array(E), bigint", "map(K, V), K"))


def subscript(call: Call) -> Typed:
    """array[n], map[key] and row[n]: what is not there is an error, as in Trino."""
    of, key = call.value(0), call.value(1)
    if of.type.name == "map" and common_type((of.type.args[0], key.type)) == of.type.args[0]:
        text = coerced(key, of.type.args[0])
        missing = raised(
            "Key not present in map: ",
            f"CAST({text} AS VARCHAR)",
            of=of.type.args[1],
            code="INVALID_FUNCTION_ARGUMENT",
        )
        sql = (
            f"CASE WHEN {of.sql} IS NULL OR {text} IS NULL THEN NULL "
            f"WHEN map_contains({of.sql}, {text}) THEN {of.sql}[{text}] ELSE {missing} END"
        )
        return Typed(sql, of.type.args[1])
    if of.type.name == "array" and key.type.is_integer:
        outside = raised(
            "Array subscript must be less than or equal to array length: ",
            f"CAST({key.sql} AS VARCHAR)",
            of=of.type.args[0],
            code="INVALID_FUNCTION_ARGUMENT",
        )
        sql = (
            f"CASE WHEN {key.sql} BETWEEN 1 AND len({of.sql}) THEN {of.sql}[{key.sql}] "
            f"WHEN {of.sql} IS NOT NULL AND {key.sql} IS NOT NULL THEN {outside} END"
        )
        return Typed(f"CAST({sql} AS {duckdb_type(of.type.args[0])})", of.type.args[0],
                     weight=of.weight)  # fmt: skip
    if of.type.name == "row" and isinstance(key.constant, int):
        if not 1 <= key.constant <= len(of.type.args):
            text = f"Row subscript is out of bounds: {key.constant}"
            raise call.t.problem("INVALID_FUNCTION_ARGUMENT", text, call.node)
        sql = field_of(of.sql, of.type, key.constant - 1)
        return Typed(sql, of.type.args[key.constant - 1], weight=of.weight)
    raise call.t.problem(
        "TYPE_MISMATCH", f"Cannot apply subscript operator: {of.type}[{key.type}]", call.node
    )


BUILDERS: dict[str, Builder] = {
    "cardinality": cardinality,
    "row": row,
    "map": of_arrays,
    "map_concat": map_concat,
    "map_entries": map_entries,
    "map_from_entries": map_from_entries,
    "multimap_from_entries": multimap_from_entries,
    "zip": zipped,
    "element_at": element_at,
}
