"""The exports of the bill that an account delivers to S3: legacy reports and Data Exports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from finops_repl.billing.port import BillKind

__all__ = ["Export", "data_exports", "legacy_reports"]

SOURCES: Mapping[str, BillKind] = {"COST_AND_USAGE_REPORT": "cur2", "FOCUS_1_": "focus"}
"""What an export's query begins to select from, by the table dictionary of AWS Data Exports."""


@dataclass(frozen=True, slots=True)
class Export:
    """`place` (`s3://bucket/prefix/name/`) holds its objects, in a bucket of `region`."""

    name: str
    kind: BillKind
    place: str
    region: str


def legacy_reports(cur: Any) -> tuple[Export, ...]:
    """The Cost and Usage Reports of the legacy kind; `cur` is boto3's client, in us-east-1."""
    pages = cur.get_paginator("describe_report_definitions").paginate()
    return tuple(
        Export(
            report["ReportName"],
            "legacy",
            _place(report["S3Bucket"], report.get("S3Prefix", ""), report["ReportName"]),
            report["S3Region"],
        )
        for page in pages
        for report in page.get("ReportDefinitions", ())
    )


def data_exports(exports: Any) -> tuple[Export, ...]:
    """The exports of Data Exports; `exports` is boto3's bcm-data-exports client, in us-east-1."""
    pages = exports.get_paginator("list_exports").paginate()
    arns = [each["ExportArn"] for page in pages for each in page.get("Exports", ())]
    return tuple(_export(exports.get_export(ExportArn=arn)["Export"]) for arn in arns)


def _export(told: Mapping[str, Any]) -> Export:
    place = told["DestinationConfigurations"]["S3Destination"]
    found = re.search(r"\bFROM\s+(\w+)", told["DataQuery"]["QueryStatement"], re.IGNORECASE)
    source = found[1].upper() if found else ""
    kind: BillKind = next(
        (kind for name, kind in SOURCES.items() if source.startswith(name)), "other"
    )
    return Export(
        told["Name"],
        kind,
        _place(place["S3Bucket"], place.get("S3Prefix", ""), told["Name"]),
        place["S3Region"],
    )


def _place(bucket: str, prefix: str, name: str) -> str:
    return "/".join(part for part in (f"s3://{bucket}", prefix.strip("/"), name) if part) + "/"
