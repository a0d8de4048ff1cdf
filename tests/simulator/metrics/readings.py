"""CloudWatch's readings, as tests ask for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import fields

__all__ = ["NOW", "data", "day", "listed", "query", "values"]

NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
Metric = dict[str, Any]


def day(text: str) -> datetime:
    """The beginning of a UTC day."""
    return datetime.fromisoformat(f"{text}T00:00:00+00:00")


def listed(organisation: SimulatedOrganisation, region: str, **params: Any) -> Iterator[Metric]:
    """The metrics of a region, all pages."""
    token: dict[str, str] = {}
    while True:
        page = fields(organisation, "cloudwatch", "ListMetrics", region, **params, **token)
        yield from page["Metrics"]
        if "NextToken" not in page:
            return
        token = {"NextToken": page["NextToken"]}


def query(metric: Metric, statistic: str, period: int, id_: str = "a") -> dict[str, Any]:
    """A query for a statistic of a metric."""
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}}


def data(
    organisation: SimulatedOrganisation, region: str, queries: Sequence[dict[str, Any]],
    start: datetime, end: datetime, **params: Any,
) -> list[dict[datetime, float]]:  # fmt: skip
    """The values of each query by their time; everything on one page."""
    answer = fields(
        organisation, "cloudwatch", "GetMetricData", region, MetricDataQueries=list(queries),
        StartTime=start, EndTime=end, ScanBy="TimestampAscending", **params,
    )  # fmt: skip
    assert "NextToken" not in answer
    return [
        dict(zip(each["Timestamps"], each["Values"], strict=True))
        for each in answer["MetricDataResults"]
    ]


def values(
    organisation: SimulatedOrganisation, region: str, metric: Metric, statistic: str, period: int,
    start: datetime, end: datetime,
) -> dict[datetime, float]:  # fmt: skip
    """One metric's values by their time."""
    (found,) = data(organisation, region, [query(metric, statistic, period)], start, end)
    return found
