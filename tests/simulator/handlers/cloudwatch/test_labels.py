"""Dynamic labels hold what CloudWatch's guide names: of the values, the times and the metric."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import ask, fields
from tests.simulator.metrics.readings import NOW, query

DAY = 86_400
WEEK: dict[str, Any] = {"StartTime": NOW - timedelta(days=7), "EndTime": NOW}
METRIC: dict[str, Any] = {
    "Namespace": "AWS/RDS", "MetricName": "CPUUtilization",
    "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "shop-database-prod-01"}],
}  # fmt: skip


def labelled(small: SimulatedOrganisation, *queries: dict[str, Any], **params: Any) -> list[Any]:
    answer = fields(
        small, "cloudwatch", "GetMetricData", MetricDataQueries=list(queries), **WEEK, **params
    )
    results: list[Any] = answer["MetricDataResults"]
    return results


def test_properties_are_those_of_the_metric(small: SimulatedOrganisation) -> None:
    names = ("AccountId", "AccountLabel", "Dim.DBInstanceIdentifier", "Dim.InstanceId",
             "MetricName", "Namespace", "Period", "Region", "Stat")  # fmt: skip
    label = "|".join(f"${{PROP('{name}')}}" for name in names)
    text = f"SEARCH('\"shop-database-prod-01\" cpu', 'Maximum', {DAY})"
    search = {"Id": "e", "Label": label, "Expression": text}
    found = labelled(small, query(METRIC, "Maximum", DAY) | {"Label": label}, search)
    account = small.world.account("sim-shop-prod").id
    told = (f"{account}|sim-shop-prod|shop-database-prod-01|--|CPUUtilization|AWS/RDS|{DAY}"
            "|us-east-1|Maximum")  # fmt: skip
    assert [each["Label"] for each in found] == [told, told]


def test_statistics_are_those_of_the_values(small: SimulatedOrganisation) -> None:
    names = ("AVG", "SUM", "MIN", "MAX", "FIRST", "LAST", "FIRST_LAST_RANGE", "MIN_MAX_RANGE",
             "DATAPOINT_COUNT")  # fmt: skip
    label = "|".join(f"${{{name}}}" for name in names)
    (found,) = labelled(
        small, query(METRIC, "Average", DAY) | {"Label": label}, ScanBy="TimestampDescending"
    )
    values = found["Values"][::-1]
    told = [float(each) for each in found["Label"].split("|")]
    assert told == pytest.approx(
        [sum(values) / len(values), sum(values), min(values), max(values), values[0], values[-1],
         values[-1] - values[0], max(values) - min(values), len(values)], abs=6e-4,
    )  # fmt: skip


def test_times_are_of_the_zone_that_is_asked_for(small: SimulatedOrganisation) -> None:
    label = ("${FIRST_TIME}|${LAST_TIME}|${FIRST_LAST_TIME_RANGE}|${LAST_TIME_RELATIVE}|${MAX_TIME}"
             "|${MIN_TIME}")  # fmt: skip
    asked = query(METRIC, "Average", DAY) | {"Label": label}
    for zone, hour in (("+0000", "08:00:00"), ("+0130", "09:30:00"), ("-0800", "00:00:00")):
        (found,) = labelled(small, asked, LabelOptions={"Timezone": zone})
        first, last, span, relative, most, least = found["Label"].split("|")
        assert first == f"2026-10-25 {hour}"
        assert last == f"2026-10-31 {hour}"
        assert span == "6 days, 0:00:00"
        assert relative == "1 day, 0:00:00"
        by_value = dict(zip(found["Values"], found["Timestamps"], strict=True))
        for told, value in ((most, max(by_value)), (least, min(by_value))):
            assert told == f"{by_value[value]:%Y-%m-%d} {hour}"


def test_a_dynamic_label_stands_for_each_of_several_series(small: SimulatedOrganisation) -> None:
    search = f"SEARCH('{{AWS/RDS}} cpu', 'Maximum', {DAY})"
    for label, start in (("[max: ${MAX}] ${LABEL}", "[max: "), ("Load", "Load ")):
        found = labelled(small, {"Id": "e", "Expression": search, "Label": label})
        assert all(each["Label"].startswith(start) for each in found)
        ends = [each["Label"].rpartition(" ")[2] for each in found]
        assert "shop-database-prod-01" in ends
        assert len(set(ends)) == len(ends) > 2


def test_what_a_series_lacks_is_a_dash(small: SimulatedOrganisation) -> None:
    nothing = {**METRIC, "Namespace": "Own/App"}
    label = "${AVG} ${LAST_TIME} ${PROP('AccountId')} ${LABEL}"
    sum_ = {"Id": "e", "Expression": "a + 1", "Label": "${PROP('Stat')} ${PROP('Period')} ${LABEL}"}
    found = labelled(small, query(nothing, "Sum", DAY) | {"Label": label}, sum_)
    assert [each["Label"] for each in found] == ["-- -- -- CPUUtilization", f"Sum {DAY} e"]


@pytest.mark.parametrize(
    ("label", "options", "told"),
    [
        ("${MEDIAN}", {}, "${MEDIAN} is no dynamic value"),
        ("${PROP('Owner')}", {}, "${PROP('Owner')} is no dynamic value"),
        ("x", {"LabelOptions": {"Timezone": "CET"}}, "The Timezone CET"),
    ],
)
def test_what_no_label_has_is_refused(
    small: SimulatedOrganisation, label: str, options: dict[str, Any], told: str
) -> None:
    asked = query(METRIC, "Sum", DAY) | {"Label": label}
    answer = ask(small, "cloudwatch", "GetMetricData", MetricDataQueries=[asked], **WEEK, **options)
    assert isinstance(answer, Refusal)
    assert told in answer.message
