"""Why a translated statement failed while it ran, in Athena's words instead of DuckDB's."""

from __future__ import annotations

import re
from typing import cast, get_args

from finops_repl.base.errors import FinopsError, LimitReached
from finops_repl.trino.problem import ProblemCode, SqlProblem

__all__ = ["failure"]

UNGROUPED = re.compile(r'column "(?P<name>[^"]+)" must appear in the GROUP BY')
RAISED = re.compile(
    r"(?:Could not convert string|Unknown TimeZone) '(?P<code>[A-Z_]+): (?P<text>.*)'"
    r"(?: to INT32|!\n)",
    re.DOTALL,
)
"""What `rewrite.typed.raised` says."""

NO_VALUE = re.compile(
    r"Could not convert string ['\"](?P<text>.*)['\"] to (?P<to>[\w(),]+)", re.DOTALL
)

PATTERNS: tuple[tuple[str, ProblemCode, str], ...] = (
    ("Division by zero", "DIVISION_BY_ZERO", "Division by zero"),
    (
        "clause cannot contain",
        "EXPRESSION_NOT_SCALAR",
        "WHERE, GROUP BY and ON cannot contain aggregations or window functions",
    ),
    (
        "aggregate function calls cannot be nested",
        "NESTED_AGGREGATION",
        "Cannot nest aggregations inside aggregation",
    ),
    (
        "aggregate function calls cannot contain window function calls",
        "NESTED_WINDOW",
        "Cannot nest window functions inside aggregation",
    ),
    (
        "window functions are not allowed",
        "NESTED_WINDOW",
        "Cannot nest window functions inside window functions",
    ),
    (
        "out of range for the destination type",
        "INVALID_CAST_ARGUMENT",
        "The value is out of the range of its new type",
    ),
    ("failed: value is out of range", "INVALID_CAST_ARGUMENT", "The value fits no such decimal"),
    ("Could not cast value", "INVALID_CAST_ARGUMENT", "The value fits no such decimal"),
    ("field value out of range", "INVALID_CAST_ARGUMENT", "The text is no date of the calendar"),
    ("Overflow in ", "NUMERIC_VALUE_OUT_OF_RANGE", "A number is out of the range of its type"),
    ("out of range", "NUMERIC_VALUE_OUT_OF_RANGE", "A number is out of the range of its type"),
    ("Map keys must be unique", "INVALID_FUNCTION_ARGUMENT", "Duplicate map keys are not allowed"),
    ("Map keys can not be NULL", "INVALID_FUNCTION_ARGUMENT", "map key cannot be null"),
    (
        "according to format specifier",
        "INVALID_FUNCTION_ARGUMENT",
        "Invalid format: a text does not match the date format",
    ),
    ("invalid perl operator", "NOT_SUPPORTED", "Look-arounds in patterns are not run here"),
    ("invalid character class range", "NOT_SUPPORTED", "That class of characters is not run here"),
    (
        "More than one row returned by a subquery",
        "GENERIC_USER_ERROR",
        "Scalar sub-query has returned multiple rows",
    ),
)


def failure(error: Exception) -> FinopsError:
    """What to raise for an error of DuckDB."""
    import duckdb

    text = str(error).partition(": ")[2] or str(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        return LimitReached(
            "the query needs more memory than it may have",
            hint="aggregate earlier, or ask for fewer columns",
        )
    raised = RAISED.search(text)
    if raised and raised.group("code") in get_args(ProblemCode):
        return SqlProblem(cast("ProblemCode", raised.group("code")), raised.group("text"))
    wrong = NO_VALUE.search(text)
    if wrong:
        return SqlProblem(
            "INVALID_CAST_ARGUMENT", f"Cannot cast '{wrong.group('text')}' to {wrong.group('to')}"
        )
    ungrouped = UNGROUPED.search(text)
    if ungrouped:
        return SqlProblem(
            "EXPRESSION_NOT_AGGREGATE",
            f"'{ungrouped.group('name')}' must be an aggregate expression or appear in GROUP BY "
            "clause",
        )
    for part, code, message in PATTERNS:
        if part in text:
            return SqlProblem(code, message)
    return SqlProblem("GENERIC_USER_ERROR", text.splitlines()[0])
