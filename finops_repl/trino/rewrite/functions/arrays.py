"""Functions of arrays. Subscripts count from 1."""

from __future__ import annotations

from finops_repl.trino.rewrite.casts import cast
from finops_repl.trino.rewrite.functions.registry import Builder, Call, Table, result
from finops_repl.trino.rewrite.typed import Typed, coerced, raised, unified
from finops_repl.trino.types import VARCHAR, array_of

__all__ = ["BUILDERS", "TABLE", "array", "joined"]

NO_PLACE = raised("SQL array indices start at 1", like="{0}", code="INVALID_FUNCTION_ARGUMENT")
NO_LENGTH = raised("length is out of range", like="{0}", code="INVALID_FUNCTION_ARGUMENT")

TABLE: Table = {
    "contains": (
        (
            "array(T), T -> boolean",
            "CASE WHEN {0} IS NULL OR {1} IS NULL THEN NULL WHEN list_contains({0}, {1}) THEN true "
            "WHEN len(list_filter({0}, lambda e: e IS NULL)) > 0 THEN NULL ELSE false END",
        ),
    ),
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
            f"CASE WHEN {{2}} < 0 THEN {NO_LENGTH} "
            "WHEN {1} > 0 THEN list_slice({0}, {1}, {1} + {2} - 1) "
            "WHEN {1} < -len({0}) THEN list_slice({0}, 1, 0) "
            "WHEN {1} < 0 THEN list_slice({0}, len({0}) + {1} + 1, len({0}) + {1} + {2}) "
            f"WHEN {{1}} = 0 THEN {NO_PLACE} END",
        ),
    ),
    "trim_array": (
        (
            "array(T), bigint -> array(T)",
            f"CASE WHEN {{1}} < 0 OR {{1}} > len({{0}}) THEN {NO_LENGTH} "
            "ELSE list_slice({0}, 1, len({0}) - {1}) END",
        ),
    ),
    "array_position": (
        (
            "array(T), T -> bigint",
            "CASE WHEN {1} IS NOT NULL AND {0} IS NOT NULL "
            "THEN coalesce(list_position({0}, {1}), 0) END",
        ),
    ),
    "array_remove": (
        (
            "array(T), T -> array(T)",
            "CASE WHEN {1} IS NOT NULL THEN list_filter({0}, lambda e: e IS DISTINCT FROM {1}) END",
        ),
    ),
    "array_except": (
        (
            "array(T), array(T) -> array(T)",
            "CASE WHEN {1} IS NOT NULL THEN list_filter({0}, "
            "lambda e, i: i = list_position({0}, e) AND list_position({1}, e) IS NULL) END",
        ),
    ),
    "array_intersect": (
        (
            "array(T), array(T) -> array(T)",
            "CASE WHEN {1} IS NOT NULL THEN list_filter({0}, "
            "lambda e, i: i = list_position({0}, e) AND list_position({1}, e) IS NOT NULL) END",
        ),
    ),
    "array_union": (
        (
            "array(T), array(T) -> array(T)",
            "CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL "
            "THEN list_filter({0} || {1}, lambda e, i: i = list_position({0} || {1}, e)) END",
        ),
    ),
    "arrays_overlap": (
        (
            "array(T), array(T) -> boolean",
            "CASE WHEN {0} IS NULL OR {1} IS NULL THEN NULL "
            "WHEN len(list_filter({0}, lambda e: e IS NOT NULL AND list_contains({1}, e))) > 0 "
            "THEN true WHEN list_position({0}, NULL) IS NOT NULL "
            "OR list_position({1}, NULL) IS NOT NULL THEN NULL ELSE false END",
        ),
    ),
    "flatten": (("array(array(T)) -> array(T)", "flatten({0})"),),
    "contains_sequence": (
        (
            "array(T), array(T) -> boolean",
            "CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN len({1}) = 0 OR "
            "len(list_filter({0}, lambda e, i: list_slice({0}, i, i + len({1}) - 1) "
            "IS NOT DISTINCT FROM {1})) > 0 END",
        ),
    ),
}


def array(call: Call) -> Typed:
    """ARRAY[...]: all elements of one type."""
    values = [call.value(index) for index in range(len(call.args))]
    same = unified(values)
    if same is None:
        raise call.t.problem("TYPE_MISMATCH", "All ARRAY elements must be the same type", call.node)
    of = same[0]
    texts = ", ".join(coerced(value, of) for value in values)
    return result(call, f"[{texts}]", array_of(of))


def array_join(call: Call) -> Typed:
    """array_join(array, delimiter[, text for NULL]): without the last, NULLs are left out."""
    expected = ("array(T), varchar", "array(T), varchar, varchar")
    if len(call.args) not in (2, 3) or call.value(0).type.name != "array":
        raise call.mismatch(expected)
    marks = [call.value(index) for index in range(1, len(call.args))]
    if any(mark.type.name not in ("varchar", "unknown") for mark in marks):
        raise call.mismatch(expected)
    source, element = call.value(0), call.t.fresh("p")
    text = cast(call.t, Typed(element, source.type.args[0]), VARCHAR, call.node).sql
    text = f"coalesce({text}, {coerced(marks[1], VARCHAR)})" if len(marks) == 2 else text
    listed = f"list_transform({source.sql}, lambda {element}: {text})"
    return result(call, joined(listed, coerced(marks[0], VARCHAR)), VARCHAR)


def joined(texts: str, mark: str) -> str:
    """A list of texts in one, NULLs left out; DuckDB's own makes NULL of nothing but NULLs."""
    known = f"{texts} IS NOT NULL AND {mark} IS NOT NULL"
    return f"CASE WHEN {known} THEN coalesce(array_to_string({texts}, {mark}), '') END"


BUILDERS: dict[str, Builder] = {"array_join": array_join}
