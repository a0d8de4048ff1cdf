"""Cubes: sums of the facts, so that Cost Explorer stays as fast as the bill grows.

`monthly` sums by month and charge. `monthly_plain` does so without telling tags apart, and
`daily_plain` by day: a charge there stands for all that differ from it in tags alone. Net costs
are summed line by line, as they are rounded.
"""

from __future__ import annotations

from finops_repl.simulator.bill_rows import NET_AMORTIZED, NET_UNBLENDED, PUBLIC
from finops_repl.trino.store import Store

__all__ = ["DAILY_CUBE_FROM", "make_cubes"]

DAILY_CUBE_FROM = 2_000_000
"""Rows from which on there is a daily cube: before, the facts themselves are as fast."""

_OF_FACTS = {
    "usage": "f.usage",
    "unblended": "f.unblended",
    "blended": "f.blended",
    "amortized": "f.amortized",
    "public": PUBLIC,
    "net_unblended": NET_UNBLENDED,
    "net_amortized": NET_AMORTIZED,
}
_FACTS = "fact f JOIN meter m ON m.meter = f.meter JOIN charge g ON g.charge = m.charge"


def _cube(name: str, keys: str, amounts: dict[str, str], source: str) -> str:
    sums = ", ".join(
        f"sum({sql})::DECIMAL(18, {6 if column == 'usage' else 10}) AS {column}"
        for column, sql in amounts.items()
    )
    return (
        f"CREATE TABLE {name} AS SELECT {keys}, f.type, f.commitment, {sums} FROM {source}"  # noqa: S608
        " GROUP BY ALL ORDER BY ALL"
    )


def make_cubes(store: Store, rows: int) -> None:
    """Sum up the facts of a store; `rows` is the size of its organisation."""
    store.execute(_cube("monthly", "f.month, m.charge", _OF_FACTS, _FACTS))
    of_cells = {column: f"f.{column}" for column in _OF_FACTS}
    cells = "monthly f JOIN charge g ON g.charge = f.charge"
    store.execute(_cube("monthly_plain", "f.month, g.plain AS charge", of_cells, cells))
    if rows >= DAILY_CUBE_FROM:
        store.execute(_cube("daily_plain", "f.day, g.plain AS charge", _OF_FACTS, _FACTS))
