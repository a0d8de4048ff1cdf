"""Glue: the data catalog of the bill: its database, tables and partitions, and where they lie."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.base.errors import FinopsError
from finops_repl.simulator.exports import EXPORTS, BillExport, export_bucket
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.months import Month
from finops_repl.simulator.view import View, invalid
from finops_repl.trino.catalog import Catalog, TableDef
from finops_repl.trino.room import SqlRoom

__all__ = ["GlueService"]

PAGE = 100
"""Source: Glue's API reference, GetTables: at most 100 a page; partitions come by 1,000."""
PARTITIONS_PER_PAGE = 1_000
MOST_ASKED = 1_000
CREATED = datetime(2024, 1, 1, tzinfo=UTC)
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


class GlueService:
    """Answers what a client needs to find the bill's tables and read their files itself.

    How many records there are is counted in the tables, as a crawler would have.
    """

    def __init__(self, view: View, catalog: Catalog, room: SqlRoom) -> None:
        self._view, self._catalog, self._room = view, catalog, room
        self._exports = {export.table: export for export in EXPORTS}
        self._handlers: dict[str, Callable[[Mapping[str, Any]], Answer]] = {
            "GetDatabases": self._databases,
            "GetDatabase": self._database,
            "GetTables": self._tables,
            "GetTable": self._table,
            "GetPartitions": self._partitions,
            "GetPartition": self._partition,
            "BatchGetPartition": self._asked_partitions,
        }

    @property
    def operations(self) -> frozenset[str]:
        """The operations that are answered."""
        return frozenset(self._handlers)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        account = call.params.get("CatalogId")
        if account not in (None, self._view.world.payer.id):
            return _missing(f"Catalog {account} not found.")
        database = call.params.get("DatabaseName", call.params.get("Name"))
        if call.operation != "GetDatabases" and str(database).lower() != self._catalog.database:
            return _missing(f"Database {database} not found.")
        return self._handlers[call.operation](call.params)

    def _databases(self, params: Mapping[str, Any]) -> Answer:
        return Result({"DatabaseList": [self._described_database()]})

    def _database(self, params: Mapping[str, Any]) -> Answer:
        return Result({"Database": self._described_database()})

    def _described_database(self) -> dict[str, Any]:
        return {
            "Name": self._catalog.database,
            "Description": "Exports of the bill",
            "LocationUri": f"s3://{self._bucket}/",
            "CreateTime": CREATED,
            "CatalogId": self._view.world.payer.id,
        }

    def _tables(self, params: Mapping[str, Any]) -> Answer:
        try:
            wanted = re.compile(params.get("Expression") or ".*")
        except re.error:
            return _refused("Expression is not a valid regular expression")
        named = [name for name in sorted(self._catalog.tables) if wanted.fullmatch(name)]
        page = cut(named, params, "MaxResults", PAGE, PAGE)
        if page is None:
            return _refused("The NextToken is not valid.")
        shown, token = page
        return Result({"TableList": [self._described(name) for name in shown]} | _next(token))

    def _table(self, params: Mapping[str, Any]) -> Answer:
        found = self._catalog.find((str(params["Name"]),))
        if found is None:
            return _missing(f"Table {params['Name']} not found.")
        return Result({"Table": self._described(found[0])})

    def _partitions(self, params: Mapping[str, Any]) -> Answer:
        found = self._export(params)
        if isinstance(found, Refusal):
            return found
        try:
            months = self._matching(found, str(params.get("Expression") or ""))
        except FinopsError as error:
            return _refused(f"Expression is not valid: {error.message}")
        page = cut(months, params, "MaxResults", PARTITIONS_PER_PAGE, PARTITIONS_PER_PAGE)
        if page is None:
            return _refused("The NextToken is not valid.")
        shown, token = page
        described = [self._described_partition(found, month) for month in shown]
        if params.get("ExcludeColumnSchema"):
            for each in described:
                del each["StorageDescriptor"]["Columns"]
        return Result({"Partitions": described} | _next(token))

    def _partition(self, params: Mapping[str, Any]) -> Answer:
        found = self._export(params)
        if isinstance(found, Refusal):
            return found
        month = self._month(found, params["PartitionValues"])
        if month is None:
            return _missing("Cannot find partition.")
        return Result({"Partition": self._described_partition(found, month)})

    def _asked_partitions(self, params: Mapping[str, Any]) -> Answer:
        found = self._export(params)
        if isinstance(found, Refusal):
            return found
        asked = [each["Values"] for each in params["PartitionsToGet"]]
        if len(asked) > MOST_ASKED:
            return _refused(f"PartitionsToGet has more than {MOST_ASKED} entries")
        months = [month for values in asked if (month := self._month(found, values)) is not None]
        # As Glue does, one that is not there is left out without a word.
        return Result({"Partitions": [self._described_partition(found, each) for each in months]})

    def _export(self, params: Mapping[str, Any]) -> BillExport | Refusal:
        found = self._catalog.find((str(params["TableName"]),))
        if found is None:
            return _missing(f"Table {params['TableName']} not found.")
        return self._exports[found[0]]

    def _month(self, export: BillExport, values: Sequence[str]) -> Month | None:
        for month in self._view.calendar.months():
            if list(export.partition(month).values()) == list(values):
                return month
        return None

    def _matching(self, export: BillExport, expression: str) -> list[Month]:
        """The months of which an expression over the partition keys holds."""
        months = list(self._view.calendar.months())
        if not expression:
            return months
        keys = ", ".join(export.partition(months[0]))
        rows = ", ".join(
            "({})".format(", ".join(f"'{value}'" for value in export.partition(month).values()))
            for month in months
        )
        # The room knows these rows alone: any other name is refused there, by its name.
        told = f"SELECT {keys} FROM (VALUES {rows}) AS partition ({keys}) WHERE ({expression})"  # noqa: S608
        held = {tuple(map(str, row)) for row in self._room.query(told).rows}
        return [month for month in months if tuple(export.partition(month).values()) in held]

    def _described(self, name: str) -> dict[str, Any]:
        export, table = self._exports[name], self._catalog.tables[name]
        counted = sum(self._records[name].values())
        return {
            "Name": name,
            "DatabaseName": self._catalog.database,
            "CreateTime": CREATED,
            "UpdateTime": self._view.calendar.now,
            "Retention": 0,
            "StorageDescriptor": _stored(table, f"s3://{self._bucket}/{export.folder}/"),
            "PartitionKeys": _columns(table, keys=True),
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "parquet", "recordCount": str(counted)},
            "IsRegisteredWithLakeFormation": False,
            "CatalogId": self._view.world.payer.id,
        }

    def _described_partition(self, export: BillExport, month: Month) -> dict[str, Any]:
        table = self._catalog.tables[export.table]
        folder = export.data_key(month).rpartition("/")[0]
        return {
            "Values": list(export.partition(month).values()),
            "DatabaseName": self._catalog.database,
            "TableName": export.table,
            "CreationTime": self._view.calendar.moment(max(0, month.first)),
            "StorageDescriptor": _stored(table, f"s3://{self._bucket}/{folder}/"),
            "Parameters": {"recordCount": str(self._records[export.table].get(month.period, 0))},
            "CatalogId": self._view.world.payer.id,
        }

    @property
    def _bucket(self) -> str:
        return export_bucket(self._view.world.payer.id)

    @cached_property
    def _records(self) -> Mapping[str, Mapping[str, int]]:
        """How many rows each table has, by billing period."""
        return {
            name: {
                _period(keys): count
                for *keys, count in self._view.rows(
                    f"SELECT {', '.join(table.partition_keys)}, count(*) FROM {name} GROUP BY ALL"  # noqa: S608
                )
            }
            for name, table in self._catalog.tables.items()
        }


def _period(keys: Sequence[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{keys[0]}-{int(keys[1]):02}"


def _stored(table: TableDef, location: str) -> dict[str, Any]:
    return {
        "Columns": _columns(table, keys=False),
        "Location": location,
        "InputFormat": f"{PARQUET}.MapredParquetInputFormat",
        "OutputFormat": f"{PARQUET}.MapredParquetOutputFormat",
        "Compressed": False,
        "NumberOfBuckets": -1,
        "SerdeInfo": {"SerializationLibrary": f"{PARQUET}.serde.ParquetHiveSerDe"},
        "StoredAsSubDirectories": False,
    }


def _columns(table: TableDef, *, keys: bool) -> list[dict[str, str]]:
    return [
        {"Name": column.name, "Type": column.type}
        for column in table.hive_columns
        if (column.name in table.partition_keys) == keys
    ]


def _next(token: str) -> dict[str, str]:
    return {"NextToken": token} if token else {}


def _missing(message: str) -> Refusal:
    return invalid(message, "EntityNotFoundException")


def _refused(message: str) -> Refusal:
    return invalid(message, "InvalidInputException")
