"""Reservations to buy save the most: recomputed from the bill's own rows, service by service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.offerings import Option, reserved_rate
from finops_repl.simulator.offers import REGIONS, SIZES, instance, price_e10
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.price_list import ENGINES
from tests.simulator.conftest import SMALL, Worlds, ask, fields
from tests.simulator.handlers.cost_explorer.commitments.bill import DAY, KIND, SERVICES, billed
from tests.simulator.handlers.cost_explorer.commitments.reservations import reserved, where

COMPUTE = "Amazon Elastic Compute Cloud - Compute"
DATABASES = "Amazon Relational Database Service"
CACHES = "Amazon ElastiCache"
DEFAULT = "simulated:as_of=2026-10-31"
ZERO = Decimal(0)
TERMS = {"ONE_YEAR": 1, "THREE_YEARS": 3}
OPTIONS: Mapping[str, Option] = {
    "NO_UPFRONT": "No Upfront",
    "PARTIAL_UPFRONT": "Partial Upfront",
}
ENGINE_OF = {f"CreateDBInstance:{number}": engine for engine, (number, _) in ENGINES.items()}
Place = tuple[str, str, str, str]
"""Region, family, engine and deployment; of databases with a licence the type, not the family."""


def on_demand(organisation: SimulatedOrganisation, service: str) -> dict[Place, list[Decimal]]:
    """What each of 30 days has on demand that one reservation could cover."""
    since = organisation.spec.as_of - timedelta(days=29)
    rows = billed(
        organisation,
        [f"cast({DAY} AS varchar)", "product_region_code", "product_instance_family",
         "product_instance_type", "line_item_operation", "line_item_usage_type"],
        ["line_item_unblended_cost"],
        f"{KIND} = 'Usage' AND {SERVICES[service]} AND {DAY} >= DATE '{since}'",
    )  # fmt: skip
    found: defaultdict[Place, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for (day, region, family, kind, operation, usage), (cost,) in rows.items():
        engine = ENGINE_OF.get(operation, "Redis" if service == CACHES else "")
        deployment = ""
        if service == DATABASES:
            deployment = "Multi-AZ" if "Multi-AZUsage" in usage else "Single-AZ"
        sized = kind if engine == "SQL Server" else family
        found[region, sized, engine, deployment][day] += cost
    return {place: list(days.values()) for place, days in found.items()}


def place_of(detail: Mapping[str, Any]) -> Place:
    told = where(detail)
    kind = told.get("InstanceType") or told["NodeType"]
    engine = told.get("DatabaseEngine") or told.get("ProductDescription", "")
    sized = kind if engine == "SQL Server" else told["Family"]
    return told["Region"], sized, engine, told.get("DeploymentOption", "")


@pytest.mark.parametrize(
    ("term", "payment"), [("ONE_YEAR", "NO_UPFRONT"), ("THREE_YEARS", "PARTIAL_UPFRONT")]
)
@pytest.mark.parametrize(
    ("world", "service"),
    [(SMALL, COMPUTE), (SMALL, DATABASES), (DEFAULT, DATABASES), (DEFAULT, CACHES)],
)
def test_no_other_number_of_reservations_would_have_saved_more(
    worlds: Worlds, world: str, service: str, term: str, payment: str
) -> None:
    organisation = worlds(world)
    bill = on_demand(organisation, service)
    percent = reserved_rate(TERMS[term], OPTIONS[payment])
    found = reserved(organisation, service, TermInYears=term, PaymentOption=payment)
    details = {place_of(each): each for each in found["RecommendationDetails"]}
    assert len(details) == len(found["RecommendationDetails"]) > 3
    for place, detail in details.items():
        told = where(detail)
        kind = told.get("InstanceType") or told["NodeType"]
        offer = instance(kind, engine=place[2], multi_az=place[3] == "Multi-AZ")
        price = Decimal(price_e10(offer, REGIONS[place[0]])).scaleb(-10)
        factor = Decimal(str(SIZES[kind.rpartition(".")[2]]))
        number = int(detail["RecommendedNumberOfInstancesToPurchase"])
        assert Decimal(detail["RecommendedNormalizedUnitsToPurchase"]) == number * factor

        def saves(number: int, place: Place = place, price: Decimal = price) -> Decimal:
            held = 24 * number * price
            used = (min(cost, held) for cost in bill[place])
            return sum(used, ZERO) - 30 * held * percent / 100

        monthly = Decimal(detail["EstimatedMonthlySavingsAmount"])
        assert abs(saves(number) / 720 * 730 - monthly) < Decimal("0.001")
        assert saves(number) >= max(saves(number - 1), saves(number + 1))
        assert saves(number) > 0
    if service != COMPUTE:  # whose small fleets come and go, so that some are worth none
        steady = {place for place, days in bill.items() if len(days) == 30 and min(days) > 0}
        assert steady <= set(details)


def test_databases_are_reserved_by_engine_and_cover_what_runs_on_demand(
    small: SimulatedOrganisation,
) -> None:
    found = reserved(small, DATABASES, PaymentOption="PARTIAL_UPFRONT", TermInYears="THREE_YEARS")
    assert "ServiceSpecification" not in found
    kinds = [
        (where(each)["Region"], where(each)["Family"], where(each)["DatabaseEngine"],
         where(each)["DeploymentOption"], where(each)["InstanceType"])
        for each in found["RecommendationDetails"]
    ]  # fmt: skip
    assert len(set(kinds)) == len(kinds) > 1
    # RDS sells no reservation of three years without a payment at its start.
    answer = fields(
        small, "ce", "GetReservationPurchaseRecommendation", Service=DATABASES,
        TermInYears="THREE_YEARS", PaymentOption="NO_UPFRONT",
    )  # fmt: skip
    assert answer["Recommendations"] == []


def test_a_convertible_reservation_saves_less_and_an_account_has_its_own(
    small: SimulatedOrganisation,
) -> None:
    def saves(**asked: Any) -> Decimal:
        summary = reserved(small, COMPUTE, **asked)["RecommendationSummary"]
        return Decimal(summary["TotalEstimatedMonthlySavingsAmount"])

    convertible = {"EC2Specification": {"OfferingClass": "CONVERTIBLE"}}
    assert 0 < saves(ServiceSpecification=convertible) < saves()
    (one,) = {each["AccountId"] for each in reserved(small, COMPUTE)["RecommendationDetails"]}
    assert one == small.account_id
    linked = reserved(small, COMPUTE, AccountScope="LINKED")["RecommendationDetails"]
    first = linked[0]["AccountId"]
    alone = reserved(small, COMPUTE, AccountScope="LINKED", AccountId=first)
    assert alone["RecommendationDetails"] == [each for each in linked if each["AccountId"] == first]
    wrong = ask(
        small, "ce", "GetReservationPurchaseRecommendation", Service=COMPUTE,
        ServiceSpecification={"EC2Specification": {"OfferingClass": "GOLD"}},
    )  # fmt: skip
    assert isinstance(wrong, Refusal)
    assert "STANDARD, CONVERTIBLE" in wrong.message


def test_reservations_are_recommended_without_some_accounts(small: SimulatedOrganisation) -> None:
    """`Not` is the one operator that this operation takes."""

    def owners(**asked: Any) -> set[str]:
        found = reserved(small, COMPUTE, AccountScope="LINKED", **asked)
        return {each["AccountId"] for each in found["RecommendationDetails"]}

    whole = owners()
    one = min(whole)
    this = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [one]}}
    assert owners(Filter=this) == {one}
    assert owners(Filter={"Not": this}) == whole - {one} != set()
    for operator in ("And", "Or"):
        refused = ask(
            small, "ce", "GetReservationPurchaseRecommendation", Service=COMPUTE,
            Filter={operator: [this, this]},
        )  # fmt: skip
        assert isinstance(refused, Refusal)
        assert f"{operator} is not supported" in refused.message


def test_an_edition_is_told_of_databases_with_their_licence(worlds: Worlds) -> None:
    found = reserved(worlds("simulated:as_of=2026-10-31"), DATABASES)["RecommendationDetails"]
    editions = {(where(each)["LicenseModel"], where(each).get("DatabaseEdition")) for each in found}
    assert editions == {("License included", "Standard"), ("No license required", None)}
