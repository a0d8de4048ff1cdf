"""ListSavingsPlansPurchaseRecommendationGeneration: when recommendations were worked out anew.

They are those that a job of the organisation had generated, of the last 30 days. To start one is
not offered: the gateway lets no write through, and a recommendation is never older than the day on
which it is asked for here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finops_repl.simulator.handlers.cost_explorer.commitments.page import paged
from finops_repl.simulator.handlers.cost_explorer.commitments.purchase import chosen, stamp
from finops_repl.simulator.plan_requests import ESTIMATED, Generation, generations
from finops_repl.simulator.view import View

__all__ = ["STATUSES", "latest", "listed"]

STATUSES = ("SUCCEEDED", "PROCESSING", "FAILED")
DAYS = 30


def latest(view: View) -> dict[str, str]:
    """What made the recommendations that are told today."""
    made = _generations(view)[0]
    return {"RecommendationId": made.id, "GenerationTimestamp": stamp(made.completed)}


def listed(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a call, the latest first; raises `Invalid` and `InvalidToken`."""
    status = chosen(params, "GenerationStatus", STATUSES, STATUSES[0])
    ids = params.get("RecommendationIds") or ()
    found = [
        each for each in _generations(view) if status == STATUSES[0] and (not ids or each.id in ids)
    ]
    shown, following = paged(found, params, size_name="PageSize")
    return {"GenerationSummaryList": [_summary(each) for each in shown], **following}


def _generations(view: View) -> list[Generation]:
    return generations(view.world, view.calendar, DAYS)


def _summary(each: Generation) -> dict[str, str]:
    return {
        "RecommendationId": each.id,
        "GenerationStatus": STATUSES[0],
        "GenerationStartedTime": stamp(each.started),
        "GenerationCompletionTime": stamp(each.completed),
        "EstimatedCompletionTime": stamp(each.started + ESTIMATED),
    }
