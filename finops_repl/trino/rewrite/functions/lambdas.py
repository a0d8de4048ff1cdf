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
from finops_repl.trino.rewrite.typed import Typed, coerced
from finops_repl.trino.types import BOOLEAN, Type, array_of, common_type, map_of

__all__ = ["BUILDERS", "TABLE"]

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
    "map_filter": of_map,
    "transform_keys": of_map,
    "transform_values": of_map,
}
