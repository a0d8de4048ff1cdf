"""`finops-repl gateway` with SDKs as they come: boto3, PyAthena, the AWS SDK for JavaScript."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import boto3
import docker
import pytest
from botocore.exceptions import ClientError
from pyathena import connect
from pyathena.pandas.cursor import PandasCursor

from tests.sandbox.conftest import engine_client, sandbox_image

__all__ = ["engine_client", "sandbox_image"]

PERIOD = {"Start": "2026-08-01", "End": "2026-09-01"}
SQL = """
SELECT line_item_product_code AS service, sum(line_item_unblended_cost) AS cost
FROM cur2 WHERE billing_period = '2026-08' GROUP BY 1
"""


@pytest.fixture
def turned_to_the_door(door: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What whoever pastes the printed lines has."""
    for name, value in door.items():
        monkeypatch.setenv(name, value)


def spent_in_august() -> float:
    asked: Any = boto3.client("ce").get_cost_and_usage(
        TimePeriod=PERIOD, Granularity="MONTHLY", Metrics=["UnblendedCost"]
    )
    return float(asked["ResultsByTime"][0]["Total"]["UnblendedCost"]["Amount"])


def database() -> str:
    listed: Any = boto3.client("athena").list_databases(CatalogName="AwsDataCatalog")
    return str(listed["DatabaseList"][0]["Name"])


@pytest.mark.usefixtures("turned_to_the_door")
def test_boto3_needs_the_environment_alone() -> None:
    assert spent_in_august() > 1_000
    pages = boto3.client("ec2").get_paginator("describe_instances").paginate(MaxResults=50)
    states = [
        instance["State"]["Name"]
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    ]
    assert "running" in states
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        boto3.client("ec2").terminate_instances(InstanceIds=["i-0123456789abcdef0"])


@pytest.mark.usefixtures("turned_to_the_door")
def test_pyathena_reads_the_bill_into_pandas_and_it_is_what_cost_explorer_says() -> None:
    connection = connect(work_group="primary", schema_name=database(), cursor_class=PandasCursor)
    with connection, connection.cursor() as cursor:
        frame = cursor.execute(SQL).as_pandas()
    assert list(frame.columns) == ["service", "cost"]
    assert len(frame) > 5
    assert abs(float(frame["cost"].sum()) - spent_in_august()) < 0.01


SCRIPT = """
const { CostExplorer } = require('@aws-sdk/client-cost-explorer');
const { Athena } = require('@aws-sdk/client-athena');
const { EC2 } = require('@aws-sdk/client-ec2');
const { S3 } = require('@aws-sdk/client-s3');
(async () => {
  const TimePeriod = JSON.parse(process.env.PERIOD);
  const asked = { TimePeriod, Granularity: 'MONTHLY', Metrics: ['UnblendedCost'] };
  const spent = (await new CostExplorer().getCostAndUsage(asked)).ResultsByTime[0];
  const reservations = (await new EC2().describeInstances({ MaxResults: 5 })).Reservations;
  const athena = new Athena();
  const listed = await athena.listDatabases({ CatalogName: 'AwsDataCatalog' });
  const QueryExecutionContext = { Database: listed.DatabaseList[0].Name };
  const QueryString = process.env.SQL;
  const { QueryExecutionId } = await athena.startQueryExecution(
    { QueryString, QueryExecutionContext });
  let execution;
  do {
    execution = (await athena.getQueryExecution({ QueryExecutionId })).QueryExecution;
  } while (['QUEUED', 'RUNNING'].includes(execution.Status.State));
  const rows = (await athena.getQueryResults({ QueryExecutionId })).ResultSet.Rows;
  const [, Bucket, Key] = execution.ResultConfiguration.OutputLocation.match(
    /s3:\\/\\/([^/]+)\\/(.*)/);
  const csv = await (await new S3().getObject({ Bucket, Key })).Body.transformToString();
  const refused = await new EC2().terminateInstances({ InstanceIds: ['i-0123456789abcdef0'] })
    .catch((error) => error);
  console.log(JSON.stringify({
    spent: spent.Total.UnblendedCost, instance: reservations[0].Instances[0].InstanceId,
    rows: rows.length, lines: csv.trim().split('\\n').length, refused: refused.name,
  }));
})();
"""


@pytest.mark.skipif(sys.platform != "linux", reason="its engine has another loopback")
def test_the_sdk_for_javascript_reads_cost_inventory_and_a_query_result(
    door: Mapping[str, str], engine_client: docker.DockerClient, sandbox_image: str
) -> None:
    environment = {**door, "PERIOD": json.dumps(PERIOD), "SQL": SQL}
    printed = engine_client.containers.run(
        sandbox_image,
        ["node", "-e", SCRIPT],
        entrypoint="",
        network_mode="host",
        environment=environment,
        remove=True,
        stderr=False,
    )
    told = json.loads(printed)
    assert told["spent"]["Unit"] == "USD"
    assert float(told["spent"]["Amount"]) > 1_000
    assert told["instance"].startswith("i-")
    assert told["rows"] == told["lines"] > 5
    assert told["refused"] == "UnauthorizedOperation"
