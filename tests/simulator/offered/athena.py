"""Questions to Athena on the bill, and to S3 about the results."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import fields
from tests.simulator.offered.probe import Probe

__all__ = ["PROBES"]

TOTAL = "SELECT sum(line_item_unblended_cost) AS cost FROM cur2"
CATALOG = "which tables there are, and with which columns, stays the same whatever goes wrong"


def _run(organisation: SimulatedOrganisation) -> str:
    """The id of a query on the bill that has succeeded."""
    started = fields(
        organisation, "athena", "StartQueryExecution", QueryString=TOTAL, WorkGroup="primary"
    )
    while True:
        found = fields(organisation, "athena", "GetQueryExecution", **started)
        state = found["QueryExecution"]["Status"]["State"]
        if state not in ("QUEUED", "RUNNING"):
            assert state == "SUCCEEDED"
            return str(started["QueryExecutionId"])
        time.sleep(0.01)


def _of_run(name: str) -> Callable[[SimulatedOrganisation], dict[str, Any]]:
    return lambda organisation: {name: _run(organisation)}


def _object(organisation: SimulatedOrganisation) -> dict[str, str]:
    run = fields(organisation, "athena", "GetQueryExecution", QueryExecutionId=_run(organisation))
    place = run["QueryExecution"]["ResultConfiguration"]["OutputLocation"]
    bucket, _, key = place.removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": key}


def _bucket(organisation: SimulatedOrganisation) -> dict[str, str]:
    return {"Bucket": organisation.output_bucket}


def _after_one(organisation: SimulatedOrganisation) -> dict[str, str]:
    _run(organisation)
    return _bucket(organisation)


RUN = "what is told of a query is its text and state; its result is where incidents show"

PLACE = "where the bill lies stays the same whatever goes wrong"
TABLE = {"CatalogName": "AwsDataCatalog", "DatabaseName": "billing"}

PROBES = (
    Probe("athena", "StartQueryExecution", {"QueryString": TOTAL}, about_itself=RUN),
    Probe("athena", "GetQueryExecution", _of_run("QueryExecutionId"), about_itself=RUN),
    Probe(
        "athena",
        "BatchGetQueryExecution",
        lambda organisation: {"QueryExecutionIds": [_run(organisation)]},
        about_itself=RUN,
    ),
    Probe("athena", "GetQueryResults", _of_run("QueryExecutionId"), "spike"),
    Probe("athena", "StopQueryExecution", _of_run("QueryExecutionId"), about_itself=RUN),
    Probe("athena", "ListQueryExecutions", _after_one, about_itself=RUN),
    Probe("athena", "ListWorkGroups", {}, about_itself=CATALOG),
    Probe("athena", "GetWorkGroup", {"WorkGroup": "primary"}, about_itself=CATALOG),
    Probe("athena", "ListDataCatalogs", {}, about_itself=CATALOG),
    Probe("athena", "GetDataCatalog", {"Name": "AwsDataCatalog"}, about_itself=CATALOG),
    Probe("athena", "ListDatabases", {"CatalogName": "AwsDataCatalog"}, about_itself=CATALOG),
    Probe("athena", "GetDatabase", TABLE, about_itself=CATALOG),
    Probe("athena", "ListTableMetadata", TABLE, about_itself=CATALOG),
    Probe("athena", "GetTableMetadata", {**TABLE, "TableName": "cur2"}, about_itself=CATALOG),
    Probe("s3", "ListBuckets", {}, about_itself=PLACE),
    Probe("s3", "HeadBucket", _bucket, about_itself=PLACE),
    Probe("s3", "GetBucketLocation", _bucket, about_itself=PLACE),
    Probe("s3", "ListObjectsV2", _after_one, about_itself=RUN),
    Probe("s3", "HeadObject", _object, about_itself=RUN),
    Probe("s3", "GetObject", _object, "spike", content=lambda answer: answer["Body"]),
)
