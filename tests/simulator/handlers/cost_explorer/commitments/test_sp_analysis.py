"""Purchase analyses: each is what its plan does on the bill's rows; the trail has its start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.handlers.cost_explorer.commitments.sp_analysis import analysis
from finops_repl.simulator.offerings import plan_rate
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import SMALL, Worlds, ask, fields
from tests.simulator.handlers.cost_explorer.commitments.bill import (
    DATABASE_ELIGIBLE,
    DAY,
    KIND,
    PLAN_ELIGIBLE,
    billed,
)

ZERO, STEP = Decimal(0), Decimal("0.001")
DEFAULT = "simulated:as_of=2026-10-31"


def listed(organisation: SimulatedOrganisation, **asked: Any) -> list[Any]:
    answer = fields(organisation, "ce", "ListCommitmentPurchaseAnalyses", **asked)
    return list(answer["AnalysisSummaryList"])


def configuration(summary: Mapping[str, Any]) -> Any:
    return summary["CommitmentPurchaseAnalysisConfiguration"][
        "SavingsPlansPurchaseAnalysisConfiguration"
    ]


def analysed(organisation: SimulatedOrganisation, kind: str, plan: str) -> tuple[Any, Any]:
    """The configuration and the details of the analysis of a kind, for the whole organisation."""
    for summary in listed(organisation):
        asked = configuration(summary)
        what = (asked["AnalysisType"], asked["SavingsPlansToAdd"][0]["SavingsPlansType"])
        if what == (kind, plan) and asked["AccountScope"] == "PAYER":
            answer = fields(
                organisation, "ce", "GetCommitmentPurchaseAnalysis",
                AnalysisId=summary["AnalysisId"],
            )  # fmt: skip
            assert {name: answer[name] for name in summary} == summary
            return asked, answer["AnalysisDetails"]["SavingsPlansPurchaseAnalysisDetails"]
    raise AssertionError(f"there is no analysis {kind} of {plan}")


def of_period(asked: Any) -> str:
    period = asked["LookBackTimePeriod"]
    return f"{DAY} >= DATE '{period['Start']}' AND {DAY} < DATE '{period['End']}'"


@pytest.mark.parametrize("world", [SMALL, DEFAULT])
def test_the_greatest_savings_are_those_of_the_recommendation(worlds: Worlds, world: str) -> None:
    organisation = worlds(world)
    for plan, lookback in (("COMPUTE_SP", "THIRTY_DAYS"), ("DATABASE_SP", "SIXTY_DAYS")):
        _, told = analysed(organisation, "MAX_SAVINGS", plan)
        answer = fields(
            organisation, "ce", "GetSavingsPlansPurchaseRecommendation", SavingsPlansType=plan,
            TermInYears="ONE_YEAR", PaymentOption="NO_UPFRONT", LookbackPeriodInDays=lookback,
        )  # fmt: skip
        (detail,) = answer["SavingsPlansPurchaseRecommendation"][
            "SavingsPlansPurchaseRecommendationDetails"
        ]
        same = [name for name in detail if name in told]
        assert len(same) > 10
        assert {name: told[name] for name in same} == {name: detail[name] for name in same}
        assert told["EstimatedCommitmentCost"] == detail["EstimatedSPCost"]


def test_a_database_analysis_counts_the_bills_throughput(worlds: Worlds) -> None:
    for world in (SMALL, DEFAULT):
        organisation = worlds(world)
        asked, told = analysed(organisation, "MAX_SAVINGS", "DATABASE_SP")
        rows = billed(
            organisation, [KIND], ["line_item_unblended_cost"],
            f"{DATABASE_ELIGIBLE} AND {of_period(asked)}",
        )  # fmt: skip
        assert rows.keys() == {("Usage",), ("EdpDiscount",)}
        assert Decimal(told["CurrentOnDemandSpend"]) == rows["Usage",][0]
        assert told["LookbackPeriodInHours"] == str(60 * 24)
        assert len(told["MetricsOverLookbackPeriod"]) == 60 * 24


@pytest.mark.parametrize("world", [SMALL, DEFAULT])
def test_a_target_is_reached_by_the_smallest_commitment(worlds: Worlds, world: str) -> None:
    """A thousandth of a dollar less, and the average of the bill's days stays below it."""
    organisation = worlds(world)
    asked, told = analysed(organisation, "TARGET_AVERAGE_COVERAGE", "COMPUTE_SP")
    rows = billed(
        organisation,
        [f"cast({DAY} AS varchar)", "product_instance_family", KIND],
        ["pricing_public_on_demand_cost"],
        f"{PLAN_ELIGIBLE} AND {of_period(asked)} AND {KIND} IN ('Usage', 'SavingsPlanCoveredUsage')"
    )  # fmt: skip
    days = sorted({day for day, _, _ in rows})
    expired = {  # its usage is on demand now, as far as the analysis knows
        plan["ec2InstanceFamily"]
        for plan in fields(organisation, "savingsplans", "DescribeSavingsPlans",
                           states=["retired"])["savingsPlans"]
    }  # fmt: skip

    def coverage(hourly: Decimal) -> Decimal:
        """By plain sums, the highest saving first."""
        shares = []
        for day in days:
            covered, whole, usage = ZERO, ZERO, []
            for (of, family, kind), (cost,) in rows.items():
                if of != day:
                    continue
                whole += cost
                if kind == "Usage" or family in expired:
                    rate = plan_rate("compute-sp", family, 3, "Partial Upfront")
                    usage.append((rate, cost))
                else:
                    covered += cost
            free = 24 * hourly
            for rate, cost in sorted(usage):
                used = min(free, cost * rate / 100)
                free -= used
                covered += used * 100 / rate
            shares.append(100 * covered / whole)
        return sum(shares, ZERO) / len(shares)

    hourly, target = Decimal(told["HourlyCommitmentToPurchase"]), Decimal(80)
    assert coverage(hourly - STEP) < target <= coverage(hourly)
    assert abs(Decimal(told["EstimatedAverageCoverage"]) - coverage(hourly)) < Decimal("1e-6")


@pytest.mark.parametrize("world", [SMALL, DEFAULT])
def test_a_plan_left_aside_leaves_its_usage_on_demand(worlds: Worlds, world: str) -> None:
    """It is bought again of the same commitment: what it covers, the new one does."""
    organisation = worlds(world)
    asked, told = analysed(organisation, "CUSTOM_COMMITMENT", "COMPUTE_SP")
    (plan,) = fields(
        organisation, "savingsplans", "DescribeSavingsPlans",
        savingsPlanIds=asked["SavingsPlansToExclude"],
    )["savingsPlans"]  # fmt: skip
    _, kept = analysed(organisation, "MAX_SAVINGS", "COMPUTE_SP")
    public = "pricing_public_on_demand_cost"
    rows = billed(
        organisation, [KIND], [public],
        f"savings_plan_savings_plan_a_r_n = '{plan['savingsPlanArn']}' AND {of_period(asked)}"
        f" AND {KIND} = 'SavingsPlanCoveredUsage'",
    )  # fmt: skip
    without = Decimal(told["EstimatedOnDemandCostWithCurrentCommitment"])
    with_it = Decimal(kept["EstimatedOnDemandCostWithCurrentCommitment"])
    assert without - with_it == rows["SavingsPlanCoveredUsage",][0] > 0
    hourly = Decimal(told["HourlyCommitmentToPurchase"])
    assert abs(hourly - Decimal(plan["commitment"])) <= STEP / 2
    owned = Decimal(kept["ExistingHourlyCommitment"]) - Decimal(told["ExistingHourlyCommitment"])
    assert owned == Decimal(plan["commitment"])


def test_an_analysis_without_usage_fails(small: SimulatedOrganisation) -> None:
    (failed,) = listed(small, AnalysisStatus="FAILED")
    assert configuration(failed)["SavingsPlansToAdd"][0]["SavingsPlansType"] == "SAGEMAKER_SP"
    answer = fields(small, "ce", "GetCommitmentPurchaseAnalysis", AnalysisId=failed["AnalysisId"])
    assert answer["ErrorCode"] == "NO_USAGE_FOUND"
    assert "AnalysisDetails" not in answer


def test_analyses_are_found_by_status_and_id_on_pages(small: SimulatedOrganisation) -> None:
    whole = listed(small)
    assert len(whole) == 6
    assert len(listed(small, AnalysisStatus="SUCCEEDED")) == 5
    assert listed(small, AnalysisStatus="PROCESSING") == []
    assert listed(small, AnalysisIds=[whole[2]["AnalysisId"]]) == [whole[2]]
    started = [each["AnalysisStartedTime"] for each in whole]
    assert started == sorted(started, reverse=True)
    page = fields(small, "ce", "ListCommitmentPurchaseAnalyses", PageSize=4)
    rest = listed(small, PageSize=4, NextPageToken=page["NextPageToken"])
    assert page["AnalysisSummaryList"] + rest == whole


def test_an_analysis_of_one_account_knows_no_other(small: SimulatedOrganisation) -> None:
    (linked,) = [each for each in listed(small) if configuration(each)["AccountScope"] == "LINKED"]
    asked = configuration(linked)
    answer = analysis(small.view, {"AnalysisId": linked["AnalysisId"]})
    told = answer["AnalysisDetails"]["SavingsPlansPurchaseAnalysisDetails"]
    rows = billed(
        small, [KIND], ["line_item_unblended_cost"],
        f"{PLAN_ELIGIBLE} AND {of_period(asked)} AND {KIND} = 'Usage'"
        f" AND line_item_usage_account_id = '{asked['AccountId']}'",
    )  # fmt: skip
    assert Decimal(told["CurrentOnDemandSpend"]) == rows["Usage",][0]
    assert told["LookbackPeriodInHours"] == str(14 * 24)


def test_what_is_asked_wrongly_is_refused(small: SimulatedOrganisation) -> None:
    for operation, params, code in (
        ("GetCommitmentPurchaseAnalysis", {"AnalysisId": "0" * 36}, "AnalysisNotFoundException"),
        ("ListCommitmentPurchaseAnalyses", {"AnalysisStatus": "DONE"}, "ValidationException"),
        ("ListCommitmentPurchaseAnalyses", {"NextPageToken": "x"}, "InvalidNextTokenException"),
        ("ListSavingsPlansPurchaseRecommendationGeneration", {"GenerationStatus": "DONE"},
         "ValidationException"),
        ("StartCommitmentPurchaseAnalysis", {}, "UnsupportedOperation"),
        ("StartSavingsPlansPurchaseRecommendationGeneration", {}, "UnsupportedOperation"),
    ):  # fmt: skip
        refused = ask(small, "ce", operation, **params)
        assert isinstance(refused, Refusal), operation
        assert refused.code == code


def test_a_real_client_reads_them_and_is_let_start_none(aws: Any) -> None:
    """Starting one is a write to IAM: the gateway refuses it before the account is asked."""
    ce = aws.client("ce", region_name="us-east-1")
    summaries = ce.list_commitment_purchase_analyses()["AnalysisSummaryList"]
    found = ce.get_commitment_purchase_analysis(AnalysisId=summaries[-1]["AnalysisId"])
    told = found["AnalysisDetails"]["SavingsPlansPurchaseAnalysisDetails"]
    assert len(told["MetricsOverLookbackPeriod"]) == int(told["LookbackPeriodInHours"])
    asked = found["CommitmentPurchaseAnalysisConfiguration"]
    with pytest.raises(ce.exceptions.ClientError, match="only reads pass"):
        ce.start_commitment_purchase_analysis(CommitmentPurchaseAnalysisConfiguration=asked)
    with pytest.raises(ce.exceptions.ClientError, match="only reads pass"):
        ce.start_savings_plans_purchase_recommendation_generation()


def recorded(organisation: SimulatedOrganisation, name: str) -> list[Any]:
    """The events of that name in the trail, with what they say in full."""
    found: list[Any] = []
    token: dict[str, str] = {}
    while True:
        page = fields(
            organisation, "cloudtrail", "LookupEvents",
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}], **token,
        )  # fmt: skip
        found += [json.loads(each["CloudTrailEvent"]) for each in page["Events"]]
        if "NextToken" not in page:
            return found
        token = {"NextToken": page["NextToken"]}


def test_generations_are_those_of_the_last_thirty_days_that_the_trail_has(
    small: SimulatedOrganisation,
) -> None:
    operation = "ListSavingsPlansPurchaseRecommendationGeneration"
    whole = fields(small, "ce", operation)["GenerationSummaryList"]
    assert len(whole) == 30
    events = recorded(small, "StartSavingsPlansPurchaseRecommendationGeneration")
    started = {
        event["responseElements"]["RecommendationId"]: event["eventTime"] for event in events
    }
    assert len(started) > 80
    for each in whole:
        assert started[each["RecommendationId"]] == each["GenerationStartedTime"]
        assert each["GenerationStartedTime"] < each["GenerationCompletionTime"]
    one = whole[3]
    by_id = fields(small, "ce", operation, RecommendationIds=[one["RecommendationId"]])
    assert by_id["GenerationSummaryList"] == [one]
    failed = fields(small, "ce", operation, GenerationStatus="FAILED")
    assert failed["GenerationSummaryList"] == []
    page = fields(small, "ce", operation, PageSize=12)
    rest = fields(small, "ce", operation, PageSize=12, NextPageToken=page["NextPageToken"])
    assert page["GenerationSummaryList"] + rest["GenerationSummaryList"] == whole[:24]


def test_a_recommendation_is_that_of_the_latest_generation(small: SimulatedOrganisation) -> None:
    (latest, *_) = fields(small, "ce", "ListSavingsPlansPurchaseRecommendationGeneration")[
        "GenerationSummaryList"
    ]
    answer = fields(
        small, "ce", "GetSavingsPlansPurchaseRecommendation", SavingsPlansType="COMPUTE_SP",
        TermInYears="ONE_YEAR", PaymentOption="NO_UPFRONT", LookbackPeriodInDays="THIRTY_DAYS",
    )  # fmt: skip
    assert answer["Metadata"] == {
        "RecommendationId": latest["RecommendationId"],
        "GenerationTimestamp": latest["GenerationCompletionTime"],
    }


def test_the_trail_has_the_start_of_each_analysis(small: SimulatedOrganisation) -> None:
    events = {
        event["responseElements"]["AnalysisId"]: event
        for event in recorded(small, "StartCommitmentPurchaseAnalysis")
    }
    whole = listed(small)
    assert set(events) == {each["AnalysisId"] for each in whole}
    for each in whole:
        event = events[each["AnalysisId"]]
        assert event["eventTime"] == each["AnalysisStartedTime"]
        name = "CommitmentPurchaseAnalysisConfiguration"
        assert event["requestParameters"][name] == each[name]
