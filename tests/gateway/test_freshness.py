"""How long an answer is true: closed months for long, open ones for hours, polls never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from finops_repl.aws.call import Call, Result
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.gateway.bill_place import BILL_SERVICES
from finops_repl.gateway.decision import Allow
from finops_repl.gateway.freshness import KEPT, is_kept, lifetime, next_page
from finops_repl.gateway.policy import ReadOnlyPolicy

HOURS, DAY, LONG = timedelta(hours=6), timedelta(days=1), timedelta(days=30)
EMPTY = Result({})


def cost(start: str, end: str, **more: Any) -> Call:
    period = {"TimePeriod": {"Start": start, "End": end}, "Granularity": "MONTHLY"}
    return Call(
        "ce", "GetCostAndUsage", "us-east-1", {**period, "Metrics": ["UsageQuantity"], **more}
    )


def on(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "asked", "lasts"),
    [
        ("2026-01-01", "2026-10-01", "2026-10-16", LONG),
        ("2026-01-01", "2026-10-01", "2026-10-15T23:59", DAY),  # September is still corrected
        ("2026-01-01", "2026-10-01", "2026-10-01", DAY),
        ("2026-01-01", "2026-10-01", "2026-09-30T23:59", HOURS),  # its last day goes on
        ("2026-10-01", "2026-10-05", "2026-10-20", HOURS),  # days of a month that goes on
        ("2026-09-03", "2026-09-05", "2026-10-20", LONG),
        ("2026-09-03", "2026-09-05", "2026-10-02", DAY),
        ("2026-01-01", "2027-01-01", "2026-10-20", HOURS),
        ("2025-12-31T00:00:00Z", "2025-12-31T12:00:00Z", "2026-01-20", LONG),
        ("2026-01-01", "soon", "2026-10-20", HOURS),
    ],
)
def test_a_period_lasts_as_its_last_month_does(
    start: str, end: str, asked: str, lasts: timedelta
) -> None:
    assert lifetime(cost(start, end), EMPTY, on(asked)) == lasts


@pytest.mark.parametrize(
    "more",
    [
        {"GroupBy": [{"Type": "TAG", "Key": "team"}]},
        {"GroupBy": [{"Type": "COST_CATEGORY", "Key": "unit"}]},
        {"Filter": {"And": [{"Not": {"Tags": {"Key": "team", "Values": ["x"]}}}]}},
        {"Filter": {"CostCategories": {"Key": "unit", "Values": ["x"]}}},
    ],
)
def test_closed_months_by_tag_or_category_last_a_day(more: dict[str, Any]) -> None:
    """AWS fills tags and categories in for months that are long closed."""
    assert lifetime(cost("2026-01-01", "2026-02-01", **more), EMPTY, on("2026-10-20")) == DAY


def test_what_aws_calls_estimated_lasts_a_day() -> None:
    call, asked = cost("2026-01-01", "2026-02-01"), on("2026-10-20")
    final = Result({"ResultsByTime": [{"Estimated": False}]})
    estimated = Result({"ResultsByTime": [{"Estimated": False}, {"Estimated": True}]})
    assert lifetime(call, final, asked) == LONG
    assert lifetime(call, estimated, asked) == DAY


def test_both_months_of_a_comparison_are_closed_before_it_lasts() -> None:
    def compared(month: str, after: str) -> timedelta:
        params = {
            "BaselineTimePeriod": {"Start": "2026-01-01", "End": "2026-02-01"},
            "ComparisonTimePeriod": {"Start": month, "End": after},
        }
        call = Call("ce", "GetCostAndUsageComparisons", "us-east-1", params)
        return lifetime(call, EMPTY, on("2026-10-20"))

    assert compared("2026-02-01", "2026-03-01") == LONG
    assert compared("2026-10-01", "2026-11-01") == HOURS


@pytest.mark.parametrize(
    "polled",
    [
        "athena:GetQueryExecution",
        "athena:GetQueryResults",
        "athena:GetQueryRuntimeStatistics",
        "ce:GetCommitmentPurchaseAnalysis",
        "ce:ListCostAllocationTagBackfillHistory",
        "ce:ListSavingsPlansPurchaseRecommendationGeneration",
        "compute-optimizer:DescribeRecommendationExportJobs",
        "compute-optimizer:GetEnrollmentStatus",
        "logs:GetQueryResults",
        "organizations:DescribeCreateAccountStatus",
        "sts:GetCallerIdentity",
        "support:DescribeTrustedAdvisorCheckRefreshStatuses",
        "ec2:DescribeInstances",
        "s3:GetObject",
    ],
)
def test_what_is_asked_in_order_to_see_a_change_is_never_kept(polled: str) -> None:
    service, _, operation = polled.partition(":")
    assert not is_kept(Call(service, operation, "us-east-1"))


def test_what_is_kept_are_reads_of_aws_that_pass_without_a_users_word() -> None:
    models, policy = ServiceModels(), ReadOnlyPolicy(lambda sql, _: sql, objects=())
    for service, operations in KEPT.items():
        known = set(models.service(service).operation_names)
        assert operations.keys() <= known
        for operation in operations:
            assert isinstance(policy.decide(Call(service, operation, "us-east-1")), Allow)
            assert not models.operation(service, operation).has_streaming_output


def test_what_another_account_may_answer_is_not_kept_under_the_first_ones_name() -> None:
    assert not KEPT.keys() & BILL_SERVICES


def test_the_next_page_of_each_of_them_is_known() -> None:
    models = ServiceModels()
    for service, operations in KEPT.items():
        for operation in operations:
            model: Any = models.operation(service, operation)
            tokens = {
                n for n in model.output_shape.members if "token" in n.lower() or "Marker" in n
            }
            for name in tokens:
                page = next_page(Call(service, operation, "x", {"a": 1}), Result({name: "t"}))
                assert page == Call(service, operation, "x", {"a": 1, name: "t"})
                assert name in model.input_shape.members
            assert next_page(Call(service, operation, "x"), EMPTY) is None
