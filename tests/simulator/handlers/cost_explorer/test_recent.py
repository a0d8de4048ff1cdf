"""The last 14 days by the hour and by the resource: the same sums as the bill's days."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.handlers.cost_explorer.costs import CostExplorerService
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.view import View
from finops_repl.simulator.world import World
from tests.simulator.bills import METRICS, pages, tampered
from tests.simulator.conftest import Answers, Worlds, ask, fields

COMPUTE = "Amazon Elastic Compute Cloud - Compute"
OF_COMPUTE = {"Dimensions": {"Key": "SERVICE", "Values": [COMPUTE]}}
BY_SERVICE = {"Type": "DIMENSION", "Key": "SERVICE"}
BY_TEAM = {"Type": "TAG", "Key": "team"}
BY_RESOURCE = {"Type": "DIMENSION", "Key": "RESOURCE_ID"}
DAYS = {"Start": "2026-10-18", "End": "2026-11-01"}
HOURS = {"Start": "2026-10-18T00:00:00Z", "End": "2026-11-01T00:00:00Z"}

Cells = dict[tuple[str, ...], Decimal]


def cells(explorer: Answers, hourly: bool, *groups: dict[str, str]) -> Cells:
    """(metric, day, key ...): every metric of every day, hours summed to their day."""
    found: Cells = defaultdict(Decimal)
    for page in pages(
        explorer,
        TimePeriod=HOURS if hourly else DAYS,
        Granularity="HOURLY" if hourly else "DAILY",
        Metrics=list(METRICS),
        GroupBy=list(groups),
    ):
        for bucket in page["ResultsByTime"]:
            parts = bucket["Groups"] or [{"Keys": [], "Metrics": bucket["Total"]}]
            for part in parts:
                for metric, amount in part["Metrics"].items():
                    cell = (metric, bucket["TimePeriod"]["Start"][:10], *part["Keys"])
                    found[cell] += Decimal(amount["Amount"])
    return {cell: amount for cell, amount in found.items() if amount}


@pytest.mark.parametrize("groups", [(), (BY_SERVICE, BY_TEAM)], ids=["whole", "groups"])
def test_the_hours_of_a_day_sum_to_the_day_to_the_last_digit(
    small: SimulatedOrganisation, groups: tuple[dict[str, str], ...]
) -> None:
    by_hour = cells(small, True, *groups)
    assert by_hour == cells(small, False, *groups)
    assert len({day for _, day, *_ in by_hour}) == 14


def test_a_fact_that_changes_is_noticed(small: SimulatedOrganisation, tmp_path: Path) -> None:
    path = tampered(
        small, tmp_path,
        "UPDATE fact SET unblended = unblended + 1e-10 WHERE day = '2026-10-20' AND meter = ("
        "SELECT min(meter) FROM fact WHERE day = '2026-10-20')",
    )  # fmt: skip
    view = View(World(small.spec.seed, small.spec.rows), Calendar(small.spec.as_of), path)
    try:
        assert cells(CostExplorerService(view), True) != cells(small, False)
    finally:
        view.close()


def hours_of(organisation: SimulatedOrganisation, day: str, **more: Any) -> list[Decimal]:
    """A day's 24 hours of one metric."""
    following = date.fromisoformat(day) + timedelta(days=1)
    asked: dict[str, Any] = {
        "TimePeriod": {"Start": f"{day}T00:00:00Z", "End": f"{following}T00:00:00Z"},
        "Granularity": "HOURLY",
        "Metrics": ["UsageQuantity"],
    }
    operation = "GetCostAndUsage"
    if "RESOURCE_ID" in str(more):
        operation = "GetCostAndUsageWithResources"
    found = fields(organisation, "ce", operation, **{**asked, **more})["ResultsByTime"]
    return [Decimal(hour["Total"]["UsageQuantity"]["Amount"]) for hour in found]


def test_machines_run_in_the_hours_that_they_ran_in(small: SimulatedOrganisation) -> None:
    """Machines that a day saw begin stand at its end; those that it saw end, at its beginning."""
    rows = small.room.query(
        "SELECT line_item_resource_id, cast(date(line_item_usage_start_date) AS varchar),"
        " cast(sum(line_item_usage_amount) AS decimal(20, 6)),"
        " lag(date(line_item_usage_start_date)) OVER (PARTITION BY line_item_resource_id"
        "  ORDER BY date(line_item_usage_start_date))"
        " FROM cur2 WHERE billing_period = '2026-10' AND line_item_usage_type LIKE '%BoxUsage:%'"
        " GROUP BY line_item_resource_id, date(line_item_usage_start_date)"
    ).rows
    partial = [row for row in rows if str(row[1]) > "2026-10-19" and 2 < float(str(row[2])) < 22]
    began = next(row for row in partial if row[3] is None)
    ended = next(row for row in partial if row[3] is not None)
    for (id_, day, ran, _), is_last in ((began, False), (ended, True)):
        one = {"Dimensions": {"Key": "RESOURCE_ID", "Values": [str(id_)]}}
        box = {"Dimensions": {"Key": "OPERATION", "Values": ["RunInstances"]}}
        hours = hours_of(small, str(day), Filter={"And": [OF_COMPUTE, one, box]})
        assert sum(hours) == Decimal(str(ran))
        shown = [round(hour, 6) for hour in hours]
        assert shown == sorted(shown, reverse=is_last)
        whole = int(float(str(ran)))
        running = hours[:whole] if is_last else hours[24 - whole :]
        assert all(abs(hour - 1) < Decimal("0.000001") for hour in running)


def test_counts_follow_the_day_and_what_is_stored_does_not(small: SimulatedOrganisation) -> None:
    requests = {"Dimensions": {"Key": "USAGE_TYPE", "Values": ["Requests-Tier1"]}}
    hours = hours_of(small, "2026-10-20", Filter=requests)
    assert max(hours) > 2 * min(hours) > 0
    stored = {"Dimensions": {"Key": "USAGE_TYPE", "Values": ["TimedStorage-ByteHrs"]}}
    hours = hours_of(small, "2026-10-20", Filter=stored)
    assert max(hours) - min(hours) < max(hours) / 10_000


def test_fees_stand_in_the_first_hour_of_their_day(worlds: Worlds) -> None:
    organisation = worlds("simulated:seed=23,as_of=2026-03-01,rows=20000")
    fees = {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Recurring", "Support", "Tax"]}}
    found = fields(
        organisation, "ce", "GetCostAndUsage", Granularity="HOURLY", Metrics=["UnblendedCost"],
        TimePeriod={"Start": "2026-02-28T00:00:00Z", "End": "2026-03-02T00:00:00Z"}, Filter=fees,
    )["ResultsByTime"]  # fmt: skip
    charged = [
        hour["TimePeriod"]["Start"]
        for hour in found
        if Decimal(hour["Total"]["UnblendedCost"]["Amount"])
    ]
    assert charged == ["2026-03-01T00:00:00Z"]


def test_a_part_of_a_day_is_a_part(small: SimulatedOrganisation) -> None:
    asked = {"Start": "2026-10-20T22:00:00Z", "End": "2026-10-21T03:00:00Z"}
    found = fields(
        small, "ce", "GetCostAndUsage", TimePeriod=asked, Granularity="HOURLY",
        Metrics=["UnblendedCost"],
    )["ResultsByTime"]  # fmt: skip
    assert [hour["TimePeriod"]["Start"][8:13] for hour in found] == [
        "20T22", "20T23", "21T00", "21T01", "21T02",
    ]  # fmt: skip
    assert found[-1]["TimePeriod"]["End"] == asked["End"]
    assert all(Decimal(hour["Total"]["UnblendedCost"]["Amount"]) > 0 for hour in found)


def test_resources_agree_with_the_bill_to_the_last_digit(small: SimulatedOrganisation) -> None:
    found: Cells = {}
    asked: dict[str, Any] = {
        "TimePeriod": DAYS, "Granularity": "DAILY", "Metrics": ["UnblendedCost", "AmortizedCost"],
        "Filter": OF_COMPUTE, "GroupBy": [BY_RESOURCE],
    }  # fmt: skip
    while True:
        page = fields(small, "ce", "GetCostAndUsageWithResources", **asked)
        for bucket in page["ResultsByTime"]:
            for group in bucket["Groups"]:
                for metric, amount in group["Metrics"].items():
                    cell = (metric, bucket["TimePeriod"]["Start"], *group["Keys"])
                    found[cell] = Decimal(amount["Amount"])
        if "NextPageToken" not in page:
            break
        asked["NextPageToken"] = page["NextPageToken"]
    billed: Cells = {}
    for metric in ("UnblendedCost", "AmortizedCost"):
        rows = small.room.query(
            "SELECT cast(date(line_item_usage_start_date) AS varchar),"
            " coalesce(nullif(line_item_resource_id, ''), 'NoResourceId'),"
            f" cast(sum(cast({METRICS[metric]} AS decimal(28, 10))) AS varchar) FROM cur2"
            " WHERE line_item_usage_start_date >= TIMESTAMP '2026-10-18 00:00:00'"
            " AND line_item_product_code = 'AmazonEC2'"
            " AND product_product_family = 'Compute Instance'"
            " AND coalesce(line_item_operation, '') <> 'EKSPod-EC2' GROUP BY 1, 2"
        ).rows
        billed |= {(metric, str(day), str(id_)): Decimal(str(sum_)) for day, id_, sum_ in rows}
    assert found == billed
    assert len({id_ for *_, id_ in found}) > 20


def test_machines_are_listed_as_values_of_a_dimension(small: SimulatedOrganisation) -> None:
    def listed(**more: Any) -> list[str]:
        found = fields(
            small, "ce", "GetDimensionValues", TimePeriod=DAYS, Dimension="RESOURCE_ID", **more
        )
        return [each["Value"] for each in found["DimensionValues"]]

    rows = small.room.query(
        "SELECT DISTINCT line_item_resource_id FROM cur2 WHERE product_product_family ="
        " 'Compute Instance' AND line_item_product_code = 'AmazonEC2'"
        " AND line_item_usage_start_date >= TIMESTAMP '2026-10-18 00:00:00'"
        " AND line_item_resource_id <> '' AND coalesce(line_item_operation, '') <> 'EKSPod-EC2'"
    ).rows
    assert listed() == sorted(str(id_) for (id_,) in rows)
    here = {"Dimensions": {"Key": "REGION", "Values": ["us-west-2"]}}
    assert 0 < len(listed(Filter=here)) < len(listed())
    assert listed(SearchString=listed()[0]) == listed()[:1]


@pytest.mark.parametrize(
    ("operation", "changed", "words"),
    [
        ("GetCostAndUsage", {"TimePeriod": {"Start": "2026-10-17T00:00:00Z",
                                            "End": "2026-10-19T00:00:00Z"}}, "last 14 days"),
        ("GetCostAndUsage", {"TimePeriod": {"Start": "2026-10-30T00:30:00Z",
                                            "End": "2026-10-31T00:00:00Z"}}, "full hour"),
        ("GetCostAndUsage", {"TimePeriod": {"Start": "2026-10-30T05:00:00Z",
                                            "End": "2026-10-30T05:00:00Z"}}, "before end"),
        ("GetCostAndUsage", {"TimePeriod": {"Start": "2026-11-02T05:00:00Z",
                                            "End": "2026-11-02T06:00:00Z"}}, "no later than now"),
        ("GetCostAndUsage", {"GroupBy": [BY_RESOURCE]}, "RESOURCE_ID is not offered"),
        ("GetCostAndUsageWithResources", {"Filter": None}, "Filter is required"),
        ("GetCostAndUsageWithResources", {"GroupBy": []}, "RESOURCE_ID"),
        ("GetCostAndUsageWithResources",
         {"Filter": {"Dimensions": {"Key": "REGION", "Values": ["us-east-1"]}}},
         "must hold a SERVICE"),
        ("GetCostAndUsageWithResources",
         {"Filter": {"Dimensions": {"Key": "SERVICE", "Values": ["EC2 - Other"]}}},
         "Hourly resource-level data"),
        ("GetCostAndUsageWithResources",
         {"Granularity": "DAILY", "TimePeriod": {"Start": "2026-10-01", "End": "2026-10-19"}},
         "last 14 days"),
        ("GetDimensionValues",
         {"Dimension": "RESOURCE_ID", "TimePeriod": {"Start": "2026-10-01", "End": "2026-10-19"}},
         "last 14 days"),
    ],
)  # fmt: skip
def test_what_is_too_old_or_too_wide_is_refused(
    small: SimulatedOrganisation, operation: str, changed: dict[str, Any], words: str
) -> None:
    asked: dict[str, Any] = {
        "TimePeriod": {"Start": "2026-10-30T00:00:00Z", "End": "2026-10-31T00:00:00Z"},
        "Granularity": "HOURLY", "Metrics": ["UnblendedCost"],
    }  # fmt: skip
    if operation == "GetCostAndUsageWithResources":
        asked |= {"Filter": OF_COMPUTE, "GroupBy": [BY_RESOURCE]}
    answer = ask(small, "ce", operation, **{**asked, **changed})
    assert isinstance(answer, Refusal)
    assert answer.code == "ValidationException"
    assert words in answer.message


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("GetCostAndUsage",
         {"TimePeriod": DAYS, "Granularity": "DAILY", "Metrics": ["BlendedCost"]}),
        ("GetDimensionValues", {"TimePeriod": DAYS, "Dimension": "REGION"}),
        ("GetCostForecast", {"TimePeriod": {"Start": "2026-11-01", "End": "2026-11-02"},
                             "Granularity": "DAILY", "Metric": "BLENDED_COST"}),
        ("GetCostAndUsageComparisons",
         {"BaselineTimePeriod": {"Start": "2026-08-01", "End": "2026-09-01"},
          "ComparisonTimePeriod": {"Start": "2026-09-01", "End": "2026-10-01"},
          "MetricForComparison": "BlendedCost"}),
    ],
)  # fmt: skip
def test_another_view_of_the_bill_is_not_passed_over(
    small: SimulatedOrganisation, operation: str, params: dict[str, Any]
) -> None:
    views = f"arn:aws:billing::{small.account_id}:billingview"
    fields(small, "ce", operation, **params, BillingViewArn=f"{views}/primary")
    answer = ask(small, "ce", operation, **params, BillingViewArn=f"{views}/of-a-team")
    assert isinstance(answer, Refusal)
    assert answer.code == "ResourceNotFoundException"
    assert f"{views}/primary" in answer.message
