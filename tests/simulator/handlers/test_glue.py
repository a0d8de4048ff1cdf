"""Glue knows the bill's tables, finds partitions by expressions, says what is not there."""

from __future__ import annotations

from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import ask, fields

BILL = {"DatabaseName": "billing", "TableName": "cur2"}


def periods(organisation: SimulatedOrganisation, **params: Any) -> list[str]:
    found = fields(organisation, "glue", "GetPartitions", **BILL, **params)
    return ["/".join(each["Values"]) for each in found["Partitions"]]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("billing_period = '2026-10'", ["2026-10"]),
        ("billing_period >= '2026-09'", ["2026-09", "2026-10"]),
        ("billing_period IN ('2026-01', '1999-01')", ["2026-01"]),
        ("billing_period BETWEEN '2026-02' AND '2026-03' OR billing_period LIKE '2025-12%'",
         ["2025-12", "2026-02", "2026-03"]),
        ("billing_period = 'none'", []),
    ],
)  # fmt: skip
def test_partitions_are_found_by_expressions(
    small: SimulatedOrganisation, expression: str, found: list[str]
) -> None:
    assert periods(small, Expression=expression) == found


def test_all_partitions_come_in_pages(small: SimulatedOrganisation) -> None:
    whole = periods(small)
    assert len(whole) == 13
    first = fields(small, "glue", "GetPartitions", **BILL, MaxResults=9)
    assert len(first["Partitions"]) == 9
    assert [*whole[:9], *periods(small, MaxResults=9, NextToken=first["NextToken"])] == whole


@pytest.mark.parametrize(
    ("operation", "params", "code", "said"),
    [
        ("GetPartitions", {**BILL, "Expression": "line_item_type = 'Tax'"},
         "InvalidInputException", "line_item_type"),
        ("GetPartitions", {**BILL, "NextToken": "x"}, "InvalidInputException", "NextToken"),
        ("GetTable", {"DatabaseName": "billing", "Name": "cur3"},
         "EntityNotFoundException", "cur3"),
        ("GetTables", {"DatabaseName": "costs"}, "EntityNotFoundException", "costs"),
        ("GetTables", {"DatabaseName": "billing", "Expression": "("},
         "InvalidInputException", "Expression"),
        ("GetPartition", {**BILL, "PartitionValues": ["1999-01"]},
         "EntityNotFoundException", "partition"),
        ("GetDatabase", {"Name": "billing", "CatalogId": "123456789012"},
         "EntityNotFoundException", "123456789012"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named(
    small: SimulatedOrganisation, operation: str, params: dict[str, Any], code: str, said: str
) -> None:
    refused = ask(small, "glue", operation, **params)
    assert isinstance(refused, Refusal)
    assert refused.code == code
    assert said in refused.message


@pytest.mark.parametrize("table", ["cur2", "cur_legacy", "focus_1_2"])
def test_records_and_columns_are_those_of_the_table(
    small: SimulatedOrganisation, table: str
) -> None:
    told = fields(small, "glue", "GetTable", DatabaseName="billing", Name=table)["Table"]
    ((count,),) = small.room.query(f"SELECT count(*) FROM {table}").rows
    assert told["Parameters"]["recordCount"] == str(count)
    months = fields(small, "glue", "GetPartitions", DatabaseName="billing", TableName=table)
    counts = [int(each["Parameters"]["recordCount"]) for each in months["Partitions"]]
    assert (sum(counts), min(counts) > 0) == (count, True)
    columns = [*told["StorageDescriptor"]["Columns"], *told["PartitionKeys"]]
    assert {each["Name"] for each in columns} == set(small.catalog.tables[table].names)


def test_a_partition_lies_where_s3_has_its_file(small: SimulatedOrganisation) -> None:
    months = fields(small, "glue", "GetPartitions", **BILL)["Partitions"]
    bucket, _, prefix = months[-1]["StorageDescriptor"]["Location"][5:].partition("/")
    listing = fields(small, "s3", "ListObjectsV2", Bucket=bucket, Prefix=prefix)
    assert [each["Key"].rpartition("/")[0] + "/" for each in listing["Contents"]] == [prefix]
