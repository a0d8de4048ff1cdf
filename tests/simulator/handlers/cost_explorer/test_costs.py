"""Cost Explorer filters, groups, pages and refuses as AWS's does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.handlers.cost_explorer.costs import CostExplorerService
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.view import View
from finops_repl.simulator.world import World
from tests.simulator.bills import pages
from tests.simulator.conftest import Worlds, ask, fields

AUGUST = {"Start": "2026-08-01", "End": "2026-09-01"}
COMPUTE = "Amazon Elastic Compute Cloud - Compute"


def dimension(key: str, *values: str, **more: Any) -> dict[str, Any]:
    return {"Dimensions": {"Key": key, "Values": list(values), **more}}


def tag(key: str, *values: str, **more: Any) -> dict[str, Any]:
    return {"Tags": {"Key": key, "Values": list(values), **more}}


def total(organisation: SimulatedOrganisation, **params: Any) -> Decimal:
    """The one unblended total of a period without groups."""
    asked = {"TimePeriod": AUGUST, "Granularity": "MONTHLY", "Metrics": ["UnblendedCost"], **params}
    (bucket,) = fields(organisation, "ce", "GetCostAndUsage", **asked)["ResultsByTime"]
    assert bucket["Groups"] == []
    return Decimal(bucket["Total"]["UnblendedCost"]["Amount"])


def billed(organisation: SimulatedOrganisation, where: str) -> Decimal:
    """The same by SQL on the bill."""
    table = organisation.room.query(
        "SELECT cast(coalesce(sum(cast(line_item_unblended_cost AS decimal(28, 10))), 0)"
        f" AS varchar) FROM cur2 WHERE billing_period = '2026-08' AND ({where})"
    )
    return Decimal(str(table.rows[0][0]))


TEAM = "coalesce(element_at(resource_tags, 'user_team'), '')"


@pytest.mark.parametrize(
    ("expression", "where"),
    [
        (dimension("REGION", "us-east-1", "eu-west-1"),
         "product_region_code IN ('us-east-1', 'eu-west-1')"),
        (dimension("REGION", "NoRegion"), "product_region_code = ''"),
        (dimension("RECORD_TYPE", "Recurring"), "line_item_line_item_type = 'RIFee'"),
        (dimension("RECORD_TYPE", "Support", "Tax"),
         "line_item_product_code = 'AWSSupportBusiness'"),
        ({"Not": dimension("RECORD_TYPE", "Usage")}, "line_item_line_item_type <> 'Usage'"),
        (dimension("USAGE_TYPE", "EBS:VolumeUsage.gp3"),
         "line_item_usage_type = 'EBS:VolumeUsage.gp3'"),
        (dimension("INSTANCE_TYPE", "R5.XLARGE", MatchOptions=["CASE_INSENSITIVE"]),
         "product_instance_type = 'r5.xlarge'"),
        (tag("team", "data", "checkout"), f"{TEAM} IN ('data', 'checkout')"),
        (tag("team", MatchOptions=["ABSENT"]), f"{TEAM} = ''"),
        (tag("never-activated", "x"), "false"),
        ({"And": [dimension("SERVICE_CODE", "AmazonEC2"), {"Not": tag("team", "data")}]},
         f"line_item_product_code = 'AmazonEC2' AND NOT {TEAM} = 'data'"),
        ({"Or": [dimension("SERVICE_CODE", "AmazonRDS"),
                 {"And": [tag("environment", "prod"), dimension("REGION", "us-west-2")]}]},
         "line_item_product_code = 'AmazonRDS' OR (element_at(resource_tags, 'user_environment')"
         " = 'prod' AND product_region_code = 'us-west-2')"),
        (dimension("SERVICE", "x' OR '1'='1"), "false"),
    ],
)  # fmt: skip
def test_a_filter_means_what_it_means_on_the_bill(
    small: SimulatedOrganisation, expression: dict[str, Any], where: str
) -> None:
    expected = billed(small, where)
    assert total(small, Filter=expression) == expected
    daily = fields(
        small, "ce", "GetCostAndUsage", TimePeriod=AUGUST, Granularity="DAILY",
        Metrics=["UnblendedCost"], Filter=expression,
    )["ResultsByTime"]  # fmt: skip
    assert len(daily) == 31
    amounts = (Decimal(day["Total"]["UnblendedCost"]["Amount"]) for day in daily)
    assert sum(amounts, Decimal(0)) == expected


def test_every_expression_and_its_negation_make_the_whole(small: SimulatedOrganisation) -> None:
    expression = tag("aws:autoscaling:groupName", MatchOptions=["ABSENT"])
    parts = total(small, Filter=expression) + total(small, Filter={"Not": expression})
    assert parts == total(small) != 0


def test_the_end_is_exclusive_and_a_part_of_a_month_is_a_part(
    small: SimulatedOrganisation,
) -> None:
    asked = {"Start": "2026-07-31", "End": "2026-09-02"}
    found = fields(
        small, "ce", "GetCostAndUsage", TimePeriod=asked, Granularity="MONTHLY",
        Metrics=["UnblendedCost"],
    )["ResultsByTime"]  # fmt: skip
    assert [tuple(bucket["TimePeriod"].values()) for bucket in found] == [
        ("2026-07-31", "2026-08-01"),
        ("2026-08-01", "2026-09-01"),
        ("2026-09-01", "2026-09-02"),
    ]
    assert Decimal(found[1]["Total"]["UnblendedCost"]["Amount"]) == billed(small, "true")
    assert 0 < Decimal(found[0]["Total"]["UnblendedCost"]["Amount"]) < billed(small, "true") / 5


def test_the_open_month_is_estimated_and_days_to_come_are_zero(
    small: SimulatedOrganisation,
) -> None:
    found = fields(
        small, "ce", "GetCostAndUsage", TimePeriod={"Start": "2026-09-29", "End": "2026-11-03"},
        Granularity="DAILY", Metrics=["UnblendedCost", "UsageQuantity"],
    )["ResultsByTime"]  # fmt: skip
    assert [day["Estimated"] for day in found] == [False] * 2 + [True] * 33
    assert found[-1]["Total"] == {
        "UnblendedCost": {"Amount": "0", "Unit": "USD"},
        "UsageQuantity": {"Amount": "0", "Unit": "N/A"},
    }


def test_groups_have_keys_names_and_no_total(small: SimulatedOrganisation) -> None:
    found = fields(
        small, "ce", "GetCostAndUsage", TimePeriod=AUGUST, Granularity="MONTHLY",
        Metrics=["UnblendedCost", "UsageQuantity"],
        Filter=dimension("USAGE_TYPE", "EBS:VolumeUsage.gp3"),
        GroupBy=[{"Type": "TAG", "Key": "team"}, {"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}],
    )  # fmt: skip
    (bucket,) = found["ResultsByTime"]
    assert bucket["Total"] == {}
    keys = [group["Keys"] for group in bucket["Groups"]]
    assert keys == sorted(keys)
    assert any(key == "team$" for key, _ in keys)
    assert all(group["Metrics"]["UsageQuantity"]["Unit"] == "GB-Mo" for group in bucket["Groups"])
    assert {each["Value"] for each in found["DimensionValueAttributes"]} == {k for _, k in keys}
    assert all(
        each["Attributes"]["description"].startswith("sim-")
        for each in found["DimensionValueAttributes"]
    )
    parts = (Decimal(g["Metrics"]["UnblendedCost"]["Amount"]) for g in bucket["Groups"])
    assert sum(parts, Decimal(0)) == billed(small, "line_item_usage_type = 'EBS:VolumeUsage.gp3'")


def test_pages_together_are_the_whole_answer(small: SimulatedOrganisation) -> None:
    asked: dict[str, Any] = {
        "TimePeriod": {"Start": "2026-06-01", "End": "2026-09-01"},
        "Granularity": "MONTHLY",
        "Metrics": ["UnblendedCost"],
        "GroupBy": [{"Type": "DIMENSION", "Key": "USAGE_TYPE"}],
    }

    def groups(found: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
        return [
            (bucket["TimePeriod"]["Start"], group["Keys"][0],
             group["Metrics"]["UnblendedCost"]["Amount"])
            for page in found for bucket in page["ResultsByTime"] for group in bucket["Groups"]
        ]  # fmt: skip

    view = View(World(small.spec.seed, small.spec.rows), Calendar(small.spec.as_of),
                small.store_path)  # fmt: skip
    try:
        paged = pages(CostExplorerService(view, groups_per_page=7), **asked)
    finally:
        view.close()
    (whole,) = pages(small, **asked)
    assert len(paged) > 10
    assert groups(paged) == groups([whole])
    starts = {b["TimePeriod"]["Start"] for page in paged for b in page["ResultsByTime"]}
    assert starts == {"2026-06-01", "2026-07-01", "2026-08-01"}


def test_a_token_serves_its_own_question_only(small: SimulatedOrganisation) -> None:
    view = View(World(small.spec.seed, small.spec.rows), Calendar(small.spec.as_of),
                small.store_path)  # fmt: skip
    service = CostExplorerService(view, groups_per_page=2)
    asked: dict[str, Any] = {
        "TimePeriod": AUGUST, "Granularity": "MONTHLY", "Metrics": ["UnblendedCost"],
        "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
    }  # fmt: skip
    token = fields(service, "ce", "GetCostAndUsage", **asked)["NextPageToken"]
    try:
        for changed in ({"Metrics": ["AmortizedCost"]}, {"NextPageToken": token[:-4] + "AAAA"}):
            params = {**asked, "NextPageToken": token, **changed}
            refused = ask(service, "ce", "GetCostAndUsage", **params)
            assert isinstance(refused, Refusal)
            assert refused.code == "InvalidNextTokenException"
    finally:
        view.close()


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"TimePeriod": {"Start": "2026-08-02", "End": "2026-08-02"}}, "ValidationException",
         "should be before end date"),
        ({"TimePeriod": {"Start": "2024-08-02", "End": "2026-08-02"}}, "ValidationException",
         "historical data beyond 14 months"),
        ({"TimePeriod": {"Start": "2026-8-2", "End": "2026-08-02"}}, "ValidationException",
         "Valid format is: yyyy-MM-dd"),
        ({"TimePeriod": {"Start": "2026-12-01", "End": "2026-12-02"}}, "ValidationException",
         "no later than today"),
        ({"TimePeriod": None}, "ValidationException", "TimePeriod"),
        ({"Granularity": "HOURLY"}, "ValidationException", "yyyy-MM-ddTHH:mm:ssZ"),
        ({"Granularity": "WEEKLY"}, "ValidationException", "WEEKLY"),
        ({"Metrics": []}, "ValidationException", "Metrics"),
        ({"Metrics": ["UNBLENDED_COST"]}, "ValidationException", "UnblendedCost"),
        ({"GroupBy": [{"Type": "DIMENSION", "Key": k} for k in ("SERVICE", "REGION", "SCOPE")]},
         "ValidationException", "less than or equal to 2"),
        ({"GroupBy": [{"Type": "DIMENSION", "Key": "SERVICES"}]}, "ValidationException",
         "SERVICES"),
        ({"GroupBy": [{"Type": "DIMENSION", "Key": "AZ"}]}, "ValidationException", "not offered"),
        ({"Filter": {"And": [dimension("SERVICE", "x")]}}, "ValidationException", "at least 2"),
        ({"Filter": {**dimension("SERVICE", "x"), **tag("team", "x")}}, "ValidationException",
         "exactly one root"),
        ({"Filter": {}}, "ValidationException", "exactly one root"),
        ({"Filter": dimension("SERVICE")}, "ValidationException", "must not be empty"),
        ({"Filter": dimension("SERVICE", "x", MatchOptions=["CONTAINS"])}, "ValidationException",
         "not supported"),
    ],
)  # fmt: skip
def test_what_aws_refuses_is_refused(
    small: SimulatedOrganisation, changed: dict[str, Any], code: str, words: str
) -> None:
    asked = {"TimePeriod": AUGUST, "Granularity": "MONTHLY", "Metrics": ["UnblendedCost"]}
    answer = ask(small, "ce", "GetCostAndUsage", **{**asked, **changed})
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.status) == (code, 400)
    assert words in answer.message


def test_dimension_values_are_the_bills_own(small: SimulatedOrganisation) -> None:
    def values(name: str, **more: Any) -> list[str]:
        found = fields(small, "ce", "GetDimensionValues", TimePeriod=AUGUST, Dimension=name, **more)
        assert found["ReturnSize"] == found["TotalSize"] == len(found["DimensionValues"])
        return [each["Value"] for each in found["DimensionValues"]]

    assert COMPUTE in values("SERVICE")
    assert "EC2 - Other" in values("SERVICE", SearchString="ec2")
    assert "Amazon DynamoDB" not in values("SERVICE", SearchString="ec2")
    assert set(values("RECORD_TYPE")) >= {"Usage", "Recurring", "Support", "Tax"}
    assert "NoRegion" in values("REGION")


def test_tag_values_show_real_life(worlds: Worlds) -> None:
    organisation = worlds("simulated:as_of=2026-10-31")
    keys = fields(organisation, "ce", "GetTags", TimePeriod=AUGUST)["Tags"]
    assert keys == [
        "application",
        "aws:autoscaling:groupName",
        "aws:eks:cluster-name",
        "aws:eks:namespace",
        "cost-center",
        "environment",
        "team",
        "tenant",
    ]
    teams = fields(organisation, "ce", "GetTags", TimePeriod=AUGUST, TagKey="team")["Tags"]
    assert {"", "platform", "plattform", "checkout", "chekout"} <= set(teams)
