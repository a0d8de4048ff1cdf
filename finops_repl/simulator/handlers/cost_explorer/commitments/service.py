"""Cost Explorer on commitments: what of them is used, what they cover, which to buy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.cost_explorer.commitments import (
    generations,
    ri_coverage,
    ri_purchase,
    ri_utilization,
    sp_analysis,
    sp_coverage,
    sp_utilization,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.page import InvalidToken
from finops_repl.simulator.handlers.cost_explorer.commitments.sp_details import PlanAdvice
from finops_repl.simulator.handlers.cost_explorer.commitments.until import Unavailable
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.handlers.cost_explorer.request import INVALID_TOKEN
from finops_repl.simulator.view import View, invalid

__all__ = ["CommitmentReports"]

Report = Callable[[View, Mapping[str, Any]], dict[str, Any]]


class CommitmentReports:
    """Answers out of the facts of usage under commitments and of their fees.

    What Cost Explorer starts on request, StartCommitmentPurchaseAnalysis and
    StartSavingsPlansPurchaseRecommendationGeneration, is not offered: both are writes to IAM, and
    the gateway lets none through. What the organisation started itself is listed.
    """

    def __init__(self, view: View) -> None:
        self._view, advice = view, PlanAdvice()
        self._reports: Mapping[str, Report] = {
            "GetReservationUtilization": ri_utilization.utilization,
            "GetReservationCoverage": ri_coverage.coverage,
            "GetSavingsPlansUtilization": sp_utilization.utilization,
            "GetSavingsPlansUtilizationDetails": sp_utilization.utilization_details,
            "GetSavingsPlansCoverage": sp_coverage.coverage,
            "GetReservationPurchaseRecommendation": ri_purchase.recommendation,
            "GetSavingsPlansPurchaseRecommendation": advice.recommendation,
            "GetSavingsPlanPurchaseRecommendationDetails": advice.details,
            "ListSavingsPlansPurchaseRecommendationGeneration": generations.listed,
            "ListCommitmentPurchaseAnalyses": sp_analysis.listed,
            "GetCommitmentPurchaseAnalysis": sp_analysis.analysis,
        }

    @property
    def operations(self) -> frozenset[str]:
        """The operations that are answered."""
        return frozenset(self._reports)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        try:
            return Result(self._reports[call.operation](self._view, call.params))
        except Invalid as refused:
            return invalid(str(refused), refused.code)
        except Unavailable as refused:
            return invalid(str(refused), "DataUnavailableException")
        except InvalidToken:
            return INVALID_TOKEN
