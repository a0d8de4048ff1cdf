"""Why a translated statement failed while it ran, in Athena's words instead of DuckDB's."""

from __future__ import annotations

import re

from finops_repl.base.errors import FinopsError, LimitReached
from finops_repl.trino.problem import ProblemCode, SqlProblem

__all__ = ["failure"]

UNGROUPED = re.compile(r'column "(?P<name>[^"]+)" must appear in the GROUP BY')
PATTERNS: tuple[tuple[str, ProblemCode, str], ...] = (
    ("Division by zero", "DIVISION_BY_ZERO", "Division by zero"),
    (
        "clause cannot contain",
        "EXPRESSION_NOT_SCALAR",
        "WHERE, GROUP BY and ON cannot contain aggregations or window functions",
    ),
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
