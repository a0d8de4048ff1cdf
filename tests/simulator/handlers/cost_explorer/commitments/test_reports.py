"""Reports on reservations and Savings Plans group, filter, sort, page and refuse as AWS's do."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import SMALL, Worlds, ask, fields
from tests.simulator.offered.probe import switched_off

QUARTER = {"Start": "2026-07-01", "End": "2026-10-01"}
COMPUTE = "Amazon Elastic Compute Cloud - Compute"
DATABASES = "Amazon Relational Database Service"
CACHES = "Amazon ElastiCache"
BY_RESERVATION = [{"Type": "DIMENSION", "Key": "SUBSCRIPTION_ID"}]
REPORTS = {  # each with the list of its periods
    "GetReservationUtilization": "UtilizationsByTime",
    "GetReservationCoverage": "CoveragesByTime",
    "GetSavingsPlansUtilization": "SavingsPlansUtilizationsByTime",
    "GetSavingsPlansCoverage": "SavingsPlansCoverages",
}


def dimension(key: str, *values: str) -> dict[str, Any]:
    return {"Dimensions": {"Key": key, "Values": list(values)}}


def by(*keys: str) -> list[dict[str, str]]:
    return [{"Type": "DIMENSION", "Key": key} for key in keys]


def report(organisation: SimulatedOrganisation, operation: str, **params: Any) -> Any:
    return fields(organisation, "ce", operation, **{"TimePeriod": QUARTER, **params})


def refused(organisation: SimulatedOrganisation, operation: str, **params: Any) -> Refusal:
    answer = ask(organisation, "ce", operation, **{"TimePeriod": QUARTER, **params})
    assert isinstance(answer, Refusal)
    return answer


@pytest.mark.parametrize("operation", sorted(REPORTS))
def test_the_end_is_exclusive_and_parts_are_days_or_months(
    small: SimulatedOrganisation, operation: str
) -> None:
    months = report(small, operation, Granularity="MONTHLY")[REPORTS[operation]]
    assert [each["TimePeriod"] for each in months] == [
        {"Start": "2026-07-01", "End": "2026-08-01"},
        {"Start": "2026-08-01", "End": "2026-09-01"},
        {"Start": "2026-09-01", "End": "2026-10-01"},
    ]
    part = {"Start": "2026-09-29", "End": "2026-10-02"}
    days = report(small, operation, TimePeriod=part, Granularity="DAILY")[REPORTS[operation]]
    assert [each["TimePeriod"]["Start"] for each in days] == [
        "2026-09-29", "2026-09-30", "2026-10-01",
    ]  # fmt: skip


def test_without_a_granularity_utilization_of_reservations_is_daily(
    small: SimulatedOrganisation,
) -> None:
    assert len(report(small, "GetReservationUtilization")["UtilizationsByTime"]) == 92
    assert len(report(small, "GetReservationCoverage")["CoveragesByTime"]) == 1


def test_reservations_are_those_of_ec2_unless_a_service_is_named(
    small: SimulatedOrganisation,
) -> None:
    def held(**params: Any) -> Decimal:
        total = report(small, "GetReservationUtilization", **params)["Total"]
        return Decimal(total["PurchasedHours"])

    assert held() == held(Filter=dimension("SERVICE", COMPUTE)) > 0
    others = {held(Filter=dimension("SERVICE", each)) for each in (DATABASES, CACHES)}
    assert len(others | {held()}) == 3
    assert held(Filter=dimension("SERVICE", "Amazon Redshift")) == 0
    both = refused(
        small, "GetReservationUtilization", Filter=dimension("SERVICE", COMPUTE, DATABASES)
    )
    assert "at most 1" in both.message


@pytest.mark.parametrize(
    "service",
    ["Amazon Redshift", "Amazon Elasticsearch Service", "Amazon OpenSearch Service",
     "Amazon MemoryDB"],
)  # fmt: skip
def test_a_service_that_nobody_uses_has_nothing_and_no_other_services_figures(
    small: SimulatedOrganisation, service: str
) -> None:
    only = {"Filter": dimension("SERVICE", service)}
    used = report(small, "GetReservationUtilization", **only)
    assert used["UtilizationsByTime"] == []
    assert {Decimal(figure) for figure in used["Total"].values()} == {0}
    covered = report(small, "GetReservationCoverage", **only, Metrics=["Hour", "Cost"])["Total"]
    assert {Decimal(each) for part in covered.values() for each in part.values()} == {0}
    grouped = report(small, "GetReservationCoverage", **only, GroupBy=by("INSTANCE_TYPE"))
    assert grouped["CoveragesByTime"][0]["Groups"] == []
    for key in ("DATABASE_ENGINE", "PLATFORM"):
        words = refused(small, "GetReservationCoverage", **only, GroupBy=by(key)).message
        assert service in words
        assert ("CACHE_ENGINE" in words) == (service == "Amazon MemoryDB")
    advice = fields(small, "ce", "GetReservationPurchaseRecommendation", Service=service)
    assert advice["Recommendations"] == []


@pytest.mark.parametrize(
    ("service", "key", "name", "values"),
    [
        (CACHES, "CACHE_ENGINE", "cacheEngine", {"Redis"}),
        (DATABASES, "DATABASE_ENGINE", "databaseEngine", {"PostgreSQL", "MySQL", "Aurora MySQL"}),
        (DATABASES, "DEPLOYMENT_OPTION", "deploymentOption", {"Single-AZ"}),
    ],
)
def test_engines_and_deployments_are_groups_and_filters_of_their_service(
    small: SimulatedOrganisation, service: str, key: str, name: str, values: set[str]
) -> None:
    only = dimension("SERVICE", service)
    answer = report(small, "GetReservationCoverage", Filter=only, GroupBy=by(key))
    groups = {
        group["Attributes"][name]: Decimal(group["Coverage"]["CoverageHours"]["TotalRunningHours"])
        for group in answer["CoveragesByTime"][0]["Groups"]
    }
    assert set(groups) == values
    whole = Decimal(answer["Total"]["CoverageHours"]["TotalRunningHours"])
    assert sum(groups.values()) == whole > 0
    for value, hours in groups.items():
        chosen = {"And": [only, dimension(key, value)]}
        total = report(small, "GetReservationCoverage", Filter=chosen)["Total"]["CoverageHours"]
        assert Decimal(total["TotalRunningHours"]) == hours


def test_reservations_left_behind_are_used_no_more(
    small: SimulatedOrganisation, worlds: Worlds
) -> None:
    incident = small.key("reservations").of("reservations")
    moved = small.spec.as_of - timedelta(days=40)
    after = {"Start": str(moved), "End": str(small.spec.as_of)}
    asked = {"TimePeriod": after, "GroupBy": BY_RESERVATION}
    groups = report(small, "GetReservationUtilization", **asked)["UtilizationsByTime"][0]["Groups"]
    (left,) = [each for each in groups if each["Value"] == incident.facts["reservation"]]
    assert left["Utilization"]["UtilizationPercentage"] == "0"
    assert left["Attributes"]["instanceType"] == incident.facts["instance_type"]
    assert left["Attributes"]["subscriptionStatus"] == "Active"
    assert Decimal(left["Utilization"]["NetRISavings"]) == -Decimal(
        left["Utilization"]["TotalAmortizedFee"]
    )
    sold = worlds(switched_off("reservations"))
    groups = report(sold, "GetReservationUtilization", **asked)["UtilizationsByTime"][0]["Groups"]
    assert incident.facts["reservation"] not in {each["Value"] for each in groups}


def test_days_to_come_are_not_held(small: SimulatedOrganisation) -> None:
    month = {"Start": "2026-10-01", "End": "2026-11-30"}
    total = report(small, "GetReservationUtilization", TimePeriod=month, Granularity="MONTHLY")
    asked = {"Start": "2026-10-01", "End": "2026-11-01"}
    known = report(small, "GetReservationUtilization", TimePeriod=asked, Granularity="MONTHLY")
    assert total["Total"] == known["Total"]
    assert len(total["UtilizationsByTime"]) == 1


@pytest.mark.parametrize(
    ("expression", "few"),
    [
        (dimension("INSTANCE_TYPE", "r5.xlarge"), 1),
        (dimension("INSTANCE_TYPE_FAMILY", "r5", "c7g"), 2),
        (dimension("REGION", "eu-west-1"), 1),
        (dimension("PLATFORM", "Linux/UNIX"), 5),
        (dimension("TENANCY", "Shared"), 5),
        (dimension("SCOPE", "Region"), 5),
        (dimension("AZ", "us-east-1a"), 0),
        ({"And": [dimension("REGION", "us-east-1"), dimension("INSTANCE_TYPE_FAMILY", "r5")]}, 1),
    ],
)
def test_a_filter_chooses_reservations(
    small: SimulatedOrganisation, expression: dict[str, Any], few: int
) -> None:
    answer = report(small, "GetReservationUtilization", GroupBy=BY_RESERVATION, Filter=expression)
    assert len(answer["UtilizationsByTime"][0]["Groups"]) == few


def test_groups_make_the_total(small: SimulatedOrganisation) -> None:
    for operation, name, groups in (
        ("GetReservationUtilization", "UtilizationsByTime", ("SUBSCRIPTION_ID",)),
        ("GetReservationCoverage", "CoveragesByTime", ("REGION", "INSTANCE_TYPE", "TENANCY",
                                                       "PLATFORM")),
    ):  # fmt: skip
        answer = report(small, operation, GroupBy=by(*groups))
        (period,) = answer[name]
        assert period["TimePeriod"] == QUARTER
        assert period["Total"] == answer["Total"]
        if operation == "GetReservationCoverage":
            hours = [
                Decimal(each["Coverage"]["CoverageHours"]["TotalRunningHours"])
                for each in period["Groups"]
            ]
            total = answer["Total"]["CoverageHours"]["TotalRunningHours"]
        else:
            hours = [Decimal(each["Utilization"]["PurchasedHours"]) for each in period["Groups"]]
            total = answer["Total"]["PurchasedHours"]
        assert len(hours) > 3
        assert sum(hours) == Decimal(total)


def test_metrics_of_coverage_are_those_asked_for(small: SimulatedOrganisation) -> None:
    assert set(report(small, "GetReservationCoverage")["Total"]) == {"CoverageHours"}
    asked = ["Hour", "Unit", "Cost"]
    assert set(report(small, "GetReservationCoverage", Metrics=asked)["Total"]) == {
        "CoverageHours", "CoverageNormalizedUnits", "CoverageCost",
    }  # fmt: skip
    units = refused(
        small, "GetReservationCoverage", Metrics=["Unit"], Filter=dimension("SERVICE", DATABASES)
    )
    assert COMPUTE in units.message


def test_coverage_filters_by_tag_and_two_services(small: SimulatedOrganisation) -> None:
    def running(**params: Any) -> Decimal:
        total = report(small, "GetReservationCoverage", **params)["Total"]["CoverageHours"]
        return Decimal(total["TotalRunningHours"])

    tagged = {"Tags": {"Key": "team", "Values": ["data"]}}
    assert 0 < running(Filter=tagged) < running()
    one, other = (running(Filter=dimension("SERVICE", each)) for each in (DATABASES, CACHES))
    assert running(Filter=dimension("SERVICE", DATABASES, CACHES)) == one + other


@pytest.mark.parametrize(
    ("operation", "key", "name"),
    [
        ("GetReservationUtilization", "UnusedHours", "UtilizationsByTime"),
        ("GetReservationCoverage", "OnDemandHours", "CoveragesByTime"),
        ("GetSavingsPlansUtilization", "NetSavings", "SavingsPlansUtilizationsByTime"),
        ("GetSavingsPlansCoverage", "OnDemandCost", "SavingsPlansCoverages"),
    ],
)
def test_a_report_is_sorted_as_asked(
    small: SimulatedOrganisation, operation: str, key: str, name: str
) -> None:
    def figure(item: Any) -> Decimal:
        for value in item.values():
            if isinstance(value, dict):
                if key in value:
                    return Decimal(value[key])
                if (inner := figure(value)) >= 0:
                    return inner
        return Decimal(-1)

    period = {"Start": "2026-10-01", "End": "2026-10-20"}
    found = {}
    for order in ("ASCENDING", "DESCENDING"):
        answer = report(
            small, operation, TimePeriod=period, Granularity="DAILY",
            SortBy={"Key": key, "SortOrder": order},
        )  # fmt: skip
        found[order] = [figure(each) for each in answer[name]]
    assert len(set(found["ASCENDING"])) > 1
    assert found["ASCENDING"] == sorted(found["ASCENDING"])
    assert found["DESCENDING"] == sorted(found["ASCENDING"], reverse=True)


@pytest.mark.parametrize(
    ("operation", "token", "name"),
    [
        ("GetReservationUtilization", "NextPageToken", "UtilizationsByTime"),
        ("GetReservationCoverage", "NextPageToken", "CoveragesByTime"),
        ("GetSavingsPlansCoverage", "NextToken", "SavingsPlansCoverages"),
    ],
)
def test_pages_make_the_whole(
    small: SimulatedOrganisation, operation: str, token: str, name: str
) -> None:
    asked = {"Granularity": "DAILY", "MaxResults": 20}
    first = page = report(small, operation, **asked)
    seen = list(page[name])
    while token in page:
        page = report(small, operation, **asked, **{token: page[token]})
        assert len(page[name]) <= 20
        seen += page[name]
    days = [each["TimePeriod"]["Start"] for each in seen]
    assert len(set(days)) == len(days) == 92
    foreign = refused(small, operation, Granularity="MONTHLY", **{token: first[token]})
    assert foreign.code == "InvalidNextTokenException"


def test_reports_on_plans_have_twenty_items_a_page(small: SimulatedOrganisation) -> None:
    page = report(small, "GetSavingsPlansCoverage", Granularity="DAILY")
    assert len(page["SavingsPlansCoverages"]) == 20
    assert page["NextToken"]


def test_details_tell_what_is_asked_for_of_each_plan(small: SimulatedOrganisation) -> None:
    whole = report(small, "GetSavingsPlansUtilizationDetails")
    plans = {each["SavingsPlanArn"]: each for each in whole["SavingsPlansUtilizationDetails"]}
    assert len(plans) == 4
    inventory = fields(small, "savingsplans", "DescribeSavingsPlans")["savingsPlans"]
    assert set(plans) == {each["savingsPlanArn"] for each in inventory}
    for plan in inventory:
        told = plans[plan["savingsPlanArn"]]["Attributes"]
        assert told["HourlyCommitment"] == plan["commitment"]
        assert told["EndDateTime"] == plan["end"]
        assert told["Status"] == ("Active" if plan["state"] == "active" else "Expired")
    few = report(
        small, "GetSavingsPlansUtilizationDetails", DataType=["SAVINGS"],
        Filter=dimension("PAYMENT_OPTION", "Partial Upfront"),
    )["SavingsPlansUtilizationDetails"]  # fmt: skip
    assert [set(each) for each in few] == [{"SavingsPlanArn", "Savings"}]
    types = dimension("SAVINGS_PLANS_TYPE", "ComputeSavingsPlans")
    only = report(small, "GetSavingsPlansUtilization", Granularity="MONTHLY", Filter=types)
    assert only["Total"]["Savings"] == few[0]["Savings"]


def test_an_expired_plan_commits_nothing_after_its_end(small: SimulatedOrganisation) -> None:
    (expired,) = fields(small, "savingsplans", "DescribeSavingsPlans", states=["retired"])[
        "savingsPlans"
    ]
    only = dimension("SAVINGS_PLAN_ARN", expired["savingsPlanArn"])
    days = report(small, "GetSavingsPlansUtilization", Granularity="DAILY", Filter=only)[
        "SavingsPlansUtilizationsByTime"
    ]
    assert days[-1]["TimePeriod"]["End"] == expired["end"][:10]


@pytest.mark.parametrize(
    ("context", "key", "some"),
    [
        ("RESERVATIONS", "INSTANCE_TYPE", "cache.r6g.large"),
        ("RESERVATIONS", "SERVICE", DATABASES),
        ("SAVINGS_PLANS", "PAYMENT_OPTION", "Partial Upfront"),
        ("SAVINGS_PLANS", "INSTANCE_TYPE_FAMILY", "NoInstanceTypeFamily"),
    ],
)
def test_values_to_filter_by_are_those_of_the_commitments(
    small: SimulatedOrganisation, context: str, key: str, some: str
) -> None:
    asked = {"Context": context, "Dimension": key}
    values = report(small, "GetDimensionValues", **asked)
    found = [each["Value"] for each in values["DimensionValues"]]
    assert some in found
    assert len(found) == values["TotalSize"] > 1
    searched = report(small, "GetDimensionValues", **asked, SearchString=some.upper())
    assert [each["Value"] for each in searched["DimensionValues"]] == [some]
    assert (
        "Valid values"
        in refused(small, "GetDimensionValues", Context=context, Dimension="USAGE_TYPE").message
    )
    assert (
        "SAVINGS_PLANS"
        in refused(small, "GetDimensionValues", Context="OTHER", Dimension=key).message
    )


WRONG: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("GetReservationUtilization", {"Granularity": "HOURLY"}, "DAILY, MONTHLY"),
    ("GetReservationUtilization", {"GroupBy": by("REGION")}, "SUBSCRIPTION_ID"),
    ("GetReservationUtilization", {"GroupBy": BY_RESERVATION, "Granularity": "DAILY"},
     "Granularity is not supported when specifying groupBy"),
    ("GetReservationUtilization", {"Filter": dimension("SERVICE", "Amazon S3")},
     "Amazon OpenSearch Service"),
    ("GetReservationUtilization", {"Filter": dimension("USAGE_TYPE", "x")}, "SUBSCRIPTION_ID"),
    ("GetReservationUtilization", {"Filter": {"Tags": {"Key": "team", "Values": ["data"]}}},
     "Filter by Tags is not supported"),
    ("GetReservationUtilization", {"SortBy": {"Key": "Time"}}, "UtilizationPercentage"),
    ("GetReservationUtilization", {"SortBy": {"Key": "UnusedHours", "SortOrder": "UP"}},
     "ASCENDING, DESCENDING"),
    ("GetReservationCoverage", {"GroupBy": by("DATABASE_ENGINE")}, "INSTANCE_TYPE_FAMILY"),
    ("GetReservationCoverage", {"GroupBy": by("AZ", "REGION", "TENANCY", "PLATFORM",
                                              "INSTANCE_TYPE")}, "at most 4"),
    ("GetReservationCoverage", {"GroupBy": [{"Type": "TAG", "Key": "team"}]}, "TAG team"),
    ("GetReservationCoverage", {"GroupBy": by("REGION"), "Granularity": "MONTHLY"},
     "Granularity is not supported"),
    ("GetReservationCoverage", {"Metrics": ["Dollar"]}, "Hour, Unit, Cost"),
    ("GetReservationCoverage", {"Filter": dimension("SERVICE", COMPUTE, DATABASES, CACHES)},
     "at most 2"),
    ("GetSavingsPlansUtilization", {"GroupBy": by("REGION")}, "GroupBy is not supported"),
    ("GetSavingsPlansUtilization", {"Filter": {"Or": [dimension("REGION", "us-east-1"),
                                                      dimension("REGION", "us-west-2")]}},
     "Only And is supported"),
    ("GetSavingsPlansUtilization", {"Filter": {"Not": dimension("REGION", "us-east-1")}},
     "Only And is supported"),
    ("GetSavingsPlansUtilizationDetails",
     {"Filter": dimension("SAVINGS_PLANS_TYPE", "ComputeSavingsPlans")}, "PAYMENT_OPTION"),
    ("GetSavingsPlansUtilizationDetails", {"DataType": ["EVERYTHING"]}, "AMORTIZED_COMMITMENT"),
    ("GetSavingsPlansCoverage", {"GroupBy": by("LINKED_ACCOUNT")}, "INSTANCE_FAMILY"),
    ("GetSavingsPlansCoverage", {"GroupBy": by("REGION"), "Granularity": "DAILY"},
     "Granularity is not supported"),
    ("GetSavingsPlansCoverage", {"Metrics": ["Hour"]}, "SpendCoveredBySavingsPlans"),
    ("GetSavingsPlansCoverage", {"SortBy": {"Key": "NetSavings"}}, "CoveragePercentage"),
    ("GetSavingsPlansCoverage", {"Filter": {"And": [
        dimension("REGION", "us-east-1"),
        {"And": [dimension("REGION", "us-east-1"), dimension("SERVICE", COMPUTE)]},
    ]}}, "one level deep"),
)  # fmt: skip


@pytest.mark.parametrize(("operation", "params", "words"), WRONG)
def test_what_is_asked_wrongly_is_refused(
    small: SimulatedOrganisation, operation: str, params: dict[str, Any], words: str
) -> None:
    answer = refused(small, operation, **params)
    assert answer.code == "ValidationException"
    assert words in answer.message


@pytest.mark.parametrize(
    "operation",
    ["GetSavingsPlansUtilization", "GetSavingsPlansUtilizationDetails", "GetSavingsPlansCoverage"],
)
def test_data_on_plans_end_before_today(small: SimulatedOrganisation, operation: str) -> None:
    today = {"Start": "2026-10-01", "End": "2026-11-01"}
    assert refused(small, operation, TimePeriod=today).code == "DataUnavailableException"
    report(small, operation, TimePeriod={"Start": "2026-10-01", "End": "2026-10-31"})


def test_nothing_of_it_is_in_an_organisation_of_another_day(worlds: Worlds) -> None:
    """On the first day of a year there are no days of its month to report on yet."""
    organisation = worlds(SMALL.replace("2026-10-31", "2026-01-01"))
    period = {"Start": "2025-12-01", "End": "2026-01-01"}
    for operation, name in REPORTS.items():
        answer = report(organisation, operation, TimePeriod=period, Granularity="MONTHLY")
        assert [each["TimePeriod"] for each in answer[name]] == [period]
