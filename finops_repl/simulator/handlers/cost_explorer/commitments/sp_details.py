"""GetSavingsPlanPurchaseRecommendationDetails: the hours behind one recommended plan.

A plan is known by its id once it was recommended: what was asked for then is worked out again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from finops_repl.simulator.handlers.cost_explorer.commitments.figures import text
from finops_repl.simulator.handlers.cost_explorer.commitments.generations import latest
from finops_repl.simulator.handlers.cost_explorer.commitments.sp_purchase import (
    Detail,
    Question,
    advised,
    question,
    recommendation,
)
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.offerings import PlanKind
from finops_repl.simulator.view import View

__all__ = ["PlanAdvice", "existing_commitment"]

IDS_KEPT = 10_000


class PlanAdvice:
    """Recommendations, and what each rests on; any number of threads may ask."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, Question] = OrderedDict()
        self._lock = threading.Lock()

    def recommendation(self, view: View, params: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to GetSavingsPlansPurchaseRecommendation.

        Raises `Invalid` and `InvalidToken`.
        """
        asked = question(view, params)
        answer = recommendation(view, params, asked)
        found = answer["SavingsPlansPurchaseRecommendation"]
        with self._lock:
            for each in found["SavingsPlansPurchaseRecommendationDetails"]:
                self._asked[each["RecommendationDetailId"]] = asked
                self._asked.move_to_end(each["RecommendationDetailId"])
            while len(self._asked) > IDS_KEPT:
                self._asked.popitem(last=False)
        return answer

    def details(self, view: View, params: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to GetSavingsPlanPurchaseRecommendationDetails; raises `Invalid`."""
        id_ = str(params.get("RecommendationDetailId"))
        with self._lock:
            asked = self._asked.get(id_)
        if asked is None:
            raise Invalid(
                f"There is no recommendation detail {id_}: take the RecommendationDetailId of an"
                " answer of GetSavingsPlansPurchaseRecommendation",
                "DataUnavailableException",
            )
        (detail,) = [each for each in advised(view, asked) if each.id(view, asked) == id_]
        data = _data(view, asked, detail)
        return {"RecommendationDetailId": id_, "RecommendationDetailData": data}


def _data(view: View, asked: Question, detail: Detail) -> dict[str, Any]:
    trial = detail.trial
    kind, owner = trial.terms.kind, detail.account if asked.scope == "LINKED" else ""
    return {
        **dict(asked.echoed),
        "AccountId": detail.account,
        **detail.offering(view),
        "GenerationTimestamp": latest(view)["GenerationTimestamp"],
        "LatestUsageTimestamp": trial.terms.lookback.last_hour,
        **trial.figures(),
        "EstimatedSPCost": text(trial.outcome.fee),
        "ExistingHourlyCommitment": text(existing_commitment(view, kind, owner)),
        **trial.charts(),
    }


def existing_commitment(
    view: View, kind: PlanKind, owner: str, without: Sequence[str] = ()
) -> Decimal:
    """Dollars an hour of the plans of a kind that are owned today, by an account or by all."""
    ((dollars,),) = view.rows(
        "SELECT coalesce(sum(quantity * rate), 0) FROM commitment WHERE kind = ? AND starts <= ?"
        " AND stops > ? AND (? = '' OR account_id = ?) AND NOT list_contains(?::VARCHAR[], id)",
        [kind, *[view.calendar.now.date()] * 2, owner, owner, list(without)],
    )
    return Decimal(dollars)
