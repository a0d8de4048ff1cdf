"""The bill in Athena: one ledger as CUR 2.0, as legacy CUR and as FOCUS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from finops_repl.base.table import Column
from finops_repl.trino.catalog import Catalog, TableDef

if TYPE_CHECKING:
    from finops_repl.simulator.bill_view import BillView

__all__ = ["BILL", "CATALOG", "DATABASE", "FOCUS", "LEGACY", "TABLE", "catalog", "views"]

CATALOG, DATABASE = "AwsDataCatalog", "billing"
TABLE, LEGACY, FOCUS = "cur2", "cur_legacy", "focus_1_2"
BILL = {
    "catalog": CATALOG,
    "database": DATABASE,
    "table": TABLE,
    "kind": "cur2",
    "partition": "billing_period",
    "workgroup": "primary",
}
_KINDS = {
    "s": "varchar",
    "d": "double",
    "t": "timestamp(3)",
    "m": "map(varchar, varchar)",
    "md": "map(varchar, double)",
}


def catalog(paths: Mapping[str, str] | None = None) -> Catalog:
    """What Athena's users see of the bill; `paths` say where each table's rows lie."""
    from finops_repl.simulator import cur2, focus, legacy  # to name the bill takes none of them

    def table(name: str, view: BillView, *keys: str) -> TableDef:
        listed = tuple(Column(column, _KINDS[kind]) for column, kind, _ in view.columns)
        return TableDef(listed, keys, path=(paths or {}).get(name, ""), narrowed=view.select)

    return Catalog(
        CATALOG,
        DATABASE,
        {
            TABLE: table(TABLE, cur2.VIEW, "billing_period"),
            LEGACY: table(LEGACY, legacy.VIEW, *legacy.PARTITIONS),
            FOCUS: table(FOCUS, focus.VIEW, "billing_period"),
        },
    )


def views() -> Iterator[str]:
    """The statements that make the three over the tables of `tables`."""
    from finops_repl.simulator import cur2, focus, legacy

    yield cur2.VIEW.statement(TABLE)
    yield legacy.VIEW.statement(LEGACY)
    yield focus.VIEW.statement(FOCUS)
