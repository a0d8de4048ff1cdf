"""What is wrong with a statement, in the words and with the position that Athena gives."""

from __future__ import annotations

from typing import Literal

from finops_repl.base.errors import InputError

__all__ = ["ProblemCode", "SqlProblem"]

ProblemCode = Literal[
    "AMBIGUOUS_NAME",
    "COLUMN_NOT_FOUND",
    "DIVISION_BY_ZERO",
    "EXPRESSION_NOT_AGGREGATE",
    "EXPRESSION_NOT_IN_DISTINCT",
    "EXPRESSION_NOT_SCALAR",
    "FUNCTION_NOT_FOUND",
    "GENERIC_USER_ERROR",
    "INVALID_CAST_ARGUMENT",
    "INVALID_COLUMN_REFERENCE",
    "INVALID_FUNCTION_ARGUMENT",
    "INVALID_LITERAL",
    "INVALID_ORDER_BY",
    "INVALID_PARTITION_BY",
    "INVALID_PATH",
    "INVALID_RECURSIVE_REFERENCE",
    "INVALID_WINDOW_FRAME",
    "INVALID_WINDOW_REFERENCE",
    "JSON_INPUT_CONVERSION_ERROR",
    "JSON_OUTPUT_CONVERSION_ERROR",
    "JSON_VALUE_RESULT_ERROR",
    "MISMATCHED_COLUMN_ALIASES",
    "MISSING_COLUMN_ALIASES",
    "MISSING_ORDER_BY",
    "NESTED_AGGREGATION",
    "NESTED_WINDOW",
    "NOT_SUPPORTED",
    "NUMERIC_VALUE_OUT_OF_RANGE",
    "SCHEMA_NOT_FOUND",
    "SYNTAX_ERROR",
    "TABLE_NOT_FOUND",
    "TYPE_MISMATCH",
    "TYPE_NOT_FOUND",
]


class SqlProblem(InputError):
    """A statement that Athena would refuse, or that this product does not run.

    `message` reads as Athena's state change reason: `COLUMN_NOT_FOUND: line 1:8: Column 'x'
    cannot be resolved`. What Athena would run but we do not is `NOT_SUPPORTED`.
    """

    def __init__(
        self,
        code: ProblemCode,
        text: str,
        *,
        at: tuple[int, int] | None = None,
        hint: str = "",
    ) -> None:
        place = f"line {at[0]}:{at[1]}: " if at else ""
        super().__init__(f"{code}: {place}{text}", hint=hint)
        self.code: ProblemCode = code
        self.at = at
