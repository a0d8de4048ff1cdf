"""Where the bill is delivered in S3: three exports, laid out as AWS lays out its own.

Sources: "Understanding export delivery", AWS Data Exports; "Querying Cost and Usage Reports using
Amazon Athena", AWS CUR.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from finops_repl.simulator.bill import FOCUS, LEGACY, TABLE
from finops_repl.simulator.months import Month

__all__ = [
    "CUR2_EXPORT",
    "EXPORTS",
    "FOCUS_EXPORT",
    "LEGACY_REPORT",
    "REGION",
    "BillExport",
    "delivered",
    "export_bucket",
]

REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class BillExport:
    """One delivery of the bill: its name, the table that holds the same rows, its prefix in S3."""

    name: str
    table: str
    prefix: str
    layout: Literal["report", "data export"]

    @property
    def folder(self) -> str:
        """What holds the months' rows."""
        return f"{self.prefix}/{self.name}/{self.name if self.layout == 'report' else 'data'}"

    @property
    def data_keys(self) -> str:
        """Where rows lie, with the columns of their partition in braces."""
        file = f"{self.name}-00001.snappy.parquet"
        if self.layout == "report":
            return f"{self.folder}/year={{year}}/month={{month}}/{file}"
        return f"{self.folder}/BILLING_PERIOD={{billing_period}}/{file}"

    def data_key(self, month: Month) -> str:
        """Where a month's rows lie."""
        return self.data_keys.format_map(self.partition(month))

    def manifest_key(self, month: Month) -> str:
        """Where it is said what a month's rows hold."""
        file = f"{self.name}-Manifest.json"
        if self.layout == "report":
            days = f"{month.starts:%Y%m%d}-{month.ends:%Y%m%d}"
            return f"{self.prefix}/{self.name}/{days}/{file}"
        return f"{self.prefix}/{self.name}/metadata/BILLING_PERIOD={month.period}/{file}"

    def partition(self, month: Month) -> Mapping[str, str]:
        """The columns that a folder stands for, with their values: a file does not repeat them."""
        if self.layout == "report":
            return {"year": str(month.starts.year), "month": str(month.starts.month)}
        return {"billing_period": month.period}


CUR2_EXPORT = BillExport("sim-cur2", TABLE, "cur2", "data export")
LEGACY_REPORT = BillExport("sim-legacy", LEGACY, "legacy", "report")
FOCUS_EXPORT = BillExport("sim-focus", FOCUS, "focus", "data export")
EXPORTS = (CUR2_EXPORT, LEGACY_REPORT, FOCUS_EXPORT)


def export_bucket(account_id: str) -> str:
    """The payer's bucket that the exports are delivered to."""
    return f"sim-billing-exports-{account_id}"


def delivered(account_id: str) -> Mapping[str, str]:
    """Where the rows of each table lie, as `TableDef.path` says it."""
    bucket = export_bucket(account_id)
    return {each.table: f"s3://{bucket}/{each.data_keys}" for each in EXPORTS}
