"""By what costs are allocated, and what is exported of them, is what the bill itself shows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.exports import EXPORTS
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.tags import TAG_KEYS
from tests.simulator.conftest import ask, fields

OCTOBER = {"Start": "2026-10-01", "End": "2026-11-01"}


def tags(organisation: SimulatedOrganisation, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fields(organisation, "ce", "ListCostAllocationTags", **params)[
        "CostAllocationTags"
    ]
    return found


def test_a_key_that_was_never_activated_is_listed_and_not_on_the_bill(
    small: SimulatedOrganisation,
) -> None:
    inactive = {each["TagKey"] for each in tags(small, Status="Inactive")}
    assert "owner" in inactive
    in_use = {
        tag["Key"]
        for region in ("us-east-1", "us-west-2")
        for reservation in fields(small, "ec2", "DescribeInstances", region)["Reservations"]
        for instance in reservation["Instances"]
        for tag in instance["Tags"]
    }
    assert in_use <= inactive | set(TAG_KEYS)
    listed = fields(small, "ce", "GetTags", TimePeriod=OCTOBER)["Tags"]
    assert set(listed) == {each["TagKey"] for each in tags(small, Status="Active")}
    assert not inactive & set(listed)


def test_tags_are_filtered_by_type_and_key(small: SimulatedOrganisation) -> None:
    made = tags(small, Type="AWSGenerated")
    assert made
    assert all(each["TagKey"].startswith("aws:") for each in made)
    assert [each["TagKey"] for each in tags(small, TagKeys=["team", "colour"])] == ["team"]
    one = fields(small, "ce", "ListCostAllocationTags", MaxResults=1)
    assert len(one["CostAllocationTags"]) == 1
    assert one["NextToken"]


def test_a_categorys_rules_give_what_the_category_gives(small: SimulatedOrganisation) -> None:
    (listed,) = fields(small, "ce", "ListCostCategoryDefinitions")["CostCategoryReferences"]
    category = fields(
        small, "ce", "DescribeCostCategoryDefinition", CostCategoryArn=listed["CostCategoryArn"]
    )["CostCategory"]
    assert [rule["Value"] for rule in category["Rules"]] == listed["Values"]
    asked: dict[str, Any] = {
        "TimePeriod": OCTOBER, "Granularity": "MONTHLY", "Metrics": ["UnblendedCost"]
    }  # fmt: skip
    (month,) = fields(
        small, "ce", "GetCostAndUsage",
        GroupBy=[{"Type": "COST_CATEGORY", "Key": category["Name"]}], **asked,
    )["ResultsByTime"]  # fmt: skip
    by_value = {
        group["Keys"][0].rpartition("$")[2]: group["Metrics"]["UnblendedCost"]["Amount"]
        for group in month["Groups"]
    }
    for rule in category["Rules"]:
        (alone,) = fields(small, "ce", "GetCostAndUsage", Filter=rule["Rule"], **asked)[
            "ResultsByTime"
        ]
        assert alone["Total"]["UnblendedCost"]["Amount"] == by_value[rule["Value"]]


def test_records_are_counted_on_the_bill(small: SimulatedOrganisation) -> None:
    service = "Amazon Relational Database Service"
    found = fields(
        small, "ce", "GetApproximateUsageRecords", Granularity="DAILY",
        ApproximationDimension="RESOURCE", Services=[service],
    )  # fmt: skip
    ((count,),) = small.room.query(
        "SELECT count(*) FROM cur2 WHERE line_item_product_code = 'AmazonRDS'"
        " AND line_item_resource_id <> ''"
        " AND line_item_usage_start_date >= TIMESTAMP '2026-10-18 00:00:00'"
    ).rows
    assert found["Services"] == {service: count}
    assert found["TotalRecords"] == count
    assert found["LookbackPeriod"] == {"Start": "2026-10-18", "End": "2026-11-01"}


def test_exports_are_the_tables_that_athena_has(small: SimulatedOrganisation) -> None:
    exports = fields(small, "bcm-data-exports", "ListExports")["Exports"]
    reports = fields(small, "cur", "DescribeReportDefinitions")["ReportDefinitions"]
    names = [each["ExportName"] for each in exports] + [each["ReportName"] for each in reports]
    tables = {export.name: export.table for export in EXPORTS}
    assert sorted(names) == sorted(tables)
    assert set(tables.values()) == set(small.catalog.tables)
    for each in exports:
        export = fields(small, "bcm-data-exports", "GetExport", ExportArn=each["ExportArn"])
        query = export["Export"]["DataQuery"]
        columns, table = (
            query["QueryStatement"].removeprefix("SELECT ").rsplit(" FROM ", 1)
        )  # fmt: skip
        exported = columns.split(", ")
        in_athena = [
            column.name for column in small.catalog.tables[tables[each["ExportName"]]].columns
        ]
        assert [*exported, "billing_period"] == in_athena
        assert len(query["QueryStatement"]) <= 36_000
        properties = query["TableConfigurations"][table]
        schema = fields(
            small, "bcm-data-exports", "GetTable", TableName=table, TableProperties=properties
        )
        assert [column["Name"] for column in schema["Schema"]] == exported
        assert Decimal(len(exported)) > 40


@pytest.mark.parametrize(
    ("service", "operation", "params", "code"),
    [
        ("ce", "ListCostAllocationTags", {"Status": "Asleep"}, "ValidationException"),
        ("ce", "ListCostAllocationTags", {"Type": "Mine"}, "ValidationException"),
        ("ce", "ListCostAllocationTags", {"NextToken": "x"}, "InvalidNextTokenException"),
        ("ce", "DescribeCostCategoryDefinition", {"CostCategoryArn": "arn:aws:ce::1:x/y"},
         "ResourceNotFoundException"),
        ("ce", "GetApproximateUsageRecords",
         {"Granularity": "MONTHLY", "ApproximationDimension": "SERVICE"}, "ValidationException"),
        ("bcm-data-exports", "GetExport", {"ExportArn": "arn:aws:x:us-east-1:1:export/y"},
         "ResourceNotFoundException"),
        ("bcm-data-exports", "GetTable", {"TableName": "CARBON"}, "ValidationException"),
        ("bcm-data-exports", "GetTable",
         {"TableName": "FOCUS_1_2_AWS", "TableProperties": {"TIME_GRANULARITY": "WEEKLY"}},
         "ValidationException"),
        ("bcm-data-exports", "ListExports", {"NextToken": "x"}, "ValidationException"),
    ],
)  # fmt: skip
def test_what_is_not_valid_is_refused(
    small: SimulatedOrganisation, service: str, operation: str, params: dict[str, Any], code: str
) -> None:
    answer = ask(small, service, operation, **params)
    assert isinstance(answer, Refusal)
    assert answer.code == code
