"""Exports and tables as AWS describes them: their kind, their place, the most complete first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from finops_repl.billing.exports import data_exports, legacy_reports
from finops_repl.billing.tables import FoundTable, completeness, described
from finops_repl.billing.workgroups import list_workgroups

ARN = "arn:aws:bcm-data-exports:us-east-1:111122223333:export/x"
BEST = FoundTable("eu-west-1", "b", "cur2", "cur2", "billing_period", 90, "s3://bills/cur2/data/")


def client(service: str) -> Any:
    session: Any = boto3.Session("AKIAX", "x", region_name="us-east-1")
    return session.client(service)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("SELECT a, b FROM COST_AND_USAGE_REPORT", "cur2"),
        ("select * from cost_and_usage_report", "cur2"),
        ("SELECT BilledCost FROM FOCUS_1_2_AWS", "focus"),
        ("SELECT BilledCost FROM FOCUS_1_0_AWS_PREVIEW", "focus"),
        ("SELECT x FROM COST_OPTIMIZATION_RECOMMENDATIONS", "other"),
        ("nothing", "other"),
    ],
)
def test_an_export_is_what_its_query_selects_from(query: str, kind: str) -> None:
    exports = client("bcm-data-exports")
    output = {
        "OutputType": "CUSTOM",
        "Format": "PARQUET",
        "Compression": "PARQUET",
        "Overwrite": "OVERWRITE_REPORT",
    }
    place = {"S3Bucket": "bills", "S3Prefix": "/a/b/", "S3Region": "eu-west-1"}
    with Stubber(exports) as told:
        told.add_response("list_exports", {"Exports": []})
        assert data_exports(exports) == ()
        status = {"StatusCode": "HEALTHY"}
        reference = {"ExportArn": ARN, "ExportName": "x", "ExportStatus": status}
        told.add_response("list_exports", {"Exports": [reference]})
        told.add_response(
            "get_export",
            {
                "Export": {
                    "Name": "x",
                    "DataQuery": {"QueryStatement": query},
                    "DestinationConfigurations": {
                        "S3Destination": {**place, "S3OutputConfigurations": output}
                    },
                    "RefreshCadence": {"Frequency": "SYNCHRONOUS"},
                }
            },
            {"ExportArn": ARN},
        )
        [export] = data_exports(exports)
    assert (export.kind, export.place, export.region) == (kind, "s3://bills/a/b/x/", "eu-west-1")


def test_every_page_of_legacy_reports_is_read() -> None:
    cur = client("cur")

    def report(name: str) -> dict[str, Any]:
        return {
            "ReportName": name,
            "TimeUnit": "DAILY",
            "Format": "Parquet",
            "Compression": "Parquet",
            "AdditionalSchemaElements": [],
            "S3Bucket": "old",
            "S3Prefix": "",
            "S3Region": "us-east-1",
        }

    with Stubber(cur) as told:
        pages = {"ReportDefinitions": [report("a")], "NextToken": "t"}
        told.add_response("describe_report_definitions", pages)
        told.add_response("describe_report_definitions", {"ReportDefinitions": [report("b")]})
        assert [each.place for each in legacy_reports(cur)] == ["s3://old/a/", "s3://old/b/"]


def test_every_page_of_workgroups_is_read() -> None:
    athena = client("athena")
    with Stubber(athena) as told:
        first = {"WorkGroups": [{"Name": "a"}], "NextToken": "t"}
        told.add_response("list_work_groups", first, {})
        told.add_response("list_work_groups", {"WorkGroups": [{"Name": "b"}]}, {"NextToken": "t"})
        assert list_workgroups(athena) == ("a", "b")


@pytest.mark.parametrize(
    "lesser",
    [
        {"kind": "legacy"},
        {"kind": "focus"},
        {"is_view": True},
        {"location": "s3://elsewhere/"},
        {"partition": ""},
        {"columns": 89},
        {"region": "eu-west-2"},
        {"table": "cur3"},
    ],
)
def test_the_most_complete_table_comes_first(lesser: dict[str, Any]) -> None:
    other = replace(BEST, **lesser)
    exports = ["s3://bills/cur2/"]
    assert completeness(BEST, exports) < completeness(other, exports)


def test_a_table_without_storage_is_no_bill() -> None:
    found = described({"DatabaseName": "b", "Name": "link"}, "eu-west-1")
    assert (found.kind, found.columns) == ("other", 0)
