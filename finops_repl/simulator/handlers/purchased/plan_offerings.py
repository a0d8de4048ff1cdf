"""The Savings Plans that can be bought, and what usage would cost under each.

A Compute plan is sold anywhere, an EC2 Instance plan by region and family, each for one or three
years and with any payment; a Database plan for one year without any payment upfront. An offering's
id is that of Cost Explorer's recommendations and of the plans that were bought. The service and
the usage type of a Database plan are named after those of the others: no source tells them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from finops_repl.aws.call import Answer, Call
from finops_repl.simulator.commitment import plan_usage
from finops_repl.simulator.database_plans import DATABASE_ELIGIBLE
from finops_repl.simulator.handlers.cost_explorer.commitments.sp_coverage import PLAN_ELIGIBLE
from finops_repl.simulator.handlers.purchased.plan_pages import Compared, page
from finops_repl.simulator.handlers.purchased.plan_rates import (
    PRODUCTS,
    TYPES,
    Rated,
    description,
    rated,
)
from finops_repl.simulator.offerings import (
    UPFRONT,
    Option,
    PlanKind,
    offering_id,
    plan_rate,
    plans_sold,
)
from finops_repl.simulator.offers import REGIONS, SERVICES
from finops_repl.simulator.price_list import LARGE
from finops_repl.simulator.view import View, invalid

__all__ = ["PlanOfferings"]

YEAR = 365 * 86_400
"""Seconds of a term's year."""
PLACES = [(region, family) for region in REGIONS for family in LARGE if "." not in family]
NOWHERE = [("", "")]
KNOWN = {
    "planTypes": (*TYPES.values(), "SageMaker"),
    "savingsPlanTypes": (*TYPES.values(), "SageMaker"),
    "paymentOptions": tuple(UPFRONT),
    "savingsPlanPaymentOptions": tuple(UPFRONT),
}
OFFERING_FILTERS = ("region", "instanceFamily")
RATE_FILTERS = (
    "region", "instanceFamily", "instanceType", "productDescription", "tenancy", "productId"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offering:
    """A plan that is sold; `region` and `family` are of an EC2 Instance plan alone."""

    id: str
    kind: PlanKind
    region: str
    family: str
    years: int
    option: Option

    @property
    def properties(self) -> dict[str, str]:
        found = {"region": self.region, "instanceFamily": self.family}
        return {name: value for name, value in found.items() if value}

    @property
    def service(self) -> str:
        return "DatabaseSavingsPlans" if self.kind == "database-sp" else SERVICES["savings"].code

    @property
    def usage_type(self) -> str:
        """As the bill has it of the plan's own fee."""
        if self.kind == "database-sp":
            return f"DatabaseSP:{self.years}yr{self.option.replace(' ', '')}"
        prefix = REGIONS[self.region].prefix if self.region else ""
        return prefix + plan_usage(self.kind, self.region, self.family, self.years, self.option)

    @property
    def terms(self) -> dict[str, Any]:
        """What an offering and its rates both tell."""
        return {
            "offeringId": self.id,
            "paymentOption": self.option,
            "planType": TYPES[self.kind],
            "durationSeconds": self.years * YEAR,
            "currency": "USD",
        }

    def fields(self) -> dict[str, Any]:
        """As the API names them."""
        return self.terms | {
            "productTypes": list(PRODUCTS[self.kind]),
            "description": description(self.kind, self.years, self.option),
            "serviceCode": self.service,
            "usageType": self.usage_type,
            "operation": "",
            "properties": [
                {"name": name, "value": value} for name, value in self.properties.items()
            ],
        }

    def covers(self, usage: Rated) -> bool:
        """Whether usage that the kind covers is of the plan's own region and family."""
        return not self.family or (usage.region, usage.family) == (self.region, self.family)

    def rate(self, usage: Rated) -> dict[str, Any]:
        """What a unit of usage would cost, as the API names it."""
        percent = plan_rate(self.kind, usage.family, self.years, self.option, usage.unit)
        words = description(self.kind, self.years, self.option)
        return {
            "savingsPlanOffering": self.terms | {"planDescription": words},
            **usage.fields(percent),
        }


class PlanOfferings:
    """Answers for what can be bought today; offerings belong to no region."""

    operations = frozenset({"DescribeSavingsPlansOfferings", "DescribeSavingsPlansOfferingRates"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        params = call.params
        for name, known in KNOWN.items():
            for value in params.get(name) or ():
                if value not in known:
                    return invalid(f"{name}: {value} is not one of {', '.join(known)}")
        if call.operation == "DescribeSavingsPlansOfferings":
            return page(list(self._offered(params)), params, OFFERING_FILTERS, "searchResults")
        return page(list(self._rated(params)), params, RATE_FILTERS, "searchResults")

    def _offered(self, params: Mapping[str, Any]) -> Iterator[Compared]:
        product = params.get("productType")
        for each in self._offerings():
            told = each.fields()
            asked = {
                "offeringIds": each.id,
                "paymentOptions": each.option,
                "planTypes": TYPES[each.kind],
                "durations": told["durationSeconds"],
                "currencies": told["currency"],
                "descriptions": told["description"],
                "serviceCodes": each.service,
                "usageTypes": each.usage_type,
                "operations": told["operation"],
            }
            if _chosen(params, asked) and (not product or product in PRODUCTS[each.kind]):
                yield told, each.properties

    def _rated(self, params: Mapping[str, Any]) -> Iterator[Compared]:
        usage = {
            kind: rated(self._view, DATABASE_ELIGIBLE if kind == "database-sp" else PLAN_ELIGIBLE)
            for kind in TYPES
        }
        for each in self._offerings():
            asked = {
                "savingsPlanOfferingIds": each.id,
                "savingsPlanPaymentOptions": each.option,
                "savingsPlanTypes": TYPES[each.kind],
            }
            if not _chosen(params, asked):
                continue
            for one in usage[each.kind]:
                named = {
                    "products": one.product,
                    "serviceCodes": one.service,
                    "usageTypes": one.usage_type,
                    "operations": one.operation,
                }
                if each.covers(one) and _chosen(params, named):
                    yield each.rate(one), one.properties

    def _offerings(self) -> Iterator[Offering]:
        for kind in TYPES:
            for region, family in PLACES if kind == "instance-sp" else NOWHERE:
                for years, option in plans_sold(kind):
                    words = (kind, region, family, str(years), option)
                    id_ = offering_id(self._view.world.chance, *words)
                    yield Offering(id_, kind, region, family, years, option)


def _chosen(params: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether each list that is given holds the value; one that is not given holds any."""
    return all(not params.get(name) or value in params[name] for name, value in values.items())
