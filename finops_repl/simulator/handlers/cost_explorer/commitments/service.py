"""Cost Explorer on commitments: what of them is used, what they cover, which to buy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.cost_explorer.commitments import (
    ri_coverage,
    ri_purchase,
    ri_utilization,
    sp_coverage,
    sp_purchase,
    sp_utilization,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.page import InvalidToken
from finops_repl.simulator.handlers.cost_explorer.commitments.until import Unavailable
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.view import View, invalid

__all__ = ["CommitmentReports"]

Report = Callable[[View, Mapping[str, Any]], dict[str, Any]]
REPORTS: Mapping[str, Report] = {
    "GetReservationUtilization": ri_utilization.utilization,
    "GetReservationCoverage": ri_coverage.coverage,
    "GetSavingsPlansUtilization": sp_utilization.utilization,
    "GetSavingsPlansUtilizationDetails": sp_utilization.utilization_details,
    "GetSavingsPlansCoverage": sp_coverage.coverage,
    "GetReservationPurchaseRecommendation": ri_purchase.recommendation,
    "GetSavingsPlansPurchaseRecommendation": sp_purchase.recommendation,
}


class CommitmentReports:
    """Answers out of the facts of usage under commitments and of their fees."""

    operations = frozenset(REPORTS)

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        try:
            return Result(REPORTS[call.operation](self._view, call.params))
        except Invalid as refused:
            return invalid(str(refused))
        except Unavailable as refused:
            return invalid(str(refused), "DataUnavailableException")
        except InvalidToken:
            return invalid(
                "The pagination token is invalid: it belongs to another request.",
                "InvalidNextTokenException",
            )
