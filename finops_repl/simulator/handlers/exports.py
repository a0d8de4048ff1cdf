"""What is exported of the bill: CUR 2.0 and FOCUS 1.2 as data exports, the legacy CUR as a report.

They are the definitions of the three tables that Athena has; S3 has their files.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator import cur2, focus
from finops_repl.simulator.exports import (
    CUR2_EXPORT,
    FOCUS_EXPORT,
    LEGACY_REPORT,
    REGION,
    BillExport,
    export_bucket,
)
from finops_repl.simulator.handlers.pages import Paging
from finops_repl.simulator.view import View, invalid

__all__ = ["DataExportService", "ReportService"]

INVALID_TOKEN = invalid("NextToken is not valid")
PAGES = Paging("MaxResults", 100, 300, INVALID_TOKEN)
REPORT_PAGES = Paging("MaxResults", 5, 5, INVALID_TOKEN)
CREATED = datetime(2024, 1, 15, 9, 0, tzinfo=UTC)
PARTITION = "billing_period"
GRANULARITIES = ("HOURLY", "DAILY", "MONTHLY")
SWITCH = ("TRUE", "FALSE")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table that may be exported, and the export there is of it."""

    table: str
    description: str
    export: BillExport
    columns: tuple[tuple[str, str, str], ...]
    properties: Mapping[str, tuple[tuple[str, ...], str, str]]
    """Name: valid values, default, what the export has."""


KINDS = (
    _Kind(
        "COST_AND_USAGE_REPORT", "Cost and usage, CUR 2.0", CUR2_EXPORT, cur2.COLUMNS,
        {
            "TIME_GRANULARITY": (GRANULARITIES, "DAILY", "DAILY"),
            "INCLUDE_RESOURCES": (SWITCH, "FALSE", "TRUE"),
            "INCLUDE_SPLIT_COST_ALLOCATION_DATA": (SWITCH, "FALSE", "TRUE"),
        },
    ),
    _Kind(
        "FOCUS_1_2_AWS", "Cost and usage, FOCUS 1.2 with AWS columns", FOCUS_EXPORT, focus.COLUMNS,
        {"TIME_GRANULARITY": (GRANULARITIES, "DAILY", "DAILY")},
    ),
)  # fmt: skip
TYPES = {
    "s": "string",
    "d": "double",
    "t": "timestamp",
    "m": "map<string, string>",
    "md": "map<string, double>",
}


class DataExportService:
    """Answers which data exports there are and of which tables."""

    operations = frozenset({"GetExport", "GetTable", "ListExports", "ListTables"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        params = call.params
        match call.operation:
            case "ListTables":
                return _page([_table(kind) for kind in KINDS], params, "Tables")
            case "ListExports":
                listed = [
                    {
                        "ExportArn": self._arn(kind),
                        "ExportName": kind.export.name,
                        "ExportStatus": self._status(),
                    }
                    for kind in KINDS
                ]
                return _page(listed, params, "Exports")
            case "GetTable":
                return _schema(params)
        for kind in KINDS:
            if self._arn(kind) == params.get("ExportArn"):
                return Result({"Export": self._export(kind), "ExportStatus": self._status()})
        return Refusal("ResourceNotFoundException", f"There is no export {params.get('ExportArn')}")

    def _export(self, kind: _Kind) -> dict[str, Any]:
        columns = ", ".join(name for name, _, _ in kind.columns if name != PARTITION)
        return {
            "ExportArn": self._arn(kind),
            "Name": kind.export.name,
            "Description": kind.description,
            "DataQuery": {
                "QueryStatement": f"SELECT {columns} FROM {kind.table}",  # noqa: S608  shown only
                "TableConfigurations": {
                    kind.table: {name: chosen for name, (*_, chosen) in kind.properties.items()}
                },
            },
            "DestinationConfigurations": {
                "S3Destination": {
                    "S3Bucket": export_bucket(self._view.world.payer.id),
                    "S3BucketOwner": self._view.world.payer.id,
                    "S3Prefix": kind.export.prefix,
                    "S3Region": REGION,
                    "S3OutputConfigurations": {
                        "OutputType": "CUSTOM",
                        "Format": "PARQUET",
                        "Compression": "PARQUET",
                        "Overwrite": "OVERWRITE_REPORT",
                    },
                }
            },
            "RefreshCadence": {"Frequency": "SYNCHRONOUS"},
        }

    def _status(self) -> dict[str, Any]:
        refreshed = delivered(self._view)
        return {
            "StatusCode": "HEALTHY",
            "CreatedAt": CREATED,
            "LastUpdatedAt": CREATED,
            "LastRefreshedAt": refreshed,
        }

    def _arn(self, kind: _Kind) -> str:
        id_ = self._view.world.chance.uuid("export", kind.export.name)
        payer = self._view.world.payer.id
        return f"arn:aws:bcm-data-exports:{REGION}:{payer}:export/{kind.export.name}-{id_}"


class ReportService:
    """Answers the definition of the legacy Cost and Usage Report."""

    operations = frozenset({"DescribeReportDefinitions"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        report = {
            "ReportName": LEGACY_REPORT.name,
            "TimeUnit": "DAILY",
            "Format": "Parquet",
            "Compression": "Parquet",
            "AdditionalSchemaElements": ["RESOURCES", "SPLIT_COST_ALLOCATION_DATA"],
            "S3Bucket": export_bucket(self._view.world.payer.id),
            "S3Prefix": LEGACY_REPORT.prefix,
            "S3Region": REGION,
            "AdditionalArtifacts": ["ATHENA"],
            "RefreshClosedReports": True,
            "ReportVersioning": "OVERWRITE_REPORT",
            "ReportStatus": {
                "lastDelivery": delivered(self._view).strftime("%Y%m%dT%H%M%SZ"),
                "lastStatus": "SUCCESS",
            },
        }
        return REPORT_PAGES.answer(
            [report], call.params, lambda shown: {"ReportDefinitions": list(shown)}
        )


def delivered(view: View) -> datetime:
    """When the last day was exported: some hours after its end."""
    return view.calendar.now.replace(hour=6)


def _table(kind: _Kind) -> dict[str, Any]:
    return {
        "TableName": kind.table,
        "Description": kind.description,
        "TableProperties": [
            {"Name": name, "ValidValues": list(valid), "DefaultValue": default}
            for name, (valid, default, _) in kind.properties.items()
        ],
    }


def _schema(params: Mapping[str, Any]) -> Answer:
    kind = next((kind for kind in KINDS if kind.table == params.get("TableName")), None)
    if kind is None:
        known = ", ".join(kind.table for kind in KINDS)
        return invalid(f"TableName {params.get('TableName')} is not valid. Valid values: {known}")
    given = params.get("TableProperties") or {}
    for name, value in given.items():
        valid = kind.properties[name][0] if name in kind.properties else ()
        if value not in valid:
            return invalid(f"TableProperties {name}={value} is not valid: {', '.join(valid)}")
    defaults = {name: default for name, (_, default, _) in kind.properties.items()}
    return Result(
        {
            "TableName": kind.table,
            "Description": kind.description,
            "TableProperties": {**defaults, **given},
            "Schema": [
                {"Name": name, "Type": TYPES[type_]}
                for name, type_, _ in kind.columns
                if name != PARTITION
            ],
        }
    )


def _page(listed: Sequence[Any], params: Mapping[str, Any], name: str) -> Answer:
    return PAGES.answer(listed, params, lambda shown: {name: list(shown)})
