"""Metrics Insights queries: the series of a SELECT are its metrics' readings, put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.store import connect
from tests.simulator.conftest import SMALL, Worlds, ask, fields
from tests.simulator.metrics.readings import NOW, data, day, listed, query
from tests.simulator.offered.probe import switched_off

DAY, HOUR = 86_400, 3_600
LARGE = "simulated:as_of=2026-10-31"
WEEK: dict[str, Any] = {"StartTime": NOW - timedelta(days=7), "EndTime": NOW}
BY_INSTANCE = 'FROM SCHEMA("AWS/EC2", InstanceId) GROUP BY InstanceId'


def select(text: str, period: int = DAY, **more: Any) -> dict[str, Any]:
    return {"Id": "q", "Expression": text, "Period": period, **more}


def answered(
    organisation: SimulatedOrganisation, text: str, region: str = "us-east-1", *,
    period: int = DAY, **params: Any,
) -> dict[str, dict[datetime, float]]:  # fmt: skip
    """The values of a query by label and time, in order."""
    answer = fields(
        organisation, "cloudwatch", "GetMetricData", region,
        **{**WEEK, "MetricDataQueries": [select(text, period)], **params},
    )  # fmt: skip
    return {
        each["Label"]: dict(zip(each["Timestamps"], each["Values"], strict=True))
        for each in answer["MetricDataResults"]
    }


def test_the_least_busy_instances_are_those_left_idle(worlds: Worlds) -> None:
    incident = worlds(SMALL).key().of("idle")
    idle = {each for each in incident.resources if each.startswith("i-")}
    text = f"SELECT MAX(CPUUtilization) {BY_INSTANCE} ORDER BY MAX() ASC LIMIT {len(idle) + 2}"
    first = answered(worlds(SMALL), text, incident.region)
    assert idle <= first.keys()
    assert len(first) == len(idle) + 2
    peaks = [max(values.values()) for values in first.values()]
    assert peaks == sorted(peaks)
    without = answered(worlds(switched_off("idle")), text, incident.region)
    assert not idle & without.keys()


def test_functions_are_over_the_readings_of_all_metrics(small: SimulatedOrganisation) -> None:
    metrics = list(listed(small, "us-east-1", Namespace="AWS/RDS", MetricName="CPUUtilization"))
    statistics = ("Sum", "SampleCount", "Minimum", "Maximum")
    read = {
        name: data(
            small, "us-east-1",
            [query(each, name, HOUR, f"q{at}") for at, each in enumerate(metrics)],
            WEEK["StartTime"], NOW,
        )
        for name in statistics
    }  # fmt: skip
    made: tuple[Callable[[Iterable[float]], float], ...] = (sum, sum, min, max)
    whole = {
        name: {at: what(each[at] for each in read[name] if at in each) for at in read["Sum"][0]}
        for name, what in zip(statistics, made, strict=True)
    }
    for function, name in zip(("SUM", "COUNT", "MIN", "MAX"), statistics, strict=True):
        text = f'SELECT {function}(CPUUtilization) FROM "AWS/RDS"'
        assert answered(small, text, period=HOUR)["CPUUtilization"] == pytest.approx(whole[name])
    average = answered(small, 'SELECT AVG("CPUUtilization") FROM "AWS/RDS"', period=HOUR)
    assert average["CPUUtilization"] == pytest.approx(
        {at: total / whole["SampleCount"][at] for at, total in whole["Sum"].items()}
    )


def test_bytes_by_account_are_those_of_the_bill(worlds: Worlds) -> None:
    organisation = worlds(LARGE)
    store = connect(organisation.store_path, read_only=True)
    billed: dict[str, dict[datetime, float]] = defaultdict(dict)
    for account, begins, amount in store.execute(
        "SELECT line_item_usage_account_id, line_item_usage_start_date::DATE::TIMESTAMP,"
        " sum(line_item_usage_amount)::DOUBLE FROM cur2 WHERE product_region_code = 'us-east-1'"
        " AND line_item_usage_type LIKE '%NatGateway-Bytes'"
        " AND line_item_usage_start_date >= DATE '2026-10-20' GROUP BY 1, 2"
    ).fetchall():
        billed[account][begins.replace(tzinfo=UTC)] = amount * 1_024**3
    store.close()
    days: dict[str, Any] = {"StartTime": day("2026-10-20"), "EndTime": day("2026-11-01")}
    text = 'SELECT SUM({}) FROM SCHEMA("AWS/NATGateway", NatGatewayId) GROUP BY AWS.AccountId'
    found: dict[str, dict[datetime, float]] = {}
    for way in ("BytesInFromSource", "BytesInFromDestination"):
        for account, values in answered(organisation, text.format(way), **days).items():
            mine = found.setdefault(account, {})
            for at, value in values.items():
                mine[at] = mine.get(at, 0) + value
    assert len(billed) > 1
    assert found.keys() == billed.keys()
    for account, amounts in billed.items():
        assert found[account] == pytest.approx(amounts, rel=1e-9)


def test_conditions_and_schemas_choose_the_metrics(small: SimulatedOrganisation) -> None:
    everything = answered(small, f"SELECT SUM(NetworkIn) {BY_INSTANCE}")
    one, *_ = everything
    assert list(everything) == sorted(everything)
    chosen = (
        f"select sum(NetworkIn) from schema(\"AWS/EC2\", InstanceId) where InstanceId = '{one}'"
    )
    assert answered(small, chosen)["NetworkIn"] == everything[one]
    rest = f"{chosen.replace(' = ', ' != ')} AND \"InstanceId\" != 'i-0' group by InstanceId"
    assert answered(small, rest).keys() == everything.keys() - {one}
    assert answered(small, chosen + " AND InstanceId = 'i-0'") == {"NetworkIn": {}}
    # Groups of instances have the same metric without the label.
    other = answered(small, 'SELECT SUM(NetworkIn) FROM "AWS/EC2" GROUP BY InstanceId')
    assert other.keys() - everything.keys() == {"Other"}
    assert answered(small, 'SELECT SUM(NetworkIn) FROM SCHEMA("AWS/EC2")') == {"NetworkIn": {}}
    owner = small.world.account("sim-shop-prod").id
    of_two = answered(
        small,
        'SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/RDS", DBInstanceIdentifier)'
        f" WHERE AWS.AccountId = '{owner}' GROUP BY AWS.AccountId, DBInstanceIdentifier",
    )
    assert f"{owner} shop-database-prod-01" in of_two


def test_results_are_ordered_and_math_may_use_them(small: SimulatedOrganisation) -> None:
    top = answered(small, f"SELECT AVG(CPUUtilization) {BY_INSTANCE} ORDER BY AVG() DESC LIMIT 5")
    averages = [sum(values.values()) / len(values) for values in top.values()]
    assert averages == sorted(averages, reverse=True)
    assert len(top) == 5
    queries = [
        select(f"SELECT AVG(CPUUtilization) {BY_INSTANCE} ORDER BY AVG() DESC", ReturnData=False),
        {"Id": "e", "Expression": "SLICE(q, 0, 5)"},
        {"Id": "f", "Expression": "SUM(e) / METRIC_COUNT(e)"},
    ]
    answer = fields(small, "cloudwatch", "GetMetricData", **WEEK, MetricDataQueries=queries)
    *five, mean = answer["MetricDataResults"]
    assert [each["Label"] for each in five] == list(top)
    for at, value in zip(mean["Timestamps"], mean["Values"], strict=True):
        assert value == pytest.approx(sum(values.get(at, 0) for values in top.values()) / 5)


def test_a_query_looks_back_two_weeks_and_says_so(small: SimulatedOrganisation) -> None:
    asked = {"StartTime": NOW - timedelta(days=30), "EndTime": NOW}
    text = 'SELECT MAX(EstimatedCharges) FROM SCHEMA("AWS/Billing", Currency)'
    for params, codes in ((asked, ["MaxQueryTimeRangeExceeded"]), (WEEK, [])):
        answer = fields(
            small, "cloudwatch", "GetMetricData", **params, MetricDataQueries=[select(text)]
        )
        assert [each["Code"] for each in answer["Messages"]] == codes
        (result,) = answer["MetricDataResults"]
        assert NOW - timedelta(days=14) <= min(result["Timestamps"])
        assert result["Values"]


def test_a_query_that_would_scan_too_much_is_refused(small: SimulatedOrganisation) -> None:
    text = 'SELECT MAX(CPUUtilization) FROM "AWS/EC2"'
    params = {"StartTime": NOW - timedelta(days=14), "EndTime": NOW}
    queries = [select(text, 60)]
    answer = ask(
        small, "cloudwatch", "GetMetricData", "us-west-2", **params, MetricDataQueries=queries
    )
    assert isinstance(answer, Refusal)
    assert "More than 4,300,000 data points are to be scanned" in answer.message
    assert answered(small, text, "us-west-2", period=HOUR, **params)["CPUUtilization"]


def test_five_hundred_series_are_returned_and_that_there_are_more_is_told(worlds: Worlds) -> None:
    text = 'SELECT MIN(VolumeIdleTime) FROM "AWS/EBS" GROUP BY VolumeId'
    params = {"StartTime": NOW - timedelta(days=1), "EndTime": NOW}
    for limit, codes in (("", ["MaxQueryResultsExceeded"]), (" LIMIT 3", [])):
        answer = fields(
            worlds(LARGE), "cloudwatch", "GetMetricData", "us-west-2", **params,
            MetricDataQueries=[select(text + limit)],
        )  # fmt: skip
        assert len(answer["MetricDataResults"]) == (3 if limit else 500)
        assert [each["Code"] for each in answer["Messages"]] == codes


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('SELECT CPUUtilization FROM "AWS/EC2"', "one of AVG, COUNT, MAX, MIN, SUM is expected"),
        ('SELECT MEDIAN(CPUUtilization) FROM "AWS/EC2"', "one of AVG, COUNT, MAX, MIN, SUM"),
        ("SELECT AVG(CPUUtilization)", "FROM is expected"),
        ("SELECT AVG(CPUUtilization) FROM AWS/EC2", "unexpected '/EC2'"),
        ('SELECT AVG(CPUUtilization) FROM "AWS/EC2" WHERE InstanceId = i-1', "unexpected '-1'"),
        ('SELECT AVG(a) FROM b WHERE c = "d"', "a value in single quotes is expected"),
        ("SELECT AVG(a) FROM b WHERE c = 'd' OR c = 'e'", "its end is expected, not 'OR'"),
        ("SELECT AVG(a) FROM b WHERE c LIKE 'd'", "= or != is expected, not 'LIKE'"),
        ("SELECT AVG(a) FROM b WHERE tag.Team = 'd'", "resource tags are not offered"),
        ("SELECT AVG(a) FROM b GROUP BY c ORDER BY c", "one of AVG"),
        ("SELECT AVG(a) FROM b LIMIT 501", "a number from 1 to 500"),
        ("SELECT AVG(a) FROM b ORDER BY AVG() DESC LIMIT 0", "a number from 1 to 500"),
        ("SELECT AVG(a) FROM b LIMIT '²'", "a number from 1 to 500"),
        ("SELECT AVG(a) FROM b / 2", "unexpected '/ 2'"),
        ("SELECT AVG(a) FROM SCHEMA()", "a label is expected"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused(
    small: SimulatedOrganisation, text: str, told: str
) -> None:
    answer = ask(small, "cloudwatch", "GetMetricData", **WEEK, MetricDataQueries=[select(text)])
    assert isinstance(answer, Refusal)
    assert answer.code == "ValidationError"
    assert answer.message.startswith("Error in expression 'q': Invalid query: ")
    assert told in answer.message


def test_a_request_has_one_query_with_a_period(small: SimulatedOrganisation) -> None:
    text = "SELECT AVG(a) FROM b"
    for queries, told in (
        ([select(text), {**select(text), "Id": "r"}], "Only one Metrics Insights query"),
        ([{"Id": "q", "Expression": text}], "Period must not be null"),
    ):
        answer = ask(small, "cloudwatch", "GetMetricData", **WEEK, MetricDataQueries=queries)
        assert isinstance(answer, Refusal)
        assert told in answer.message
