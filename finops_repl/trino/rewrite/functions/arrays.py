"""Functions of arrays. Subscripts count from 1."""

from __future__ import annotations

from finops_repl.trino.rewrite.casts import cast
from finops_repl.trino.rewrite.functions.registry import Builder, Call, Table, result
from finops_repl.trino.rewrite.intervals import ALL_MONTHS
from finops_repl.trino.rewrite.typed import Typed, coerced, raised, unified
from finops_repl.trino.types import (
    BIGINT,
    DATE,
    MONTHS,
    TIMESTAMP,
    VARCHAR,
    Type,
    array_of,
    common_type,
    duckdb_type,
)

__all__ = ["BUILDERS", "TABLE", "array", "joined"]

LONGEST_SEQUENCE = 10_000
SEQUENCES = (
    "bigint, bigint",
    "bigint, bigint, bigint",
    "date, date",
    "date, date, interval",
    "timestamp(p), timestamp(p), interval",
)
NO_PLACE = raised("SQL array indices start at 1", like="{0}", code="INVALID_FUNCTION_ARGUMENT")
NO_NGRAM = raised("N must be positive", like="[{0}]", code="INVALID_FUNCTION_ARGUMENT")
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
    "ngrams": (
        (
            "array(T), bigint -> array(array(T))",
            f"CASE WHEN {{1}} <= 0 THEN {NO_NGRAM} WHEN len({{0}}) <= {{1}} THEN [{{0}}] "
            "WHEN len({0}) > {1} THEN list_transform(generate_series(1, len({0}) - {1} + 1), "
            "lambda i: list_slice({0}, i, i + {1} - 1)) END",
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


def repeat(call: Call) -> Typed:
    """repeat(element, n): an array of n times the element."""
    if len(call.args) != 2 or not call.value(1).type.is_integer:
        raise call.mismatch(("T, integer",))
    value, count = call.value(0), call.value(1).constant
    if not isinstance(count, int) or not 0 <= count <= LONGEST_SEQUENCE:
        text = f"repeat takes a literal count from 0 to {LONGEST_SEQUENCE} here"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    each, weight = call.t.fresh("p"), value.weight * max(1, count)
    made = f"list_transform(generate_series(1, {count}), lambda {each}: {_plain(value)})"
    return Typed(made, array_of(value.type), weight=weight)


def sequence(call: Call) -> Typed:
    """sequence(a, b[, step]) of integers, dates or timestamps, at most 10,000 long as in Trino."""
    values = [call.value(index) for index in range(len(call.args))]
    if len(values) not in (2, 3):
        raise call.mismatch(SEQUENCES)
    if call.scope.in_lambda:  # 10,000 times 10,000 entries would be one value in memory
        text = "sequence in a lambda is not supported here"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    if all(value.type.is_integer for value in values):
        of = BIGINT
        start, stop = (coerced(value, of) for value in values[:2])
        step = coerced(values[2], of) if len(values) == 3 else _direction(f"{stop} - {start}")
        length = f"(({stop} - {start}) // {step} + 1)"
        if len(values) == 3 and values[2].constant == 0:
            raise call.t.problem("INVALID_FUNCTION_ARGUMENT", "step must not be zero", call.node)
    else:
        found = common_type(value.type for value in values[:2])
        if found is None or found.name not in ("date", "timestamp"):
            raise call.mismatch(SEQUENCES)
        if (len(values) == 3) != (found != DATE) and len(values) == 2:
            raise call.mismatch(SEQUENCES)
        of = found
        start, stop = (coerced(value, TIMESTAMP) for value in values[:2])
        if len(values) == 3 and not values[2].type.is_interval:
            raise call.mismatch(SEQUENCES)
        days = f"to_days({_direction(f'epoch_ms({stop}) - epoch_ms({start})')})"
        step = values[2].sql if len(values) == 3 else days
        length = f"((epoch_ms({stop}) - epoch_ms({start})) // epoch_ms({step}) + 1)"
        if len(values) == 3 and values[2].type == MONTHS:
            months = ALL_MONTHS.format(step)
            length = f"(date_sub('month', {start}, {stop}) // {months} + 1)"
            return _bounded(length, _monthly(call, start, months, length, of), of)
    # Bounded in itself: DuckDB computes what is constant before it looks at the CASE around it.
    bound = f"CASE WHEN {length} BETWEEN 1 AND {LONGEST_SEQUENCE} THEN {stop} ELSE {start} END"
    made = f"CAST(generate_series({start}, {bound}, {step}) AS {duckdb_type(of)}[])"
    return _bounded(length, made, of)


def _monthly(call: Call, start: str, months: str, length: str, of: Type) -> str:
    """Each counted from the start: from the 31st on, months end on their last day."""
    bound = f"CASE WHEN {length} BETWEEN 1 AND {LONGEST_SEQUENCE} THEN {length} - 1 ELSE 0 END"
    each = call.t.fresh("p")
    one = f"CAST({start} + to_months(CAST({each} * {months} AS INTEGER)) AS {duckdb_type(of)})"
    return f"list_transform(generate_series(0, {bound}), lambda {each}: {one})"


def _bounded(length: str, made: str, of: Type) -> Typed:
    long = f"result of sequence function must not have more than {LONGEST_SEQUENCE} entries"
    wrong = "sequence stop value should be greater than or equal to start value"
    refused = [
        raised(text, of=array_of(of), code="INVALID_FUNCTION_ARGUMENT") for text in (long, wrong)
    ]
    sql = (
        f"CASE WHEN {length} > {LONGEST_SEQUENCE} THEN {refused[0]} "
        f"WHEN {length} < 1 THEN {refused[1]} "
        f"WHEN {length} IS NOT NULL THEN {made} END"
    )
    return Typed(sql, array_of(of))


def _direction(difference: str) -> str:
    return f"(CASE WHEN {difference} < 0 THEN -1 ELSE 1 END)"


def _plain(value: Typed) -> str:
    return coerced(value, value.type)


BUILDERS: dict[str, Builder] = {
    "array_join": array_join,
    "repeat": repeat,
    "sequence": sequence,
}
