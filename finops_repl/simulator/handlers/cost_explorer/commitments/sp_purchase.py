"""GetSavingsPlansPurchaseRecommendation: the plans whose estimated savings are greatest.

For the organisation (`PAYER`) or each account (`LINKED`): one Compute Savings Plan, or an EC2
Instance Savings Plan for each family and region, of an hourly commitment in thousandths of a
dollar. Each detail stands alone: a Compute plan and plans for families are alternatives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from finops_repl.simulator.commitment import Kind
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
    recommendation_id,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.sp_coverage import PLAN_ELIGIBLE
from finops_repl.simulator.handlers.cost_explorer.commitments.uncovered import (
    Demand,
    Lookback,
    uncovered,
)
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.offerings import UPFRONT, Option, offering_id, plan_rate
from finops_repl.simulator.view import View

__all__ = ["recommendation"]

KINDS: Mapping[str, Kind] = {"COMPUTE_SP": "compute-sp", "EC2_INSTANCE_SP": "instance-sp"}
NOT_OFFERED = "DATABASE_SP"
TYPES = (*KINDS, "SAGEMAKER_SP", NOT_OFFERED)
ELIGIBLE: Mapping[Kind, str] = {
    "compute-sp": PLAN_ELIGIBLE,
    "instance-sp": f"{PLAN_ELIGIBLE} AND g.os <> ''",
}
STEP = Decimal("0.001") * 24
ECHOED = (
    "AccountScope", "SavingsPlansType", "TermInYears", "PaymentOption", "LookbackPeriodInDays"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """What is to be bought, and from which days it is judged."""

    kind: Kind
    years: int
    option: Option
    lookback: Lookback


@dataclass(frozen=True, slots=True)
class Detail:
    """A plan to buy: dollars an hour, and what it does over the lookback."""

    account: str
    region: str
    family: str
    commitment: Decimal
    outcome: Outcome
    a_day: tuple[Decimal, ...]
    terms: Terms

    @property
    def monthly(self) -> Decimal:
        return ratio(self.outcome.savings, Decimal(self.terms.lookback.hours)) * MONTH_HOURS

    def fields(self, view: View) -> dict[str, Any]:
        """As the API names them."""
        found, terms = self.outcome, self.terms
        upfront = self.commitment * terms.years * 365 * 24 * UPFRONT[terms.option] / 100
        what = (terms.kind, self.region, self.family, str(terms.years), terms.option)
        hourly = [each / 24 for each in self.a_day]
        return {
            "SavingsPlansDetails": {
                **({"Region": self.region} if self.region else {}),
                **({"InstanceFamily": self.family} if self.family else {}),
                "OfferingId": offering_id(view.world.chance, *what),
            },
            "AccountId": self.account,
            "UpfrontCost": text(upfront),
            "EstimatedROI": percent(found.savings, found.fee),
            "CurrencyCode": "USD",
            "EstimatedSPCost": text(found.fee),
            "EstimatedOnDemandCost": text(found.left),
            "EstimatedOnDemandCostWithCurrentCommitment": text(found.on_demand),
            "EstimatedSavingsAmount": text(found.savings),
            "EstimatedSavingsPercentage": percent(found.savings, found.on_demand),
            "HourlyCommitmentToPurchase": f"{self.commitment:.3f}",
            "EstimatedAverageUtilization": percent(found.used, found.fee),
            "EstimatedMonthlySavingsAmount": text(self.monthly),
            "CurrentMinimumHourlyOnDemandSpend": text(min(hourly)),
            "CurrentMaximumHourlyOnDemandSpend": text(max(hourly)),
            "CurrentAverageHourlyOnDemandSpend": text(
                ratio(found.on_demand, Decimal(terms.lookback.hours))
            ),
            "RecommendationDetailId": recommendation_id(
                view, *what, self.account, str(terms.lookback.days)
            ),
        }


def recommendation(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a call; raises `Invalid` and `InvalidToken`."""
    type_ = chosen(params, "SavingsPlansType", TYPES)
    scope = chosen(params, "AccountScope", SCOPES, "PAYER")
    years = TERMS[chosen(params, "TermInYears", TERMS)]
    payment, days = option(params), lookback(view, params)
    accounts = accounts_of(view, _single(params.get("Filter")))
    if type_ == NOT_OFFERED:
        raise Invalid(
            f"SavingsPlansType {type_} is not offered by the simulated account, whose price list"
            f" has no such plans; use {', '.join(KINDS)}"
        )
    details: list[Detail] = []
    if type_ in KINDS:  # nothing here runs on SageMaker
        terms = Terms(KINDS[type_], years, payment, days)
        demands = uncovered(view, days, accounts, ELIGIBLE[terms.kind])
        details = [each for each in _details(view, terms, scope, demands) if each.commitment]
        details.sort(key=lambda each: (-each.outcome.savings, each.region, each.family))
    shown, following = paged(details, params, size_name="PageSize")
    asked = {"AccountScope": scope} | {name: params[name] for name in ECHOED if name in params}
    found: dict[str, Any] = {
        **asked,
        "SavingsPlansPurchaseRecommendationDetails": [each.fields(view) for each in shown],
    }
    if details:
        found["SavingsPlansPurchaseRecommendationSummary"] = _summary(details)
    return {
        "Metadata": metadata(view, *map(str, asked.values())),
        "SavingsPlansPurchaseRecommendation": found,
        **following,
    }


def _single(expression: object) -> object:
    """The expression, of which this operation takes no And (API reference, `Filter`)."""
    if isinstance(expression, Mapping) and expression.get("And") is not None:
        raise Invalid("Filter takes the dimension LINKED_ACCOUNT alone: And is not supported")
    return expression


def _details(view: View, terms: Terms, scope: str, demands: Iterable[Demand]) -> Iterable[Detail]:
    """The best plan of each account, region and family that one can be bought for."""
    apart: defaultdict[tuple[str, str, str], list[Demand]] = defaultdict(list)
    for demand in demands:
        account = demand.account if scope == "LINKED" else view.world.payer.id
        where = ("", "")
        if terms.kind == "instance-sp":
            where = (demand.where.region, demand.where.family)
        apart[(account, *where)].append(demand)
    for (account, region, family), mine in apart.items():
        days = _days(terms, mine)
        a_day = best(days, STEP)
        spent = tuple(sum((tier.on_demand for tier in tiers), ZERO) for tiers in days)
        yield Detail(account, region, family, a_day / 24, outcome(days, a_day), spent, terms)


def _days(terms: Terms, demands: Iterable[Demand]) -> list[Sequence[Tier]]:
    """Each day's usage by rate, the highest saving first."""
    costs: defaultdict[tuple[date, int], Decimal] = defaultdict(Decimal)
    for demand in demands:
        rate = plan_rate(terms.kind, demand.where.family, terms.years, terms.option)
        costs[demand.day, rate] += demand.cost
    days: dict[date, list[Tier]] = {}
    for (day, rate), cost in sorted(costs.items()):
        days.setdefault(day, []).append(Tier(cost, cost * rate / 100))
    idle: list[Sequence[Tier]] = [()] * (terms.lookback.days - len(days))
    return [*days.values(), *idle]


def _summary(details: Sequence[Detail]) -> dict[str, str]:
    """The sums of all details, on whatever page they are."""
    savings = sum((each.outcome.savings for each in details), ZERO)
    fee = sum((each.outcome.fee for each in details), ZERO)
    left = sum((each.outcome.left for each in details), ZERO)
    on_demand = sum((each.outcome.on_demand for each in details), ZERO)
    hourly = sum((each.commitment for each in details), ZERO)
    return {
        "EstimatedROI": percent(savings, fee),
        "CurrencyCode": "USD",
        "EstimatedTotalCost": text(fee + left),
        "CurrentOnDemandSpend": text(on_demand),
        "EstimatedSavingsAmount": text(savings),
        "TotalRecommendationCount": str(len(details)),
        "DailyCommitmentToPurchase": text(hourly * 24),
        "HourlyCommitmentToPurchase": f"{hourly:.3f}",
        "EstimatedSavingsPercentage": percent(savings, on_demand),
        "EstimatedMonthlySavingsAmount": text(sum((each.monthly for each in details), ZERO)),
        "EstimatedOnDemandCostWithCurrentCommitment": text(on_demand),
    }
