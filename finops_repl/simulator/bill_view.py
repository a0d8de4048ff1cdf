"""A kind of bill over the ledger's tables: whole as a view, or as a SELECT of some columns.

DuckDB plans every expression and join of a view, whatever is read of it; a SELECT of few columns
joins only what they are made of. Each line has exactly one meter, charge, line type and month, and
at most one commitment, so that a join left out changes no row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

__all__ = ["JOINS", "BillView", "Lines", "lines_and_shares"]

Lines = Callable[[Collection[str], str], str]
"""The lines of a bill with some columns of the ledger, from the tables whose names begin so."""

JOINS: Mapping[str, tuple[str, frozenset[str]]] = {
    "m": ("JOIN {0}meter m ON m.meter = f.meter", frozenset({"meter"})),
    "g": ("JOIN {0}charge g ON g.charge = m.charge", frozenset()),
    "t": ("JOIN {0}line_type t ON t.type = f.type", frozenset({"type"})),
    "b": ("JOIN {0}billing_month b ON b.month = f.month", frozenset({"month"})),
    "c": ("LEFT JOIN {0}commitment c ON c.commitment = f.commitment", frozenset({"commitment"})),
}
"""By alias: what describes a line, and the line's columns that lead there."""

COLUMN = re.compile(r"\b([fmgbc])\.(\w+|\"[^\"]+\")")
LINE_TYPE = re.compile(r"\btype_name\b")

_FACT = (
    "meter", "day", "month", "type", "commitment", "usage", "unblended", "blended", "amortized",
)  # fmt: skip
_MONEY0 = "0::DECIMAL(18, 10)"
_OF_SHARES = {
    "type": "0::TINYINT",
    "commitment": "(-1)::TINYINT",
    "unblended": _MONEY0,
    "blended": _MONEY0,
    "amortized": _MONEY0,
    "split_usage": "usage",
}
"""What a pod's share of a line has otherwise than by its own name: it costs nothing itself."""


def lines_and_shares(columns: Collection[str], prefix: str) -> str:
    """The ledger's facts, and what split cost allocation tells of them beside."""
    ordered = sorted(columns)
    facts = ", ".join(name if name in _FACT else f"NULL AS {name}" for name in ordered)
    shares = ", ".join(f"{_OF_SHARES.get(name, name)} AS {name}" for name in ordered)
    return f"SELECT {facts} FROM {prefix}fact UNION ALL SELECT {shares} FROM {prefix}split"  # noqa: S608  constants


@dataclass(frozen=True, slots=True)
class BillView:
    """Columns by name, kind and SQL, over `lines` (as `f`) and what describes them."""

    columns: tuple[tuple[str, str, str], ...]
    lines: Lines = lines_and_shares
    where: str = ""

    def statement(self, name: str) -> str:
        """The statement that makes the view."""
        return f"CREATE VIEW {name} AS {self.select([column for column, _, _ in self.columns])}"

    def select(self, columns: Collection[str], *, schema: str = "") -> str:
        """The SELECT of these columns; of none, as many rows as there are lines."""
        prefix = f"{schema}." if schema else ""
        wanted = {column.lower() for column in columns}
        chosen = [f'{sql} AS "{name}"' for name, _, sql in self.columns if name in wanted]
        text = " ".join([*chosen, self.where])
        used = {alias for alias, _ in COLUMN.findall(text)}
        used |= {"t"} if LINE_TYPE.search(text) else set()
        used |= {"m"} if "g" in used else set()
        joins = [JOINS[alias] for alias in JOINS if alias in used]
        of_lines = {column for alias, column in COLUMN.findall(text) if alias == "f"}
        needed = of_lines.union({"meter"}, *(keys for _, keys in joins))
        joined = " ".join(join.format(prefix) for join, _ in joins)
        where = f" WHERE {self.where}" if self.where else ""
        return (
            f"SELECT {', '.join(chosen) or '1 AS line'}"  # noqa: S608  constants
            f" FROM ({self.lines(needed, prefix)}) f {joined}{where}"
        )
