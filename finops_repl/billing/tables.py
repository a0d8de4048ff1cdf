"""Tables that hold a bill, found in Glue by their columns, whatever they are called."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from finops_repl.billing.kind import kind_of, partition_of
from finops_repl.billing.port import BillKind

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

__all__ = ["FoundTable", "bill_tables", "completeness", "described"]

KINDS: tuple[BillKind, ...] = get_args(BillKind)


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table with the signature of a bill; `columns` is their number, `partition` the month's."""

    region: str
    database: str
    table: str
    kind: BillKind
    partition: str
    columns: int
    location: str = ""
    is_view: bool = False

    @property
    def name(self) -> str:
        """As `aws.bill` names it."""
        return f"{self.database}.{self.table}"


def bill_tables(
    glue: Any, region: str, *, refused: Callable[[str, ClientError], None]
) -> Iterator[FoundTable]:
    """The region's tables that are a bill; `glue` is boto3's client there.

    `refused` is told of each database that may not be read; the others are read all the same.
    """
    from botocore.exceptions import ClientError

    for page in glue.get_paginator("get_databases").paginate():
        for database in page["DatabaseList"]:
            try:
                for tables in glue.get_paginator("get_tables").paginate(
                    DatabaseName=database["Name"]
                ):
                    found = (described(table, region) for table in tables["TableList"])
                    yield from (table for table in found if table.kind != "other")
            except ClientError as error:
                refused(database["Name"], error)


def described(table: Mapping[str, Any], region: str) -> FoundTable:
    """A table as Glue describes it."""
    stored = table.get("StorageDescriptor", {})
    declared = [*stored.get("Columns", ()), *table.get("PartitionKeys", ())]
    names = [column["Name"] for column in declared]
    return FoundTable(
        region,
        table["DatabaseName"],
        table["Name"],
        kind_of(names),
        partition_of(names),
        len(names),
        stored.get("Location", ""),
        table.get("TableType") == "VIRTUAL_VIEW",
    )


def completeness(table: FoundTable, exports: Collection[str]) -> tuple[object, ...]:
    """Orders tables, the most complete first: by kind, then tables before views of them.

    Of those alike, one over a place in `exports`, one with the month as its partition, and the
    one with more columns come first.
    """
    return (
        KINDS.index(table.kind),
        table.is_view,
        not any(table.location.startswith(place) for place in exports),
        not table.partition,
        -table.columns,
        table.region,
        table.name,
    )
