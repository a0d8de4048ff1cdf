"""Functions that take a lambda: of arrays and of maps."""

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
from finops_repl.trino.rewrite.typed import Typed, coerced, raised
from finops_repl.trino.types import BOOLEAN, Type, array_of, common_type, map_of

__all__ = ["BUILDERS", "TABLE"]

MOST_COMPARED = 1000
"""Elements that a comparator sorts."""

TABLE: Table = {
    "filter": (("array(T), function(T, boolean) -> array(T)", "list_filter({0}, {1})"),),
    "transform": (("array(T), function(T, U) -> array(U)", "list_transform({0}, {1})"),),
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


def reduce(call: Call) -> Typed:
    """reduce(array, start, (state, element) -> state, state -> result)."""
    expected = "array(T), S, function(S, T, S), function(S, R)"
    lambdas = [arg is None for arg in call.args]
    if lambdas != [False, False, True, True] or call.value(0).type.name != "array":
        raise call.mismatch((expected,))
    listed, start = call.value(0), call.value(1)
    names = call.t.fresh("p"), call.t.fresh("p")
    state, body = start.type, start
    for _ in range(2):  # 0 as a start of doubles makes the state a double
        element = Typed(names[1], listed.type.args[0])
        body = applied(call, call.nodes[2], [Typed(names[0], state), element])
        widened = common_type((state, body.type))
        if widened is None:
            raise call.mismatch((expected,))
        if widened == state:
            break
        state = widened
    if common_type((state, body.type)) != state:
        raise call.mismatch((expected,))
    if not _is_small(state):
        text = f"reduce with a state of {state} could grow without bounds"
        raise call.t.problem("NOT_SUPPORTED", text, call.node, hint="use array_join")
    folded = (
        f"list_reduce({listed.sql}, lambda {names[0]}, {names[1]}: {coerced(body, state)}, "
        f"{coerced(start, state)})"
    )
    final = call.t.fresh("p")
    shown = applied(call, call.nodes[3], [Typed(final, state)])
    sql = f"list_transform([{folded}], lambda {final}: {coerced(shown, shown.type)})[1]"
    kept = f"CASE WHEN {listed.sql} IS NOT NULL THEN {sql} END"
    return result(call, kept, shown.type)


def zip_with(call: Call) -> Typed:
    """zip_with(array, array, (x, y) -> z), the shorter array padded with NULL."""
    expected = "array(T), array(U), function(T, U, R)"
    if [arg is None for arg in call.args] != [False, False, True]:
        raise call.mismatch((expected,))
    one, other = call.value(0), call.value(1)
    if one.type.name != "array" or other.type.name != "array":
        raise call.mismatch((expected,))
    pair = call.t.fresh("p")
    values = [
        Typed(f"struct_extract({pair}, {index})", each.type.args[0])
        for index, each in ((1, one), (2, other))
    ]
    body = applied(call, call.nodes[2], values)
    made = f"list_transform(list_zip({one.sql}, {other.sql}), lambda {pair}: {_plain(body)})"
    sql = f"CASE WHEN {one.sql} IS NOT NULL AND {other.sql} IS NOT NULL THEN {made} END"
    return result(call, sql, array_of(body.type))


def sorted_by(call: Call) -> Typed:
    """array_sort(array, (x, y) -> -1 | 0 | 1), stable as Trino's.

    An element's place is how many come before it: each is compared with each.
    """
    expected = "array(T), function(T, T, integer)"
    if call.args[0] is None or call.args[1] is not None or call.value(0).type.name != "array":
        raise call.mismatch((expected,))
    listed = call.value(0)
    one, place, other, at = (call.t.fresh("p") for _ in range(4))
    of = listed.type.args[0]
    body = applied(call, call.nodes[1], [Typed(other, of), Typed(one, of)])
    if not body.type.is_integer:
        raise call.mismatch((expected,))
    wrong = raised("Lambda comparator must return either -1, 0, or 1",
                   of=BOOLEAN, code="INVALID_FUNCTION_ARGUMENT")  # fmt: skip
    order = f"coalesce({body.sql}, 2)"
    before = (
        f"CASE WHEN {at} = {place} THEN false WHEN {order} NOT IN (-1, 0, 1) THEN {wrong} "
        f"ELSE {order} < 0 OR ({order} = 0 AND {at} < {place}) END"
    )
    rank = f"len(list_filter({listed.sql}, lambda {other}, {at}: {before}))"
    ranked = f"list_transform({listed.sql}, lambda {one}, {place}: {{'r': {rank}, 'i': {place}}})"
    made = f"list_transform(list_sort({ranked}), lambda {one}: {listed.sql}[{one}.i])"
    long = raised(f"array_sort of more than {MOST_COMPARED} elements is not run here",
                  of=listed.type, code="NOT_SUPPORTED")  # fmt: skip
    sql = f"CASE WHEN len({listed.sql}) > {MOST_COMPARED} THEN {long} ELSE {made} END"
    return result(call, sql, listed.type)


def map_zip_with(call: Call) -> Typed:
    """map_zip_with(map, map, (key, v1, v2) -> v): a value that one map lacks is NULL."""
    expected = "map(K, V1), map(K, V2), function(K, V1, V2, V3)"
    if [arg is None for arg in call.args] != [False, False, True]:
        raise call.mismatch((expected,))
    maps = call.value(0), call.value(1)
    if any(each.type.name != "map" for each in maps):
        raise call.mismatch((expected,))
    if maps[0].type.args[0] != maps[1].type.args[0]:
        raise call.mismatch((expected,))
    key = call.t.fresh("p")
    values = [Typed(f"{each.sql}[{key}]", each.type.args[1]) for each in maps]
    of = maps[0].type.args[0]
    body = applied(call, call.nodes[2], [Typed(key, of), *values])
    keys = " || ".join(f"map_keys({each.sql})" for each in maps)
    once = f"list_filter({keys}, lambda k, i: i = list_position({keys}, k))"
    pair = f"{{'key': {key}, 'value': {_plain(body)}}}"
    made = f"map_from_entries(list_transform({once}, lambda {key}: {pair}))"
    present = " AND ".join(f"{each.sql} IS NOT NULL" for each in maps)
    return result(call, f"CASE WHEN {present} THEN {made} END", map_of(of, body.type))


def of_map(call: Call) -> Typed:
    """map_filter, transform_keys and transform_values: (key, value) -> ..."""
    returned = "boolean" if call.name == "map_filter" else "R"
    expected = f"map(K, V), function(K, V, {returned})"
    if len(call.args) != 2 or call.args[1] is not None or call.value(0).type.name != "map":
        raise call.mismatch((expected,))
    source = call.value(0)
    key, value = source.type.args
    entry = call.t.fresh("p")
    fields = [Typed(f'{entry}."key"', key), Typed(f'{entry}."value"', value)]
    body = applied(call, call.nodes[1], fields)
    entries = f"map_entries({source.sql})"
    if call.name == "map_filter":
        if body.type != BOOLEAN:
            raise call.mismatch((expected,))
        kept = f"list_filter({entries}, lambda {entry}: {body.sql})"
        return Typed(f"map_from_entries({kept})", source.type)
    made, keys, values = _plain(body), *(each.sql for each in fields)
    of: Type
    if call.name == "transform_keys":
        of, keys = map_of(body.type, value), made
    else:
        of, values = map_of(key, body.type), made
    pairs = f"list_transform({entries}, lambda {entry}: {{'key': {keys}, 'value': {values}}})"
    return result(call, f"map_from_entries({pairs})", of)


def _is_small(of: Type) -> bool:
    """Whether values of this type are of one size: a string or array may double at each step."""
    if of.name == "row":
        return all(map(_is_small, of.args))
    return not of.args and of.name not in ("varchar", "varbinary", "json")


def _plain(value: Typed) -> str:
    return coerced(value, value.type)


BUILDERS: dict[str, Builder] = {
    "any_match": any_match,
    "all_match": any_match,
    "none_match": any_match,
    "reduce": reduce,
    "zip_with": zip_with,
    "array_sort/2": sorted_by,
    "map_zip_with": map_zip_with,
    "map_filter": of_map,
    "transform_keys": of_map,
    "transform_values": of_map,
}
