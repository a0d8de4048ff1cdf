"""GetSavingsPlansPurchaseRecommendation: the plans whose estimated savings are greatest.

For the organisation (`PAYER`) or each account (`LINKED`): one Compute or one Database Savings Plan,
or an EC2 Instance Savings Plan for each family and region, of an hourly commitment in thousandths
of a dollar. Each detail stands alone: a Compute plan and plans for families are alternatives.

A Database Savings Plan of other terms than it is sold with is refused here; what AWS answers to
that question, no source tells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finops_repl.simulator.database_plans import DATABASE_ELIGIBLE
from finops_repl.simulator.handlers.cost_explorer.commitments.figures import ZERO, percent, text
from finops_repl.simulator.handlers.cost_explorer.commitments.generations import latest
from finops_repl.simulator.handlers.cost_explorer.commitments.page import paged
from finops_repl.simulator.handlers.cost_explorer.commitments.plan_trial import (
    Terms,
    Trial,
    days_of,
    most_saving,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.purchase import (
    SCOPES,
    TERMS,
    accounts_of,
    chosen,
    lookback,
    option,
    recommendation_id,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.sp_coverage import PLAN_ELIGIBLE
from finops_repl.simulator.handlers.cost_explorer.commitments.uncovered import Demand, unreserved
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.offerings import PlanKind, offering_id, plans_sold
from finops_repl.simulator.view import View

__all__ = ["ELIGIBLE", "KINDS", "Detail", "Question", "advised", "question", "recommendation"]

KINDS: Mapping[str, PlanKind] = {
    "COMPUTE_SP": "compute-sp",
    "EC2_INSTANCE_SP": "instance-sp",
    "DATABASE_SP": "database-sp",
}
TYPES = (*KINDS, "SAGEMAKER_SP")
ELIGIBLE: Mapping[PlanKind, str] = {
    "compute-sp": PLAN_ELIGIBLE,
    "instance-sp": f"{PLAN_ELIGIBLE} AND g.os <> ''",
    "database-sp": DATABASE_ELIGIBLE,
}
ECHOED = (
    "AccountScope", "SavingsPlansType", "TermInYears", "PaymentOption", "LookbackPeriodInDays"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for; no `terms` where nothing of it runs here, as on SageMaker.

    `echoed` is told again in answers.
    """

    terms: Terms | None
    scope: str
    accounts: frozenset[str]
    echoed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """A plan to buy, for whom and for what."""

    account: str
    region: str
    family: str
    trial: Trial

    def offering(self, view: View) -> dict[str, str]:
        """What is bought, as the API names it."""
        terms = self.trial.terms
        words = (terms.kind, self.region, self.family, str(terms.years), terms.option)
        return {
            **({"Region": self.region} if self.region else {}),
            **({"InstanceFamily": self.family} if self.family else {}),
            "OfferingId": offering_id(view.world.chance, *words),
        }

    def id(self, view: View, asked: Question) -> str:
        """By which its hours are asked for."""
        told = (value for _, value in asked.echoed)
        # A plan for one account is the same whatever other accounts were asked about.
        of = sorted(asked.accounts) if asked.scope == "PAYER" else [self.account]
        return recommendation_id(view, *told, *of, self.region, self.family)

    def fields(self, view: View, asked: Question) -> dict[str, Any]:
        """As the API names them."""
        return {
            "SavingsPlansDetails": self.offering(view),
            "AccountId": self.account,
            **self.trial.figures(),
            "EstimatedSPCost": text(self.trial.outcome.fee),
            "RecommendationDetailId": self.id(view, asked),
        }


def question(view: View, params: Mapping[str, Any]) -> Question:
    """What a call asks for; raises `Invalid`."""
    type_ = chosen(params, "SavingsPlansType", TYPES)
    scope = chosen(params, "AccountScope", SCOPES, "PAYER")
    years = TERMS[chosen(params, "TermInYears", TERMS)]
    payment, days = option(params), lookback(view, params)
    accounts = accounts_of(view, params.get("Filter"))
    kind = KINDS.get(type_)
    if kind and (years, payment) not in plans_sold(kind):
        raise Invalid(
            f"SavingsPlansType {type_} is sold with TermInYears ONE_YEAR and PaymentOption"
            " NO_UPFRONT alone"
        )
    asked = {"AccountScope": scope} | {name: params[name] for name in ECHOED if name in params}
    terms = Terms(kind, years, payment, days) if kind else None
    return Question(terms, scope, accounts, tuple(asked.items()))


def recommendation(view: View, params: Mapping[str, Any], asked: Question) -> dict[str, Any]:
    """The answer to a call; raises `InvalidToken`."""
    details = advised(view, asked)
    shown, following = paged(details, params, size_name="PageSize")
    found: dict[str, Any] = {
        **dict(asked.echoed),
        "SavingsPlansPurchaseRecommendationDetails": [each.fields(view, asked) for each in shown],
    }
    if details:
        found["SavingsPlansPurchaseRecommendationSummary"] = _summary(details)
    return {
        "Metadata": latest(view),
        "SavingsPlansPurchaseRecommendation": found,
        **following,
    }


def advised(view: View, asked: Question) -> list[Detail]:
    """The plans that save anything, the one that saves the most first."""
    terms = asked.terms
    if terms is None:
        return []
    demands = unreserved(view, terms.lookback, asked.accounts, ELIGIBLE[terms.kind])
    found = _details(view, terms, asked.scope, demands)
    return sorted(
        (each for each in found if each.trial.commitment),
        key=lambda each: (-each.trial.outcome.savings, each.region, each.family),
    )


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
        yield Detail(account, region, family, most_saving(terms, days_of(terms, mine)))


def _summary(details: Sequence[Detail]) -> dict[str, str]:
    """The sums of all details, on whatever page they are."""
    trials = [each.trial for each in details]
    savings = sum((each.outcome.savings for each in trials), ZERO)
    fee = sum((each.outcome.fee for each in trials), ZERO)
    left = sum((each.outcome.left for each in trials), ZERO)
    on_demand = sum((each.outcome.on_demand for each in trials), ZERO)
    hourly = sum((each.commitment for each in trials), ZERO)
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
        "EstimatedMonthlySavingsAmount": text(sum((each.monthly for each in trials), ZERO)),
        "EstimatedOnDemandCostWithCurrentCommitment": text(on_demand),
    }
