"""Savings Plans on sale: their ids are those of Cost Explorer, their rates come from the bill."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.database_plans import database_percent
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import ask, fields
from tests.simulator.handlers.cost_explorer.commitments.bill import DATABASE_ELIGIBLE

YEAR = 31_536_000


def offered(organisation: SimulatedOrganisation, **asked: Any) -> list[Any]:
    answer = fields(organisation, "savingsplans", "DescribeSavingsPlansOfferings", **asked)
    return list(answer["searchResults"])


def rates(organisation: SimulatedOrganisation, **asked: Any) -> list[Any]:
    answer = fields(organisation, "savingsplans", "DescribeSavingsPlansOfferingRates", **asked)
    return list(answer["searchResults"])


def by(name: str, *values: str) -> dict[str, Any]:
    return {"filters": [{"name": name, "values": list(values)}]}


def test_a_database_plan_is_sold_for_a_year_without_a_payment_upfront(
    small: SimulatedOrganisation,
) -> None:
    (one,) = offered(small, planTypes=["Database"])
    assert (one["durationSeconds"], one["paymentOption"]) == (YEAR, "No Upfront")
    assert {"RDS", "DynamoDB", "ElastiCache", "DocDB", "DMS"} <= set(one["productTypes"])
    assert offered(small, productType="DynamoDB") == [one]
    assert len(offered(small, planTypes=["Compute"])) == 6
    assert offered(small, planTypes=["SageMaker"]) == []


@pytest.mark.parametrize("type_", ["COMPUTE_SP", "EC2_INSTANCE_SP", "DATABASE_SP"])
def test_what_is_recommended_can_be_bought(small: SimulatedOrganisation, type_: str) -> None:
    answer = fields(
        small, "ce", "GetSavingsPlansPurchaseRecommendation", SavingsPlansType=type_,
        TermInYears="ONE_YEAR", PaymentOption="NO_UPFRONT", LookbackPeriodInDays="THIRTY_DAYS",
    )  # fmt: skip
    details = answer["SavingsPlansPurchaseRecommendation"][
        "SavingsPlansPurchaseRecommendationDetails"
    ]
    assert details
    for detail in details:
        place = detail["SavingsPlansDetails"]
        (one,) = offered(small, offeringIds=[place["OfferingId"]])
        properties = {each["name"]: each["value"] for each in one["properties"]}
        assert properties.get("region") == place.get("Region")
        assert properties.get("instanceFamily") == place.get("InstanceFamily")
        assert (one["durationSeconds"], one["paymentOption"]) == (YEAR, "No Upfront")


def test_plans_that_were_bought_have_their_offering(small: SimulatedOrganisation) -> None:
    plans = fields(small, "savingsplans", "DescribeSavingsPlans")["savingsPlans"]
    fees = {
        str(usage)
        for (usage,) in small.room.query(
            "SELECT DISTINCT line_item_usage_type FROM cur2"
            " WHERE line_item_line_item_type = 'SavingsPlanRecurringFee'"
        ).rows
    }
    found = []
    for plan in plans:
        (one,) = offered(small, offeringIds=[plan["offeringId"]])
        assert one["description"] == plan["description"]
        assert one["planType"] == plan["savingsPlanType"]
        assert one["productTypes"] == plan["productTypes"]
        assert one["durationSeconds"] == plan["termDurationInSeconds"]
        found.append(one["usageType"])
    assert set(found) == fees


def test_offerings_are_found_by_what_they_are(small: SimulatedOrganisation) -> None:
    whole = offered(small)
    ids = [each["offeringId"] for each in whole]
    assert len(set(ids)) == len(ids) > 100
    places = offered(small, **by("region", "eu-west-1"), durations=[3 * YEAR])
    assert {each["durationSeconds"] for each in places} == {3 * YEAR}
    family = {
        "filters": [
            {"name": "region", "values": ["eu-west-1"]},
            {"name": "instanceFamily", "values": ["m5"]},
        ]
    }
    assert len(offered(small, **family)) == 6
    assert len(offered(small, **family, paymentOptions=["All Upfront"])) == 2
    assert offered(small, currencies=["EUR"]) == []
    assert offered(small, descriptions=[whole[0]["description"]]) == [whole[0]]
    assert offered(small, usageTypes=[whole[-1]["usageType"]]) == [whole[-1]]
    page = fields(small, "savingsplans", "DescribeSavingsPlansOfferings", maxResults=7)
    rest = offered(small, maxResults=7, nextToken=page["nextToken"])
    assert page["searchResults"] + rest == whole[:14]


def test_database_rates_are_of_all_throughput_of_the_bill(small: SimulatedOrganisation) -> None:
    told = {
        (each["usageType"], each["operation"]): each
        for each in rates(small, savingsPlanTypes=["Database"])
    }
    billed = small.room.query(
        "SELECT DISTINCT line_item_usage_type, line_item_operation, pricing_unit,"
        " product_region_code, cast(pricing_public_on_demand_rate AS varchar) FROM cur2"
        f" WHERE {DATABASE_ELIGIBLE} AND line_item_line_item_type = 'Usage'"
    ).rows
    assert {(usage, operation) for usage, operation, *_ in billed} == set(told)
    for usage, operation, unit, region, price in billed:
        rate = told[str(usage), str(operation)]
        exact = Decimal(str(price)) * database_percent(str(unit)) / 100
        assert Decimal(rate["rate"]) == exact.quantize(Decimal("1e-10"), ROUND_DOWN)
        assert (rate["unit"], rate["productType"]) == (unit, "DynamoDB")
        assert rate["properties"] == [{"name": "region", "value": region}]


def test_todays_rates_are_those_of_a_plan_that_was_bought_with_the_same_terms(
    small: SimulatedOrganisation,
) -> None:
    (plan,) = [
        each
        for each in fields(small, "savingsplans", "DescribeSavingsPlans")["savingsPlans"]
        if each["savingsPlanType"] == "EC2Instance" and "1 year No Upfront" in each["description"]
        and each["state"] == "active"
    ]  # fmt: skip
    own = fields(
        small, "savingsplans", "DescribeSavingsPlanRates", savingsPlanId=plan["savingsPlanId"]
    )["searchResults"]
    today = rates(small, savingsPlanOfferingIds=[plan["offeringId"]])
    assert own
    assert {each["usageType"]: each["rate"] for each in today} == {
        each["usageType"]: each["rate"] for each in own
    }


def test_rates_are_found_by_product_usage_and_place(small: SimulatedOrganisation) -> None:
    compute = rates(small, savingsPlanTypes=["Compute"], savingsPlanPaymentOptions=["All Upfront"])
    terms = {each["savingsPlanOffering"]["durationSeconds"] for each in compute}
    assert terms == {YEAR, 3 * YEAR}
    functions = rates(small, savingsPlanTypes=["Compute"], products=["Lambda"])
    assert {each["unit"] for each in functions} == {"Lambda-GB-Second"}
    usage = functions[0]["usageType"]
    found = rates(small, usageTypes=[usage])
    assert {each["usageType"] for each in found} == {usage}
    assert len(found) == 6
    tables = rates(small, serviceCodes=["AmazonDynamoDB"], **by("region", "eu-west-1"))
    assert tables
    assert all(each["usageType"].startswith("EU-") for each in tables)


@pytest.mark.parametrize(
    ("operation", "params", "words"),
    [
        ("DescribeSavingsPlansOfferings", {"planTypes": ["Gold"]}, "Database"),
        ("DescribeSavingsPlansOfferings", by("colour", "red"), "instanceFamily"),
        ("DescribeSavingsPlansOfferingRates", {"savingsPlanPaymentOptions": ["Later"]},
         "No Upfront"),
        ("DescribeSavingsPlansOfferingRates", {"nextToken": "x"}, "nextToken"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_refused(
    small: SimulatedOrganisation, operation: str, params: dict[str, Any], words: str
) -> None:
    refused = ask(small, "savingsplans", operation, **params)
    assert isinstance(refused, Refusal)
    assert refused.code == "ValidationException"
    assert words in refused.message
