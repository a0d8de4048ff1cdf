"""Tables from columns of Python values or NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from finops_repl.trino.store import Store

__all__ = ["insert", "money"]

Column = Sequence[Any] | np.ndarray[Any, Any]
E10 = 1e10


def insert(
    store: Store, table: str, columns: Mapping[str, Column], select: str = "*",
    source: str = "incoming",
) -> None:  # fmt: skip
    """Make a table of columns; text columns hold objects, the others numbers.

    `source` may join the columns, which are called `incoming`, with what is there already.
    """
    arrays = {name: _array(values) for name, values in columns.items()}
    store.register("incoming", arrays)
    store.execute(f"CREATE TABLE {table} AS SELECT {select} FROM {source}")  # noqa: S608  constants
    store.unregister("incoming")


def _array(values: Column) -> np.ndarray[Any, Any]:
    if isinstance(values, np.ndarray):
        return values
    values = list(values)
    text = any(isinstance(value, str) or value is None for value in values) or not values
    return np.array(values, dtype=object if text else None)


def money(name: str) -> str:
    """The column of 10^-10 dollars as a decimal of dollars."""
    # A double holds these whole numbers exactly, and DuckDB rounds back to the tenth place.
    return f"({name} / {E10:.1f})::DECIMAL(18, 10) AS {name}"
