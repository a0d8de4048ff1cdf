"""What Cost Explorer recommends to buy saves the most: recomputed from the bill's own rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.offerings import Option, plan_rate
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import Worlds, ask, fields
from tests.simulator.handlers.cost_explorer.commitments.reservations import reserved, where
from tests.simulator.offered.probe import switched_off

COMPUTE = "Amazon Elastic Compute Cloud - Compute"
DATABASES = "Amazon Relational Database Service"
ZERO = Decimal(0)
DAYS = {"SEVEN_DAYS": 7, "THIRTY_DAYS": 30, "SIXTY_DAYS": 60}
TERMS = {"ONE_YEAR": 1, "THREE_YEARS": 3}
OPTIONS: Mapping[str, Option] = {
    "NO_UPFRONT": "No Upfront",
    "PARTIAL_UPFRONT": "Partial Upfront",
    "ALL_UPFRONT": "All Upfront",
}
STEP = Decimal("0.001")
Costs = Mapping[str, Mapping[tuple[str, str], Decimal]]
"""By day: list price of the usage on demand of each region and family; no family is Lambda."""


def recommended(
    organisation: SimulatedOrganisation, type_: str = "EC2_INSTANCE_SP",
    lookback: str = "THIRTY_DAYS", term: str = "ONE_YEAR", payment: str = "NO_UPFRONT",
    **more: Any,
) -> Any:  # fmt: skip
    answer = fields(
        organisation, "ce", "GetSavingsPlansPurchaseRecommendation", SavingsPlansType=type_,
        TermInYears=term, PaymentOption=payment, LookbackPeriodInDays=lookback, **more,
    )  # fmt: skip
    return answer["SavingsPlansPurchaseRecommendation"]


def details(organisation: SimulatedOrganisation, **asked: Any) -> dict[tuple[str, str], Any]:
    """By region and family."""
    found = recommended(organisation, **asked)["SavingsPlansPurchaseRecommendationDetails"]
    return {
        (place.get("Region", ""), place.get("InstanceFamily", "")): each
        for each in found
        for place in [each["SavingsPlansDetails"]]
    }


def on_demand(organisation: SimulatedOrganisation, days: int) -> Costs:
    """What the bill has on demand that a plan could cover."""
    since = organisation.spec.as_of - timedelta(days=days - 1)
    found: defaultdict[str, dict[tuple[str, str], Decimal]] = defaultdict(dict)
    for day, region, family, cost in organisation.room.query(
        "SELECT cast(cast(line_item_usage_start_date AS date) AS varchar), product_region_code,"
        " product_instance_family, cast(sum(cast(line_item_unblended_cost AS decimal(28, 10)))"
        " AS varchar) FROM cur2 WHERE line_item_line_item_type = 'Usage'"
        " AND (line_item_usage_type LIKE '%BoxUsage:%'"
        " OR line_item_usage_type LIKE '%Lambda-GB-Second%')"
        f" AND cast(line_item_usage_start_date AS date) >= DATE '{since}' GROUP BY 1, 2, 3"
    ).rows:
        found[str(day)][str(region), str(family)] = Decimal(str(cost))
    return found


def saved(days: Iterator[list[tuple[int, Decimal]]], hourly: Decimal) -> Decimal:
    """What an hourly commitment saves on days of (rate in percent, cost on demand), by plain sums.

    The usage with the lowest rate is covered first.
    """
    total = ZERO
    for costs in days:
        free = 24 * hourly
        total -= free
        for rate, cost in sorted(costs):
            used = min(free, cost * rate / 100)
            free -= used
            total += used * 100 / rate
    return total


@pytest.mark.parametrize("lookback", ["SEVEN_DAYS", "THIRTY_DAYS"])
@pytest.mark.parametrize(
    ("term", "payment"),
    [("ONE_YEAR", "NO_UPFRONT"), ("ONE_YEAR", "ALL_UPFRONT"), ("THREE_YEARS", "PARTIAL_UPFRONT")],
)
@pytest.mark.parametrize("type_", ["COMPUTE_SP", "EC2_INSTANCE_SP"])
def test_no_other_commitment_would_have_saved_more(
    small: SimulatedOrganisation, type_: str, term: str, payment: str, lookback: str
) -> None:
    bill = on_demand(small, DAYS[lookback])
    years, option = TERMS[term], OPTIONS[payment]
    found = details(small, type_=type_, lookback=lookback, term=term, payment=payment)
    assert found
    for (region, family), detail in found.items():

        def days(region: str = region, family: str = family) -> Iterator[list[tuple[int, Decimal]]]:
            for costs in bill.values():
                if type_ == "EC2_INSTANCE_SP":
                    rate = plan_rate("instance-sp", family, years, option)
                    yield [(rate, costs.get((region, family), ZERO))]
                else:
                    yield [
                        (plan_rate("compute-sp", each, years, option), cost)
                        for (_, each), cost in costs.items()
                    ]

        hourly = Decimal(detail["HourlyCommitmentToPurchase"])
        best = saved(days(), hourly)
        assert abs(Decimal(detail["EstimatedSavingsAmount"]) - best) < Decimal("1e-6")
        assert best > 0
        for other in (STEP, -STEP, 20 * STEP, -20 * STEP, hourly / 10, -hourly / 10):
            assert saved(days(), hourly + other) <= best, (region, family, other)


def test_an_expired_plan_is_recommended_again(small: SimulatedOrganisation, worlds: Worlds) -> None:
    """Of the same commitment, from whatever lookback: its whole fleet is on demand now."""
    (expired,) = fields(small, "savingsplans", "DescribeSavingsPlans", states=["retired"])[
        "savingsPlans"
    ]
    renewed = worlds(switched_off("expiry"))
    place = (expired["region"], expired["ec2InstanceFamily"])
    for lookback in DAYS:
        detail = details(small, lookback=lookback)[place]
        hourly = Decimal(detail["HourlyCommitmentToPurchase"])
        assert abs(hourly - Decimal(expired["commitment"])) < STEP
        assert place not in details(renewed, lookback=lookback)
        summaries = [
            recommended(each, lookback=lookback)["SavingsPlansPurchaseRecommendationSummary"]
            for each in (small, renewed)
        ]
        commitments = [Decimal(each["HourlyCommitmentToPurchase"]) for each in summaries]
        assert commitments[0] - commitments[1] == hourly


@pytest.mark.parametrize("type_", ["COMPUTE_SP", "EC2_INSTANCE_SP"])
def test_what_was_bought_meanwhile_is_no_demand_any_more(
    small: SimulatedOrganisation, type_: str
) -> None:
    """The plan of 40 days ago is taken to have been there for all the 60 days."""
    for term in TERMS:
        for payment in OPTIONS:
            found = details(small, lookback="SIXTY_DAYS", term=term, payment=payment)
            assert ("us-east-1", "m6g") not in found
    bill = on_demand(small, 60)
    since = small.spec.as_of - timedelta(days=59)
    ((covered,),) = small.room.query(
        "SELECT cast(sum(cast(pricing_public_on_demand_cost AS decimal(28, 10))) AS varchar)"
        " FROM cur2 WHERE line_item_line_item_type = 'SavingsPlanCoveredUsage'"
        " AND product_instance_family = 'c6g'"
        f" AND cast(line_item_usage_start_date AS date) >= DATE '{since}'"
    ).rows
    whole = sum(
        (cost for costs in bill.values() for (_, family), cost in costs.items() if family != "m6g"),
        Decimal(str(covered)),
    )
    assert any(family == "m6g" for costs in bill.values() for _, family in costs)
    (detail,) = details(small, type_="COMPUTE_SP", lookback="SIXTY_DAYS").values()
    assert Decimal(detail["EstimatedOnDemandCostWithCurrentCommitment"]) == whole


def test_what_reservations_cover_is_recommended_nowhere(small: SimulatedOrganisation) -> None:
    """The idle instance under a reservation, the fleet that moved, and what it left behind."""
    covered = {"r7g", "i3", "i4i"}
    for lookback in DAYS:
        assert not covered & {family for _, family in details(small, lookback=lookback)}
        answer = reserved(small, COMPUTE, LookbackPeriodInDays=lookback)
        assert not covered & {where(each)["Family"] for each in answer["RecommendationDetails"]}


def test_a_sales_peak_is_not_committed_to(worlds: Worlds) -> None:
    """Four days of thirty: a commitment for them would be idle on the others."""
    organisation = worlds("simulated:seed=7,as_of=2026-11-20,rows=20000,incidents=none")
    bill = on_demand(organisation, 30)
    found = details(organisation)
    assert len(found) > 3
    for place, detail in found.items():
        rate = plan_rate("instance-sp", place[1], 1, "No Upfront")
        spent = {day: costs.get(place, ZERO) * rate / 2400 for day, costs in bill.items()}
        sale = {f"2026-11-{day}" for day in range(12, 16)}
        usual = max(cost for day, cost in spent.items() if day not in sale)
        assert Decimal(detail["HourlyCommitmentToPurchase"]) <= usual + STEP
    peaks = [
        Decimal(each["CurrentMaximumHourlyOnDemandSpend"])
        > Decimal("1.05") * Decimal(each["CurrentAverageHourlyOnDemandSpend"])
        for each in found.values()
    ]
    assert any(peaks)


def test_figures_of_a_recommendation_fit_together(small: SimulatedOrganisation) -> None:
    for payment, share in (("NO_UPFRONT", 0), ("PARTIAL_UPFRONT", 50), ("ALL_UPFRONT", 100)):
        (detail,) = details(small, type_="COMPUTE_SP", payment=payment).values()
        amount = {
            name: Decimal(value)
            for name, value in detail.items()
            if name.startswith(("Estimated", "Upfront", "Hourly", "Current"))
            and name != "CurrencyCode"
        }
        hourly = amount["HourlyCommitmentToPurchase"]
        assert amount["UpfrontCost"] == hourly * 365 * 24 * share / 100
        assert amount["EstimatedSPCost"] == hourly * 24 * 30
        assert abs(
            amount["EstimatedSavingsAmount"]
            - amount["EstimatedOnDemandCostWithCurrentCommitment"]
            + amount["EstimatedSPCost"]
            + amount["EstimatedOnDemandCost"]
        ) < Decimal("1e-9")
        monthly = amount["EstimatedSavingsAmount"] / 720 * 730
        assert abs(amount["EstimatedMonthlySavingsAmount"] - monthly) < Decimal("1e-6")
        assert 90 < amount["EstimatedAverageUtilization"] <= 100
        assert detail["AccountId"] == small.account_id


def test_linked_accounts_are_recommended_apart(small: SimulatedOrganisation) -> None:
    found = recommended(small, type_="COMPUTE_SP", AccountScope="LINKED")
    linked = found["SavingsPlansPurchaseRecommendationDetails"]
    accounts = [each["AccountId"] for each in linked]
    assert len(set(accounts)) == len(accounts) > 3
    one = accounts[-1]
    only = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [one]}}
    (alone,) = details(small, type_="COMPUTE_SP", AccountScope="LINKED", Filter=only).values()
    assert alone == next(each for each in linked if each["AccountId"] == one)
    summary = found["SavingsPlansPurchaseRecommendationSummary"]
    assert summary["TotalRecommendationCount"] == str(len(linked))
    page = fields(
        small, "ce", "GetSavingsPlansPurchaseRecommendation", SavingsPlansType="COMPUTE_SP",
        TermInYears="ONE_YEAR", PaymentOption="NO_UPFRONT", LookbackPeriodInDays="THIRTY_DAYS",
        AccountScope="LINKED", PageSize=2,
    )  # fmt: skip
    plan = page["SavingsPlansPurchaseRecommendation"]
    assert plan["SavingsPlansPurchaseRecommendationDetails"] == linked[:2]
    assert plan["SavingsPlansPurchaseRecommendationSummary"] == summary
    assert page["NextPageToken"]


LINKED = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": ["123456789012"]}}
PLANS = {
    "SavingsPlansType": "COMPUTE_SP",
    "TermInYears": "ONE_YEAR",
    "PaymentOption": "NO_UPFRONT",
    "LookbackPeriodInDays": "THIRTY_DAYS",
}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"SavingsPlansType": "GOLD_SP"}, "SavingsPlansType GOLD_SP is not valid"),
        ({"SavingsPlansType": "DATABASE_SP", "TermInYears": "THREE_YEARS"}, "ONE_YEAR"),
        ({"SavingsPlansType": "DATABASE_SP", "PaymentOption": "ALL_UPFRONT"}, "NO_UPFRONT alone"),
        ({"TermInYears": "TWO_YEARS"}, "ONE_YEAR, THREE_YEARS"),
        ({"PaymentOption": None}, "PaymentOption is required"),
        ({"PaymentOption": "HEAVY_UTILIZATION"}, "is not supported"),
        ({"LookbackPeriodInDays": "NINETY_DAYS"}, "SEVEN_DAYS, THIRTY_DAYS, SIXTY_DAYS"),
        ({"AccountScope": "ALL"}, "PAYER, LINKED"),
        ({"Filter": {"Dimensions": {"Key": "REGION", "Values": ["us-east-1"]}}},
         "Valid values: LINKED_ACCOUNT"),
        ({"Filter": {"And": [LINKED, LINKED]}}, "And is not supported"),
        ({"Filter": {"Not": LINKED}}, "not Not"),
        ({"NextPageToken": "x"}, "pagination token"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_refused(
    small: SimulatedOrganisation, changed: dict[str, Any], words: str
) -> None:
    asked = {**PLANS, **changed}
    answer = ask(small, "ce", "GetSavingsPlansPurchaseRecommendation", **asked)
    assert isinstance(answer, Refusal)
    assert words in answer.message


def test_there_is_nothing_to_buy_for_sagemaker_and_redshift(small: SimulatedOrganisation) -> None:
    found = recommended(small, type_="SAGEMAKER_SP")
    assert found["SavingsPlansPurchaseRecommendationDetails"] == []
    answer = fields(small, "ce", "GetReservationPurchaseRecommendation", Service="Amazon Redshift")
    assert answer["Recommendations"] == []
    refused = ask(small, "ce", "GetReservationPurchaseRecommendation", Service="Amazon S3")
    assert isinstance(refused, Refusal)
    assert COMPUTE in refused.message


def test_the_default_organisation_has_its_expired_plan_back(worlds: Worlds) -> None:
    """At full size: what is recommended is the plan that was forgotten, to its last digit."""
    organisation = worlds("simulated:as_of=2026-10-31")
    (expired,) = fields(organisation, "savingsplans", "DescribeSavingsPlans", states=["retired"])[
        "savingsPlans"
    ]
    place = (expired["region"], expired["ec2InstanceFamily"])
    found = details(organisation)
    hourly = Decimal(found[place]["HourlyCommitmentToPurchase"])
    assert abs(hourly - Decimal(expired["commitment"])) < STEP
    assert Decimal(found[place]["EstimatedMonthlySavingsAmount"]) > 5_000
