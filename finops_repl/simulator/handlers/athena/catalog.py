"""What Athena says about workgroups, catalogs, databases and tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from finops_repl.aws.call import Answer, Refusal, Result
from finops_repl.trino.catalog import Catalog, TableDef
from finops_repl.trino.types import hive_type, parse_type

__all__ = ["WORKGROUP", "CatalogAnswers", "invalid"]

WORKGROUP = "primary"
CREATED = datetime(2024, 1, 1, tzinfo=UTC)


def invalid(message: str) -> Refusal:
    """Athena's error for a request that cannot be met."""
    return Refusal("InvalidRequestException", message)


def missing(message: str) -> Refusal:
    """Athena's error for a database or table that is not there."""
    return Refusal("MetadataException", message)


class CatalogAnswers:
    """Handlers over one catalog; results of queries go to `location`."""

    def __init__(self, catalog: Catalog, location: str) -> None:
        self._catalog, self._location = catalog, location
        self.handlers: dict[str, Callable[[Mapping[str, Any]], Answer]] = {
            "ListWorkGroups": self._workgroups,
            "GetWorkGroup": self._workgroup,
            "ListDataCatalogs": self._catalogs,
            "GetDataCatalog": self._catalog_of,
            "ListDatabases": self._databases,
            "GetDatabase": self._database,
            "ListTableMetadata": self._tables,
            "GetTableMetadata": self._table,
        }

    def _workgroups(self, params: Mapping[str, Any]) -> Answer:
        return Result({"WorkGroups": [{"Name": WORKGROUP, "State": "ENABLED", "Description": ""}]})

    def _workgroup(self, params: Mapping[str, Any]) -> Answer:
        if params["WorkGroup"] != WORKGROUP:
            return invalid(f"WorkGroup {params['WorkGroup']} is not found.")
        engine = {
            "SelectedEngineVersion": "AUTO",
            "EffectiveEngineVersion": "Athena engine version 3",
        }
        configuration = {
            "ResultConfiguration": {"OutputLocation": self._location},
            "EnforceWorkGroupConfiguration": False,
            "PublishCloudWatchMetricsEnabled": False,
            "RequesterPaysEnabled": False,
            "EngineVersion": engine,
        }
        group = {"Name": WORKGROUP, "State": "ENABLED", "Configuration": configuration}
        return Result({"WorkGroup": group | {"CreationTime": CREATED}})

    def _catalogs(self, params: Mapping[str, Any]) -> Answer:
        return Result(
            {"DataCatalogsSummary": [{"CatalogName": self._catalog.name, "Type": "GLUE"}]}
        )

    def _catalog_of(self, params: Mapping[str, Any]) -> Answer:
        refused = self._refuse(params.get("Name"), None)
        named = {"Name": self._catalog.name, "Type": "GLUE"}
        return refused or Result({"DataCatalog": named})

    def _databases(self, params: Mapping[str, Any]) -> Answer:
        refused = self._refuse(params.get("CatalogName"), None)
        return refused or Result({"DatabaseList": [{"Name": self._catalog.database}]})

    def _database(self, params: Mapping[str, Any]) -> Answer:
        refused = self._refuse(params.get("CatalogName"), params["DatabaseName"])
        return refused or Result({"Database": {"Name": self._catalog.database}})

    def _tables(self, params: Mapping[str, Any]) -> Answer:
        refused = self._refuse(params.get("CatalogName"), params["DatabaseName"])
        if refused:
            return refused
        try:
            wanted = re.compile(params.get("Expression") or ".*")
        except re.error:
            return invalid("Expression is not a valid regular expression")
        listed = [
            _described(name, table)
            for name, table in sorted(self._catalog.tables.items())
            if wanted.fullmatch(name)
        ]
        return Result({"TableMetadataList": listed})

    def _table(self, params: Mapping[str, Any]) -> Answer:
        refused = self._refuse(params.get("CatalogName"), params["DatabaseName"])
        found = self._catalog.find((params["TableName"],))
        if refused or found is None:
            return refused or missing(f"EntityNotFoundException: Table {params['TableName']}")
        return Result({"TableMetadata": _described(*found)})

    def _refuse(self, catalog: str | None, database: str | None) -> Refusal | None:
        if catalog is not None and catalog.lower() != self._catalog.name.lower():
            return invalid(f"Data catalog {catalog} was not found")
        if database is not None and database.lower() != self._catalog.database.lower():
            return missing(f"EntityNotFoundException: Database {database} not found.")
        return None


def _described(name: str, table: TableDef) -> dict[str, Any]:
    keys = {key.lower() for key in table.partition_keys}
    columns = [
        {"Name": column.name, "Type": hive_type(parse_type(column.type))}
        for column in table.columns
    ]
    return {
        "Name": name,
        "CreateTime": CREATED,
        "TableType": "EXTERNAL_TABLE",
        "Columns": [each for each in columns if each["Name"].lower() not in keys],
        "PartitionKeys": [each for each in columns if each["Name"].lower() in keys],
        "Parameters": {"classification": "parquet"},
    }
