"""Metrics and advice through real SDK clients: what is answered, boto3 reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from finops_repl.aws.call import Caller
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.inprocess import session
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.check import read_statement
from tests.simulator.metrics.readings import NOW, day
from tests.simulator.offered.metrics import PROBES
from tests.simulator.offered.probe import Probe


@pytest.fixture
def aws(small: SimulatedOrganisation, tmp_path: Path) -> Any:
    """A boto3 session on the small organisation."""
    audit = tmp_path / "audit"
    audit.mkdir()
    gateway = Gateway(
        small, ReadOnlyPolicy(read_statement), AuditLog(audit), models=ServiceModels()
    )
    return session(gateway, Caller(session="s", run="r"))


def read_back(answer: Any, sent: Any) -> None:
    """What came back is what was answered, lists and texts and numbers alike."""
    if isinstance(sent, dict):
        for name, value in sent.items():
            read_back(answer[name], value)
    elif isinstance(sent, list | tuple):
        assert len(answer) == len(sent)
        for mine, theirs in zip(answer, sent, strict=True):
            read_back(mine, theirs)
    elif isinstance(sent, float):
        assert answer == pytest.approx(sent)
    else:
        assert answer == sent


@pytest.mark.parametrize("probe", PROBES, ids=str)
def test_every_answer_survives_the_wire(
    aws: Any, small: SimulatedOrganisation, probe: Probe
) -> None:
    client = aws.client(probe.service, region_name=probe.region)
    names = {value: key for key, value in client.meta.method_to_api_mapping.items()}
    params = probe.params(small) if callable(probe.params) else probe.params
    answer = getattr(client, names[probe.operation])(**params)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    read_back(answer, probe.answer(small))


def test_boto3_pages_through_metrics_and_readings(aws: Any, small: SimulatedOrganisation) -> None:
    oversized = small.key().of("oversized")
    cloudwatch = aws.client("cloudwatch", region_name=oversized.region)
    metrics = [
        metric
        for page in cloudwatch.get_paginator("list_metrics").paginate(
            Namespace="AWS/RDS", MetricName="CPUUtilization"
        )
        for metric in page["Metrics"]
    ]
    name = oversized.resources[0].rpartition(":")[2]
    (mine,) = [each for each in metrics if each["Dimensions"][0]["Value"] == name]
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[
            {"Id": "cpu", "MetricStat": {"Metric": mine, "Period": 3_600, "Stat": "Maximum"}}
        ],
        StartTime=day(str(oversized.first_day)), EndTime=NOW,
        PaginationConfig={"PageSize": 500},
    )  # fmt: skip
    values = [value for page in pages for value in page["MetricDataResults"][0]["Values"]]
    days = (oversized.last_day - oversized.first_day).days + 1
    assert len(values) == 24 * days
    assert 2 <= max(values) <= 5


def test_boto3_reads_a_refusal_by_its_code(aws: Any) -> None:
    cloudwatch = aws.client("cloudwatch", region_name="us-east-1")
    with pytest.raises(cloudwatch.exceptions.ClientError, match="reduce the datapoints"):
        cloudwatch.get_metric_statistics(
            Namespace="AWS/Billing", MetricName="EstimatedCharges", Period=60,
            Statistics=["Maximum"], StartTime=day("2026-10-01"), EndTime=NOW,
        )  # fmt: skip
    optimizer = aws.client("compute-optimizer", region_name="us-east-1")
    with pytest.raises(optimizer.exceptions.InvalidParameterValueException, match="accountIds"):
        optimizer.get_idle_recommendations(accountIds=["000000000000"])
    prices = aws.client("pricing", region_name="us-east-1")
    with pytest.raises(prices.exceptions.NotFoundException, match="AmazonFoo"):
        prices.get_products(ServiceCode="AmazonFoo")
