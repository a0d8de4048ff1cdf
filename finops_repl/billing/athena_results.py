"""Athena's results and refusals in our terms, by whatever way they were asked for.

Money stays exact as far as Athena is: its cost columns are doubles and travel as text, whose
digits become a `Decimal` without passing through a float.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from finops_repl.base.errors import (
    ConnectionFailed,
    FinopsError,
    InputError,
    LimitReached,
    nearest,
)
from finops_repl.base.table import Cell, Column, Table
from finops_repl.gateway.explanations import DENIED, IDENTITY_CODES, told_apart
from finops_repl.trino.bill_names import name_hint
from finops_repl.trino.cells import as_decimal, zoned_moment

__all__ = [
    "REACH_HINT",
    "SCALARS",
    "described_column",
    "read_table",
    "refused",
    "with_near_names",
]

MAX_CELLS = 5_000_000
"""Cells that a result may hold in memory, as for bills in files."""

UNKNOWN = re.compile(
    r"(?:Column '(?P<column>[^']+)' cannot be resolved|Table '(?P<table>[^']+)' does not exist)"
    r"(?! \()"
)
"""Athena's words for a name that it does not know, nothing behind them that would help."""

REACH_HINT = "check the network, the profile and the region"


SCALARS: Final[Mapping[str, Callable[[str], Cell]]] = {
    "boolean": lambda text: text == "true",
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), int),
    **dict.fromkeys(("double", "real", "float"), as_decimal),
    "decimal": Decimal,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "timestamp with time zone": zoned_moment,
    **dict.fromkeys(("char", "varchar", "string", "json", "varbinary"), str),
}
"""What reads a value of these types as Athena writes it; others are nested, or times of a day."""


def described_column(name: str, kind: str, precision: int, scale: int) -> Column:
    """A column as GetQueryResults describes it."""
    return Column(name, f"decimal({precision},{scale})" if kind == "decimal" else kind)


def read_table(
    columns: tuple[Column, ...], batches: Iterable[Sequence[tuple[Any, ...]]], max_rows: int | None
) -> Table:
    """The table of these rows; asks for no batch that is cut off.

    Raises `LimitReached` where there are more than memory has room for and no `max_rows` was named.
    """
    most = MAX_CELLS // max(1, len(columns))
    wanted = most if max_rows is None else min(max_rows, most)
    rows: list[tuple[Any, ...]] = []
    for batch in batches:
        rows.extend(batch)
        if len(rows) > wanted:
            break
    if len(rows) > wanted and max_rows is None:
        raise LimitReached(
            f"the result has more than {wanted} rows", hint="add a LIMIT, or aggregate"
        )
    return Table(columns, tuple(rows[:wanted]), truncated=len(rows) > wanted)


def refused(code: str, message: str) -> FinopsError:
    """What Athena, or the gateway before it, refused."""
    message, hint = told_apart(message)
    if code in IDENTITY_CODES or (hint and code in DENIED):
        return ConnectionFailed(f"{code}: {message}", hint=hint or REACH_HINT)
    if code == "ServiceQuotaExceededException":  # as the gateway has it of its caps
        return LimitReached(message)
    said = message if code == "InvalidRequestException" else f"{code}: {message}"
    return InputError(said, hint=hint)


def with_near_names(
    error: InputError, tables: Collection[str], columns: Callable[[], Sequence[str]]
) -> InputError:
    """What Athena refused, with the nearest names where it does not know one.

    `columns` are those of the bill; they are asked for only where a column is not known.
    """
    unknown = UNKNOWN.search(error.message)
    if error.hint or unknown is None:
        return error
    if unknown["column"]:
        hint = name_hint(unknown["column"].rpartition(".")[2], columns())
    else:
        close = nearest(unknown["table"].rpartition(".")[2], tables) or sorted(tables)
        hint = f"tables: {', '.join(close)}"
    return InputError(error.message, hint=hint)
