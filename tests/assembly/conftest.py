"""A stand-in of AWS with exports, tables and workgroups, and profiles that may ask it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.backends import get_backend

from tests.standin.aws_account import ACCESS_KEY, SECRET_KEY, AwsStandIn, profile_text

CUR2 = (
    "line_item_unblended_cost line_item_usage_account_name line_item_product_code product"
    " resource_tags bill_payer_account_name"
)
DATA = "444455556666"

COST_AND_USAGE = {
    "ResultsByTime": [
        {
            "TimePeriod": {"Start": "2026-11-20", "End": "2026-11-21"},
            "Total": {"UnblendedCost": {"Amount": "1234.5678", "Unit": "USD"}},
            "Estimated": True,
        }
    ]
}
REPORTS = {
    "ReportDefinitions": [
        {
            "ReportName": "legacy",
            "TimeUnit": "DAILY",
            "Format": "Parquet",
            "Compression": "Parquet",
            "AdditionalSchemaElements": ["RESOURCES"],
            "S3Bucket": "old-bills",
            "S3Prefix": "cur/",
            "S3Region": "eu-west-1",
        }
    ]
}
EXPORT_ARN = "arn:aws:bcm-data-exports:us-east-1:123456789012:export/cur2-0a"
EXPORTS = {
    "Exports": [
        {
            "ExportArn": EXPORT_ARN,
            "ExportName": "cur2",
            "ExportStatus": {
                "StatusCode": "HEALTHY",
                "CreatedAt": 1790000000,
                "LastUpdatedAt": 1790000000,
            },
        }
    ]
}
EXPORT = {
    "Export": {
        "ExportArn": EXPORT_ARN,
        "Name": "cur2",
        "DataQuery": {"QueryStatement": "SELECT line_item_x FROM COST_AND_USAGE_REPORT"},
        "DestinationConfigurations": {
            "S3Destination": {
                "S3Bucket": "bills",
                "S3Prefix": "exports",
                "S3Region": "eu-central-1",
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
}


SCRIPTED: dict[str, dict[str, Any] | tuple[str, str]] = {
    "GetCostAndUsage": COST_AND_USAGE,
    "DescribeReportDefinitions": REPORTS,
    "ListExports": EXPORTS,
    "GetExport": EXPORT,
    "GetTableMetadata": {
        "TableMetadata": {
            "Name": "cur2",
            "Columns": [{"Name": name, "Type": "string"} for name in CUR2.split()],
            "PartitionKeys": [{"Name": "billing_period", "Type": "string"}],
        }
    },
}


@pytest.fixture(scope="module")
def filled() -> Iterator[AwsStandIn]:
    for service in ("glue", "athena", "organizations"):
        get_backend(service).reset()
    with AwsStandIn() as running:
        fill(running, ACCESS_KEY, SECRET_KEY)
        yield running


@pytest.fixture
def standin(filled: AwsStandIn) -> AwsStandIn:
    """An account whose CUR 2.0 table lies in eu-central-1, and a view and a legacy one beside it.

    moto has no Data Exports, no columns in Athena and no figures in Cost Explorer: those answers
    are scripted.
    """
    filled.scripted = dict(SCRIPTED)
    filled.arrived.clear()
    filled.signed_by.clear()
    filled.refused.clear()
    return filled


def fill(standin: AwsStandIn, key_id: str, secret: str) -> None:
    """Give the account of a key its tables and workgroups, by boto3 itself."""

    def client(service: str, region: str) -> Any:
        session: Any = boto3.Session(key_id, secret, region_name=region)
        return session.client(service, endpoint_url=standin.url)

    glue = client("glue", "eu-central-1")
    glue.create_database(DatabaseInput={"Name": "billing"})
    table(glue, "cur2", CUR2.split(), ["billing_period"], "s3://bills/exports/cur2/cur2/data")
    table(glue, "cur2_small", CUR2.split()[:5], ["billing_period"], "s3://elsewhere/")
    table(glue, "cur2_view", [*CUR2.split(), "more"], [], "", kind="VIRTUAL_VIEW")
    table(glue, "old", ["line_item_unblended_cost"], ["year", "month"], "s3://old-bills/")
    table(glue, "trails", ["eventname", "eventsource"], [], "s3://trails/")
    athena = client("athena", "eu-central-1")
    athena.create_work_group(
        Name="finops",
        Configuration={
            "ResultConfiguration": {"OutputLocation": "s3://results/finops/"},
            "EnforceWorkGroupConfiguration": True,
            "BytesScannedCutoffPerQuery": 500_000_000_000,
        },
    )


def table(
    glue: Any,
    name: str,
    columns: Sequence[str],
    partitions: Sequence[str],
    location: str,
    *,
    kind: str = "EXTERNAL_TABLE",
) -> None:
    def typed(names: Sequence[str]) -> list[dict[str, str]]:
        return [{"Name": each, "Type": "string"} for each in names]

    glue.create_table(
        DatabaseName="billing",
        TableInput={
            "Name": name,
            "TableType": kind,
            "StorageDescriptor": {"Columns": typed(columns), "Location": location},
            "PartitionKeys": typed(partitions),
        },
    )


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The AWS settings of somebody with one profile, `payer`, in eu-west-1; the file to add to."""
    credentials = tmp_path / "credentials"
    credentials.write_text(profile_text("payer") + "region = eu-west-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return credentials
