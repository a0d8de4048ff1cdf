"""Arrays that are longer than what they are made of: sequences, repetitions and n-grams.

Each has at most as many entries as a sequence in Trino, so that no value takes all memory.
"""

from __future__ import annotations

from finops_repl.trino.rewrite.functions.registry import Builder, Call, Table
from finops_repl.trino.rewrite.intervals import ALL_MONTHS
from finops_repl.trino.rewrite.typed import Typed, coerced, raised
from finops_repl.trino.types import (
    BIGINT,
    DATE,
    MONTHS,
    TIMESTAMP,
    Type,
    array_of,
    common_type,
    duckdb_type,
)

__all__ = ["BUILDERS", "TABLE"]

LONGEST_SEQUENCE = 10_000
SEQUENCES = (
    "bigint, bigint",
    "bigint, bigint, bigint",
    "date, date",
    "date, date, interval",
    "timestamp(p), timestamp(p), interval",
)
NO_NGRAM = raised("N must be positive", like="[{0}]", code="INVALID_FUNCTION_ARGUMENT")
NGRAMS = "len({0}) - {1} + 1"
SHORT_NGRAMS = f"({NGRAMS}) * {{1}} <= {LONGEST_SEQUENCE}"
LONG_NGRAMS = raised(
    "ngrams of that many entries is not supported here", like="[{0}]", code="NOT_SUPPORTED"
)

TABLE: Table = {
    "ngrams": (
        (
            "array(T), bigint -> array(array(T))",
            f"CASE WHEN {{1}} <= 0 THEN {NO_NGRAM} WHEN len({{0}}) <= {{1}} THEN [{{0}}] "
            f"WHEN NOT ({SHORT_NGRAMS}) THEN {LONG_NGRAMS} WHEN len({{0}}) > {{1}} THEN "
            # Bounded in itself too, as a sequence is.
            f"list_transform(generate_series(1, CASE WHEN {SHORT_NGRAMS} THEN {NGRAMS} END), "
            "lambda i: list_slice({0}, i, i + {1} - 1)) END",
        ),
    ),
}


def repeat(call: Call) -> Typed:
    """repeat(element, n): an array of n times the element."""
    if len(call.args) != 2 or not call.value(1).type.is_integer:
        raise call.mismatch(("T, integer",))
    value, count = call.value(0), call.value(1).constant
    if not isinstance(count, int) or not 0 <= count <= LONGEST_SEQUENCE:
        text = f"repeat takes a literal count from 0 to {LONGEST_SEQUENCE} here"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    each, weight = call.t.fresh("p"), value.weight * max(1, count)
    made = (
        f"list_transform(generate_series(1, {count}), lambda {each}: {coerced(value, value.type)})"
    )
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


BUILDERS: dict[str, Builder] = {"repeat": repeat, "sequence": sequence}
