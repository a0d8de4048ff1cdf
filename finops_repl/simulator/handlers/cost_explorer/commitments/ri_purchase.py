"""GetReservationPurchaseRecommendation: the reservations whose estimated savings are greatest.

One for each region and family, and each engine and deployment of a database, in its smallest
instance type: such a reservation is size-flexible, and normalized units say how much it covers.
Nothing is recommended for usage that a Savings Plan or another reservation covers already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from finops_repl.simulator.handlers.cost_explorer.commitments.best import (
    Outcome,
    Tier,
    best,
    outcome,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.figures import (
    ZERO,
    percent,
    ratio,
    text,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.page import paged
from finops_repl.simulator.handlers.cost_explorer.commitments.purchase import (
    MONTH_HOURS,
    SCOPES,
    TERMS,
    accounts_of,
    chosen,
    lookback,
    metadata,
    option,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.services import (
    CACHES,
    COMPUTE,
    DATABASES,
    RESERVED,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.uncovered import (
    Demand,
    Lookback,
    Where,
    uncovered,
)
from finops_repl.simulator.offerings import (
    UPFRONT,
    OfferingClass,
    Option,
    reserved_rate,
    smallest,
)
from finops_repl.simulator.offers import REGIONS, Offer, instance, price_e10
from finops_repl.simulator.view import View

__all__ = ["recommendation"]

CLASSES: Mapping[str, OfferingClass] = {"STANDARD": "standard", "CONVERTIBLE": "convertible"}
ELIGIBLE = "g.service = ? AND g.instance_type <> '' AND g.market <> 'spot'"
ECHOED = ("LookbackPeriodInDays", "TermInYears", "PaymentOption")
DEFAULTS = {
    "AccountScope": "PAYER",
    "LookbackPeriodInDays": "SEVEN_DAYS",
    "TermInYears": "ONE_YEAR",
    "PaymentOption": "NO_UPFRONT",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What is to be bought, and from which days it is judged."""

    service: str
    years: int
    option: Option
    offering_class: OfferingClass
    lookback: Lookback


@dataclass(frozen=True, slots=True)
class Detail:
    """Reservations to buy: so many of the smallest type, and what they do over the lookback."""

    account: str
    where: Where
    offer: Offer
    number: int
    rate: Decimal
    outcome: Outcome
    a_day: tuple[Decimal, ...]
    terms: Terms

    def a_month(self, amount: Decimal) -> Decimal:
        """What an amount of the lookback comes to in a month."""
        return ratio(amount, Decimal(self.terms.lookback.hours)) * MONTH_HOURS

    @property
    def savings(self) -> Decimal:
        return self.a_month(self.outcome.savings)

    def fields(self) -> dict[str, Any]:
        """As the API names them."""
        found, terms = self.outcome, self.terms
        factor = Decimal(str(self.offer.factor))
        share = Decimal(UPFRONT[terms.option]) / 100
        fee = self.number * self.rate
        upfront = fee * terms.years * 365 * 24 * share
        recurring = fee * MONTH_HOURS * (1 - share)
        displaced = self.a_month(found.on_demand - found.left) - recurring
        hourly = [units / 24 for units in self.a_day]
        numbers = {
            "Minimum": min(hourly),
            "Maximum": max(hourly),
            "Average": ratio(sum(self.a_day, ZERO), Decimal(terms.lookback.hours)),
        }
        used: dict[str, str] = {}
        for name, units in numbers.items():
            used[f"{name}NumberOfInstancesUsedPerHour"] = text(ratio(units, factor))
            used[f"{name}NormalizedUnitsUsedPerHour"] = text(units)
        return {
            "AccountId": self.account,
            "InstanceDetails": _instance_details(terms.service, self.where, self.offer),
            "RecommendedNumberOfInstancesToPurchase": str(self.number),
            "RecommendedNormalizedUnitsToPurchase": text(self.number * factor),
            **used,
            "AverageUtilization": percent(found.used, self.number * factor * terms.lookback.hours),
            "EstimatedBreakEvenInMonths": text(ratio(upfront, displaced)),
            "CurrencyCode": "USD",
            "EstimatedMonthlySavingsAmount": text(self.savings),
            "EstimatedMonthlySavingsPercentage": percent(found.savings, found.on_demand),
            "EstimatedMonthlyOnDemandCost": text(self.a_month(found.on_demand)),
            "EstimatedReservationCostForLookbackPeriod": text(found.fee + found.left),
            "UpfrontCost": text(upfront),
            "RecurringStandardMonthlyCost": text(recurring),
        }


def recommendation(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a call; raises `Invalid` and `InvalidToken`."""
    service = chosen(params, "Service", RESERVED)
    params = {**DEFAULTS, **{name: each for name, each in params.items() if each}}
    scope = chosen(params, "AccountScope", SCOPES)
    ec2 = (params.get("ServiceSpecification") or {}).get("EC2Specification") or {}
    class_ = chosen(ec2, "OfferingClass", CLASSES, "STANDARD")
    terms = Terms(
        service, TERMS[chosen(params, "TermInYears", TERMS)], option(params), CLASSES[class_],
        lookback(view, params),
    )  # fmt: skip
    accounts = accounts_of(view, params.get("Filter"), negatable=True)
    if params.get("AccountId"):
        accounts &= {str(params["AccountId"])}
    details: list[Detail] = []
    if _sold(terms):
        demands = uncovered(view, terms.lookback, accounts, ELIGIBLE, [service])
        details = [each for each in _details(view, terms, scope, demands) if each.number]
        details.sort(key=lambda each: (-each.savings, each.where.region, each.offer.usage))
    shown, following = paged(details, params, size_name="PageSize")
    asked = {"AccountScope": scope} | {name: str(params[name]) for name in ECHOED}
    specification = {}
    if service == COMPUTE:
        specification["ServiceSpecification"] = {"EC2Specification": {"OfferingClass": class_}}
    found = {
        **asked,
        **specification,
        "RecommendationDetails": [each.fields() for each in shown],
        "RecommendationSummary": _summary(details),
    }
    return {
        "Metadata": metadata(view, service, class_, *asked.values()),
        "Recommendations": [found] if details else [],
        **following,
    }


def _sold(terms: Terms) -> bool:
    """RDS sells nothing for three years without any payment upfront (RDS user guide)."""
    return terms.service != DATABASES or (terms.years, terms.option) != (3, "No Upfront")


def _details(view: View, terms: Terms, scope: str, demands: Iterable[Demand]) -> Iterable[Detail]:
    """The best number of reservations for each account and kind of usage."""
    apart: defaultdict[tuple[str, Where], list[Demand]] = defaultdict(list)
    for demand in demands:
        account = demand.account if scope == "LINKED" else view.world.payer.id
        apart[account, demand.where].append(demand)
    percent_of_list = reserved_rate(terms.years, terms.option, terms.offering_class)
    for (account, where), mine in apart.items():
        kind = where.instance_type or smallest(where.family)
        offer = instance(kind, engine=where.engine, multi_az=where.deployment == "Multi-AZ")
        an_hour = price_e10(offer, REGIONS[where.region]) * percent_of_list // 100
        rate, factor = Decimal(an_hour).scaleb(-10), Decimal(str(offer.factor))
        days = _days(terms.lookback, mine)
        number = best(days, factor * 24, rate / factor) / (factor * 24)
        units = tuple(sum((tier.takes for tier in tiers), ZERO) for tiers in days)
        yield Detail(
            account, where, offer, int(number), rate,
            outcome(days, number * factor * 24, rate / factor), units, terms,
        )  # fmt: skip


def _days(looked_at: Lookback, demands: Iterable[Demand]) -> list[Sequence[Tier]]:
    """Each day's usage, which takes normalized units."""
    by_day: dict[date, Tier] = {}
    for demand in demands:
        before = by_day.get(demand.day, Tier(ZERO, ZERO))
        by_day[demand.day] = Tier(before.on_demand + demand.cost, before.takes + demand.units)
    return [*((tier,) for tier in by_day.values()), *([()] * (looked_at.days - len(by_day)))]


def _instance_details(service: str, where: Where, offer: Offer) -> dict[str, Any]:
    common = {
        "Family": where.family,
        "Region": where.region,
        "SizeFlexEligible": not where.instance_type,
    }
    kind = offer.instance_type
    if service == COMPUTE:
        platform = {"Platform": "Linux/UNIX", "Tenancy": "shared", "InstanceType": kind}
        return {"EC2InstanceDetails": common | platform}
    if service == CACHES:
        node = {"NodeType": kind, "ProductDescription": where.engine}
        return {"ElastiCacheInstanceDetails": common | node}
    database = {
        "InstanceType": kind,
        "DatabaseEngine": where.engine,
        "LicenseModel": "No license required",
        "DeploymentOption": where.deployment,
    }
    if where.instance_type:  # SQL Server, of which the organisation runs the standard edition
        database |= {"LicenseModel": "License included", "DatabaseEdition": "Standard"}
    return {"RDSInstanceDetails": common | database}


def _summary(details: Sequence[Detail]) -> dict[str, str]:
    """The sums of all details, on whatever page they are."""
    savings = sum((each.savings for each in details), ZERO)
    on_demand = sum((each.a_month(each.outcome.on_demand) for each in details), ZERO)
    return {
        "TotalEstimatedMonthlySavingsAmount": text(savings),
        "TotalEstimatedMonthlySavingsPercentage": percent(savings, on_demand),
        "CurrencyCode": "USD",
    }
