"""Purchase analyses of Savings Plans: what a planned commitment would have cost and covered.

ListCommitmentPurchaseAnalyses and GetCommitmentPurchaseAnalysis know those that an analyst of the
organisation started this morning: the greatest savings, a coverage to reach, a plan to be bought
again in the place of one that is owned. To start one is not offered: the gateway lets no write
through, and AWS counts StartCommitmentPurchaseAnalysis as one.

As AWS has it, usage is that of the period, and plans are those owned today but for the ones left
aside (Savings Plans user guide, "Understanding your analysis calculations").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from finops_repl.simulator.handlers.cost_explorer.commitments.figures import text
from finops_repl.simulator.handlers.cost_explorer.commitments.generations import STATUSES
from finops_repl.simulator.handlers.cost_explorer.commitments.page import paged
from finops_repl.simulator.handlers.cost_explorer.commitments.plan_trial import (
    Terms,
    Trial,
    days_of,
    enough_for,
    most_saving,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.purchase import (
    OPTIONS,
    TERMS,
    chosen,
    stamp,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.sp_details import existing_commitment
from finops_repl.simulator.handlers.cost_explorer.commitments.sp_purchase import ELIGIBLE, KINDS
from finops_repl.simulator.handlers.cost_explorer.commitments.uncovered import (
    Demand,
    Lookback,
    unreserved,
)
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.plan_requests import ESTIMATED, PlanAnalysis, analyses
from finops_repl.simulator.view import View

__all__ = ["analysis", "listed"]

PER_PAGE = 600


def listed(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ListCommitmentPurchaseAnalyses; raises `Invalid` and `InvalidToken`."""
    status, ids = params.get("AnalysisStatus"), params.get("AnalysisIds") or ()
    if status:
        chosen(params, "AnalysisStatus", STATUSES)
    found = [
        _summary(each, _usage(view, each)) for each in _analyses(view) if not ids or each.id in ids
    ]
    wanted = [each for each in found if status in (None, each["AnalysisStatus"])]
    shown, following = paged(wanted, params, size_name="PageSize", default=PER_PAGE)
    return {"AnalysisSummaryList": list(shown), **following}


def analysis(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to GetCommitmentPurchaseAnalysis; raises `Invalid`."""
    id_ = str(params.get("AnalysisId"))
    for each in _analyses(view):
        if each.id == id_:
            usage = _usage(view, each)
            found = _summary(each, usage)
            if usage:
                details = _details(view, each, usage)
                found["AnalysisDetails"] = {"SavingsPlansPurchaseAnalysisDetails": details}
            return found
    raise Invalid(f"There is no analysis {id_}", "AnalysisNotFoundException")


def _analyses(view: View) -> list[PlanAnalysis]:
    plans = view.rows("SELECT id, quantity * rate FROM commitment WHERE kind = 'compute-sp'")
    return analyses(view.world, view.calendar, [(id_, f"{hourly:.3f}") for id_, hourly in plans])


def _usage(view: View, asked: PlanAnalysis) -> list[Demand]:
    """What the plan could cover, or is covered by others; none on SageMaker."""
    kind = KINDS.get(asked.plan["SavingsPlansType"])
    if kind is None:
        return []
    account = asked.configuration.get("AccountId")
    accounts = {account} if account else {each.id for each in view.world.accounts}
    return unreserved(view, _lookback(asked), accounts, ELIGIBLE[kind], without=asked.without)


def _lookback(asked: PlanAnalysis) -> Lookback:
    period = asked.configuration["LookBackTimePeriod"]
    end = date.fromisoformat(period["End"])
    return Lookback(date.fromisoformat(period["Start"]), end - timedelta(days=1))


def _trial(asked: PlanAnalysis, usage: Sequence[Demand]) -> Trial:
    """The plan that is asked about."""
    plan = asked.plan
    terms = Terms(
        KINDS[plan["SavingsPlansType"]], TERMS[plan["TermInYears"]],
        OPTIONS[plan["PaymentOption"]], _lookback(asked),
    )  # fmt: skip
    days, type_ = days_of(terms, usage), asked.configuration["AnalysisType"]
    if type_ == "TARGET_AVERAGE_COVERAGE":
        return enough_for(terms, days, asked.configuration["SavingsPlansTargetCoverage"])
    if type_ == "CUSTOM_COMMITMENT":
        return Trial(terms, days, Decimal(str(plan["SavingsPlansCommitment"])))
    return most_saving(terms, days)


def _summary(asked: PlanAnalysis, usage: Sequence[Demand]) -> dict[str, Any]:
    return {
        "AnalysisId": asked.id,
        "AnalysisStatus": "SUCCEEDED" if usage else "FAILED",
        **({} if usage else {"ErrorCode": "NO_USAGE_FOUND"}),
        "AnalysisStartedTime": stamp(asked.started),
        "AnalysisCompletionTime": stamp(asked.completed),
        "EstimatedCompletionTime": stamp(asked.started + ESTIMATED),
        "CommitmentPurchaseAnalysisConfiguration": {
            "SavingsPlansPurchaseAnalysisConfiguration": asked.configuration
        },
    }


def _details(view: View, asked: PlanAnalysis, usage: Sequence[Demand]) -> dict[str, Any]:
    trial = _trial(asked, usage)
    owned = existing_commitment(
        view, trial.terms.kind, asked.configuration.get("AccountId", ""), asked.without
    )
    return {
        **trial.figures(),
        **trial.charts(),
        "EstimatedCommitmentCost": text(trial.outcome.fee),
        "CurrentOnDemandSpend": text(trial.outcome.on_demand),
        "ExistingHourlyCommitment": text(owned),
        "LookbackPeriodInHours": str(trial.terms.lookback.hours),
        "LatestUsageTimestamp": trial.terms.lookback.last_hour,
    }
