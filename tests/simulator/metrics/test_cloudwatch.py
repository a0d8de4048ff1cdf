"""CloudWatch refuses, pages and computes as AWS does, and its alarms know what is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import IncidentKind
from tests.simulator.conftest import SMALL, Worlds, ask, fields
from tests.simulator.metrics.readings import NOW, data, day, listed, query, values
from tests.simulator.offered.probe import switched_off

HOUR, DAY = 3_600, 86_400
CHARGES: dict[str, Any] = {
    "Namespace": "AWS/Billing", "MetricName": "EstimatedCharges",
    "Dimensions": [{"Name": "Currency", "Value": "USD"}],
}  # fmt: skip
WEEK: dict[str, Any] = {"StartTime": NOW - timedelta(days=7), "EndTime": NOW}


def database(name: str, metric: str) -> dict[str, Any]:
    dimensions = [{"Name": "DBInstanceIdentifier", "Value": name}]
    return {"Namespace": "AWS/RDS", "MetricName": metric, "Dimensions": dimensions}


def test_both_ways_of_asking_tell_the_same(small: SimulatedOrganisation) -> None:
    metric = database("shop-database-prod-01", "CPUUtilization")
    simple, extended = ["Average", "Sum", "Minimum", "Maximum", "SampleCount"], ["p50", "p99.9"]
    points = fields(
        small, "cloudwatch", "GetMetricStatistics", **metric, **WEEK, Period=HOUR,
        Statistics=simple, ExtendedStatistics=extended,
    )["Datapoints"]  # fmt: skip
    names = [*simple, *extended]
    queries = [query(metric, name, HOUR, f"q{place}") for place, name in enumerate(names)]
    series = data(small, "us-east-1", queries, WEEK["StartTime"], WEEK["EndTime"])
    assert len(points) == 160  # the ledger ends at midnight, eight hours before now
    for point in points:
        told = [*(point[name] for name in simple),
                *(point["ExtendedStatistics"][name] for name in extended)]  # fmt: skip
        assert told == [found[point["Timestamp"]] for found in series]
        assert point["Unit"] == "Percent"
    one = points[5]
    assert one["Minimum"] < one["ExtendedStatistics"]["p50"] < one["ExtendedStatistics"]["p99.9"]
    assert one["ExtendedStatistics"]["p99.9"] <= one["Maximum"]
    assert one["SampleCount"] == 60


def test_pages_of_points_make_the_whole(small: SimulatedOrganisation) -> None:
    queries = [
        query(database("shop-database-prod-01", name), "Average", HOUR, f"q{place}")
        for place, name in enumerate(("CPUUtilization", "ReadIOPS", "WriteIOPS"))
    ]
    asked: dict[str, Any] = {"MetricDataQueries": queries, **WEEK}
    whole = fields(small, "cloudwatch", "GetMetricData", **asked)
    token: dict[str, str] = {}
    seen: dict[str, list[Any]] = {each["Id"]: [] for each in queries}
    pages = 0
    while True:
        page = fields(small, "cloudwatch", "GetMetricData", **asked, MaxDatapoints=100, **token)
        pages += 1
        found = page["MetricDataResults"]
        assert sum(len(each["Values"]) for each in found) <= 100
        for each in found:
            seen[each["Id"]] += zip(each["Timestamps"], each["Values"], strict=True)
        if "NextToken" not in page:
            break
        assert "PartialData" in {each["StatusCode"] for each in found}
        token = {"NextToken": page["NextToken"]}
    assert pages == 5
    for each in whole["MetricDataResults"]:
        assert seen[each["Id"]] == list(zip(each["Timestamps"], each["Values"], strict=True))
        assert each["Timestamps"] == sorted(each["Timestamps"], reverse=True)


def with_math(expression: str, **more: Any) -> dict[str, Any]:
    queries = [
        query(database("shop-database-prod-01", name), "Average", HOUR, id_)
        for id_, name in (("r", "ReadIOPS"), ("w", "WriteIOPS"))
    ]
    return {"MetricDataQueries": [*queries, {"Id": "e", "Expression": expression, **more}], **WEEK}


@pytest.mark.parametrize(
    ("expression", "of"),
    [
        ("r + w", lambda r, w: r + w),
        ("100 * r / (r + w)", lambda r, w: 100 * r / (r + w)),
        ("SUM([r, w])", lambda r, w: r + w),
        ("AVG(METRICS())", lambda r, w: (r + w) / 2),
        ("MAX([r, w]) * PERIOD(r)", lambda r, w: max(r, w) * HOUR),
        ("ABS(-r) + FILL(w, 0)", lambda r, w: r + w),
        ("CEIL(r) - FLOOR(r)", lambda r, w: 1.0),
    ],
)
def test_metric_math_computes_point_by_point(
    small: SimulatedOrganisation, expression: str, of: Any
) -> None:
    answer = fields(small, "cloudwatch", "GetMetricData", **with_math(expression))
    r, w, e = (each["Values"] for each in answer["MetricDataResults"])
    assert len(e) == 160
    assert e == pytest.approx([of(*pair) for pair in zip(r, w, strict=True)])


@pytest.mark.parametrize(
    ("params", "code", "told"),
    [
        (with_math("r +"), "ValidationError", "Error in expression 'e'"),
        (with_math("e + 1"), "ValidationError", "refers to itself"),
        (with_math("__import__"), "ValidationError", "No query has the id '__import__'"),
        ({**WEEK, "MetricDataQueries": [query(CHARGES, "tm90", HOUR)]}, "ValidationError", "tm90"),
        ({**WEEK, "MetricDataQueries": [query(CHARGES, "Sum", 90)]}, "ValidationError", "Period"),
        ({**WEEK, "MetricDataQueries": [query(CHARGES, "Sum", 60, "A")]}, "ValidationError", "Id"),
        ({**WEEK, "MetricDataQueries": [query(CHARGES, "Sum", 60)] * 2}, "ValidationError",
         "not unique"),
        ({**WEEK, "MetricDataQueries": [query(CHARGES, "Sum", 60)] * 501}, "ValidationError",
         "500"),
        ({**WEEK, "MetricDataQueries": [{"Id": "a"}]}, "ValidationError", "mutually exclusive"),
        ({**WEEK, "MetricDataQueries": []}, "MissingParameter", "MetricDataQueries"),
        ({"StartTime": NOW, "EndTime": NOW, "MetricDataQueries": [query(CHARGES, "Sum", 60)]},
         "InvalidParameterValue", "StartTime"),
        ({**WEEK, "MetricDataQueries": [query(CHARGES, "Sum", 60)], "NextToken": "x"},
         "InvalidNextToken", "token"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_question_is_said(
    small: SimulatedOrganisation, params: dict[str, Any], code: str, told: str
) -> None:
    answer = ask(small, "cloudwatch", "GetMetricData", **params)
    assert isinstance(answer, Refusal)
    assert answer.code == code
    assert told in answer.message


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Period": 60, "Statistics": ["Sum"]}, "InvalidParameterCombination"),  # 10,080 points
        ({"Period": HOUR}, "InvalidParameterCombination"),
        ({"Period": HOUR, "Statistics": ["Median"]}, "InvalidParameterValue"),
        ({"Period": HOUR, "ExtendedStatistics": ["p101"]}, "InvalidParameterValue"),
    ],
)
def test_statistics_refuse_in_their_own_words(
    small: SimulatedOrganisation, params: dict[str, Any], code: str
) -> None:
    answer = ask(small, "cloudwatch", "GetMetricStatistics", **CHARGES, **WEEK, **params)
    assert isinstance(answer, Refusal)
    assert answer.code == code


def test_what_is_not_measured_has_no_points(small: SimulatedOrganisation) -> None:
    idle = small.key().of("idle")
    volumes = {id_ for id_ in idle.resources if id_.startswith("vol-")}
    measured = {each["Dimensions"][0]["Value"] for each in listed(small, idle.region,
                Namespace="AWS/EBS")}  # fmt: skip
    assert volumes - measured  # an unattached volume sends nothing
    loose = sorted(volumes - measured)[0]
    metric = {"Namespace": "AWS/EBS", "MetricName": "VolumeReadOps",
              "Dimensions": [{"Name": "VolumeId", "Value": loose}]}  # fmt: skip
    assert values(small, idle.region, metric, "Sum", DAY, *WEEK.values()) == {}
    assert values(small, "us-east-1", {**metric, "Namespace": "Own/App"}, "Sum", DAY,
                  *WEEK.values()) == {}  # fmt: skip
    elsewhere = values(small, "eu-west-1", CHARGES, "Maximum", DAY, *WEEK.values())
    assert elsewhere == {}
    assert values(small, "us-east-1", CHARGES, "Maximum", DAY, *WEEK.values())


def test_dimensions_are_those_of_the_metric_or_there_is_nothing(
    small: SimulatedOrganisation,
) -> None:
    metric = next(
        each
        for each in listed(small, "us-east-1", Namespace="AWS/EC2", MetricName="CPUUtilization")
        if each["Dimensions"][0]["Name"] == "InstanceId"
    )
    (dimension,) = metric["Dimensions"]
    assert values(small, "us-east-1", metric, "Average", DAY, *WEEK.values())
    for dimensions in (
        [], [{**dimension, "Name": "ImageId"}],
        [dimension, {"Name": "AutoScalingGroupName", "Value": "shop-web-prod"}],
    ):  # fmt: skip
        other = {**metric, "Dimensions": dimensions}
        assert values(small, "us-east-1", other, "Average", DAY, *WEEK.values()) == {}


def test_an_account_narrows_a_question(small: SimulatedOrganisation) -> None:
    metric = database("shop-database-prod-01", "CPUUtilization")
    (mine,) = {
        owner
        for page in [fields(small, "cloudwatch", "ListMetrics", **metric,
                            IncludeLinkedAccounts=True)]
        for owner in page["OwningAccounts"]
    }  # fmt: skip
    assert mine == small.world.account("sim-shop-prod").id
    for account, has in ((mine, True), (small.account_id, False)):
        queries = [query(metric, "Average", DAY) | {"AccountId": account}]
        (found,) = data(small, "us-east-1", queries, *WEEK.values())
        assert bool(found) == has


def test_metrics_come_five_hundred_a_page(small: SimulatedOrganisation) -> None:
    page = fields(small, "cloudwatch", "ListMetrics", "us-west-2")
    assert len(page["Metrics"]) == 500
    every = list(listed(small, "us-west-2"))
    assert len(every) > 1_000
    keys = [(m["Namespace"], m["MetricName"], str(m["Dimensions"])) for m in every]
    assert len(set(keys)) == len(keys)


def test_an_idle_instance_does_nothing_and_a_miner_does_its_utmost(
    small: SimulatedOrganisation,
) -> None:
    expected: tuple[tuple[IncidentKind, str, float, float], ...] = (
        ("idle", "Maximum", 1, 2), ("mining", "Minimum", 96, 100),
    )  # fmt: skip
    for kind, statistic, least, most in expected:
        incident = small.key().of(kind)
        for id_ in (each for each in incident.resources if each.startswith("i-")):
            metric = {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization",
                      "Dimensions": [{"Name": "InstanceId", "Value": id_}]}  # fmt: skip
            since = day("2026-10-01")
            found = values(small, incident.region, metric, statistic, DAY, since, NOW)
            assert found
            assert all(least <= each <= most for each in found.values())
            first, last = min(found).date(), max(found).date()
            assert (first, last) == (max(incident.first_day, since.date()), incident.last_day)


@pytest.mark.parametrize(
    ("kind", "names"),
    [("spike", "{group}-in-service-above-ceiling"), ("nat", "{nat_gateway}-bytes-out-to-source")],
)
def test_an_alarm_goes_off_when_it_begins(worlds: Worlds, kind: Any, names: str) -> None:
    incident = worlds(SMALL).key().of(kind)
    name = names.format(**incident.facts)
    states = {}
    for text in (SMALL, switched_off(kind)):
        answer = fields(worlds(text), "cloudwatch", "DescribeAlarms", incident.region,
                        AlarmNames=[name])  # fmt: skip
        (alarm,) = answer["MetricAlarms"]
        states[text] = alarm["StateValue"]
        if text == SMALL:
            assert alarm["StateUpdatedTimestamp"].date() == incident.first_day
            assert "was greater than the threshold" in alarm["StateReason"]
    assert states == {SMALL: "ALARM", switched_off(kind): "OK"}
