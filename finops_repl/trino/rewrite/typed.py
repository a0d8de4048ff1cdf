"""A translated expression: DuckDB's text, Trino's type, and what the text alone does not tell."""

from __future__ import annotations

from dataclasses import dataclass

from finops_repl.trino.problem import ProblemCode, SqlProblem
from finops_repl.trino.types import (
    DOUBLE,
    Type,
    common_type,
    duckdb_type,
    quoted,
    text_literal,
)

__all__ = ["Typed", "coerced", "field_of", "guarded", "quoted", "raised", "text_literal", "unified"]

MAX_WEIGHT = 1000
"""How many times longer than its inputs an expression's text may grow."""

MAX_TEXT = 1_000_000
"""Characters of DuckDB's text for one expression.

Where a function's text has its argument several times, each call within a call multiplies it.
"""


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression.

    `exact`: a Trino double that DuckDB holds as a DECIMAL, as money columns and their sums are.
    `nan`: a double that may be NaN, which DuckDB compares unlike Trino. `constant`: the value of
    a literal. `weight`: how often its inputs' texts are strung together in it, an upper bound.
    """

    sql: str
    type: Type
    exact: bool = False
    nan: bool = False
    constant: str | int | None = None
    weight: int = 1

    def __post_init__(self) -> None:
        if self.weight > MAX_WEIGHT:
            raise SqlProblem("NOT_SUPPORTED", "The expression could build a string without bounds")
        if len(self.sql) > MAX_TEXT:
            text = "The expression has too many calls within calls to be run here"
            raise SqlProblem("NOT_SUPPORTED", text, hint="compute the inner ones in a subquery")


def coerced(value: Typed, to: Type) -> str:
    """The text of `value` as DuckDB must hold a `to`; the caller knows that Trino coerces it."""
    if value.type == to and not value.exact:
        return value.sql
    if value.type.name == to.name and not value.exact and not to.args and to.name != "decimal":
        return value.sql
    return f"CAST({value.sql} AS {duckdb_type(to)})"


def unified(values: list[Typed]) -> tuple[Type, bool, list[str]] | None:
    """The common type of values, whether it is held exactly, and their texts in it.

    A double stays exact where every value is: exact itself, an integer, a decimal or NULL.
    """
    found = common_type(value.type for value in values)
    if found is None:
        return None
    exact = found == DOUBLE and any(value.exact for value in values)
    exact = exact and all(value.exact or _meets_money(value.type) for value in values)
    if exact:
        return found, True, [value.sql for value in values]
    return found, False, [coerced(value, found) for value in values]


def _meets_money(of: Type) -> bool:
    """Whether DuckDB brings this type and money together without losing digits.

    Money is a DECIMAL of 10 to 18 places; where it meets a decimal in a CASE or UNION, DuckDB cuts
    places off once digits and places exceed 38.
    """
    if of.name == "decimal":
        return of.scale <= 10 and of.precision - of.scale <= 18
    return of.is_integer or of.name == "unknown"


def field_of(row: str, of: Type, index: int) -> str:
    """The field at `index` (from 0) of a row of type `of`."""
    return f"struct_extract({row}, {text_literal(of.fields[index] or f'field{index}')})"


def raised(
    message: str,
    shown: str = "",
    *,
    of: Type | None = None,
    like: str = "",
    code: ProblemCode = "GENERIC_USER_ERROR",
) -> str:
    """A value that stops the query with a message once a row reaches it; `shown` is text to add.

    It has the type `of`, or that of the text `like`: of what can be NULL alone, DuckDB makes NULL
    before it looks, so that COALESCE would pass over the failure. It fails as a cast, not by
    DuckDB's error(), with which TRY cannot be used. What is merely not run here must not become a
    NULL of TRY: it fails as a time zone that is unknown, which TRY lets through. See `failures.py`.
    """
    text = text_literal(f"{code}: {message}")
    text = f"{text} || {shown}" if shown else text
    failing = f"CAST({text} AS INTEGER)"
    if code == "NOT_SUPPORTED":
        failing = f"timezone({text}, TIMESTAMP '2000-01-01')"
    if of is None:
        return f"(CASE WHEN {failing} IS NOT NULL THEN {like} END)"
    return f"CAST(CAST({failing} AS VARCHAR) AS {duckdb_type(of)})"


def guarded(
    sql: str,
    condition: str,
    value: str,
    message: str,
    of: Type,
    *,
    safe: bool,
    code: ProblemCode = "INVALID_FUNCTION_ARGUMENT",
) -> str:
    """`value` where `condition` holds, NULL where `sql` is; else the message, or NULL if safe.

    `{}` in the message stands for the value.
    """
    head, _, tail = message.partition("{}")
    shown = f"{sql} || {text_literal(tail)}"
    otherwise = "NULL" if safe else raised(head, shown, of=of, code=code)
    return (
        f"CASE WHEN {sql} IS NULL THEN NULL WHEN {condition} THEN {value}"
        f" ELSE CAST({otherwise} AS {duckdb_type(of)}) END"
    )
