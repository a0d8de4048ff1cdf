"""Compute Optimizer: rightsizing and idle resources, out of the metrics and the ledger's costs.

A call sees its own region. One identity sees the whole organisation, so an answer holds every
account's resources; `accountIds` narrows it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.advice.advice import Advice, Kind
from finops_repl.simulator.advice.adviser import Adviser
from finops_repl.simulator.advice.storage import observed
from finops_repl.simulator.handlers.compute_optimizer import shapes, totals
from finops_repl.simulator.handlers.compute_optimizer.request import (
    IDLE_TYPES,
    RESOURCE_TYPES,
    Invalid,
    asked,
    page,
)
from finops_repl.simulator.view import invalid

__all__ = ["ComputeOptimizerService"]

_KINDS: Mapping[str, tuple[Kind, str]] = {
    "GetEC2InstanceRecommendations": ("instance", "instanceRecommendations"),
    "GetAutoScalingGroupRecommendations": ("group", "autoScalingGroupRecommendations"),
    "GetEBSVolumeRecommendations": ("volume", "volumeRecommendations"),
    "GetRDSDatabaseRecommendations": ("database", "rdsDBRecommendations"),
    "GetLambdaFunctionRecommendations": ("function", "lambdaFunctionRecommendations"),
}
IDLE, SUMMARIES, ENROLLMENT = (
    "GetIdleRecommendations", "GetRecommendationSummaries", "GetEnrollmentStatus"
)  # fmt: skip
ENROLLED_DAYS_AGO = 400


class ComputeOptimizerService:
    """Answers its recommendations and their summaries."""

    operations = frozenset({*_KINDS, IDLE, SUMMARIES, ENROLLMENT})

    def __init__(self, adviser: Adviser) -> None:
        self._adviser = adviser
        self._view = adviser.measured.view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        try:
            match call.operation:
                case "GetEnrollmentStatus":
                    return self._enrollment()
                case "GetRecommendationSummaries":
                    return self._summaries(call.params, call.region)
                case "GetIdleRecommendations":
                    return self._idle(call.params, call.region)
            return self._recommendations(call)
        except Invalid as refused:
            return invalid(str(refused), "InvalidParameterValueException")

    @property
    def _refreshed(self) -> datetime:
        return self._view.calendar.moment(self._view.calendar.length, 6 * 3_600)

    def _recommendations(self, call: Call) -> Answer:
        kind, name = _KINDS[call.operation]
        # What is not attached is idle, and has no readings to size it by.
        rated = [each for each in self._adviser.on(kind, call.region) if each.idle != "Unattached"]
        found, errors = asked(call.operation, call.params, rated, self._accounts)
        shown, token = page(found, call.params, 1_000)
        described = [self._described(each) for each in self._read(shown, call.region)]
        answer: dict[str, Any] = {name: described}
        if kind != "function":
            answer["errors"] = errors
        return Result(answer | token)

    def _read(self, shown: Sequence[Advice], region: str) -> Iterator[Advice]:
        """Volumes with their readings, which few of them needed for their finding."""
        bare = [each.id for each in shown if each.kind == "volume" and not each.readings]
        readings = observed(self._adviser.measured, region, bare) if bare else {}
        for each in shown:
            yield replace(each, readings=readings[each.id]) if each.id in readings else each

    def _described(self, each: Advice) -> dict[str, Any]:
        maker: Mapping[Kind, Callable[[Advice], dict[str, Any]]] = {
            "instance": shapes.instance,
            "group": self._group,
            "volume": shapes.volume,
            "database": shapes.database,
            "function": shapes.function,
        }
        return maker[each.kind](each) | {"lastRefreshTimestamp": self._refreshed}

    def _group(self, each: Advice) -> dict[str, Any]:
        ((most,),) = self._view.rows("SELECT most FROM scaling_group WHERE name = ?", [each.id])
        return shapes.group(each, most)

    def _idle(self, params: Mapping[str, Any], region: str) -> Answer:
        found, errors = asked(
            IDLE, params,
            [each for kind in IDLE_TYPES for each in self._adviser.on(kind, region) if each.idle],
            self._accounts,
        )  # fmt: skip
        order = params.get("orderBy") or {}
        dimension = order.get("dimension", "SavingsValue")
        if dimension not in ("SavingsValue", "SavingsValueAfterDiscount"):
            raise Invalid(f"orderBy.dimension {dimension} is not valid")
        found.sort(
            key=lambda each: each.savings if dimension == "SavingsValue" else each.savings_after,
            reverse=order.get("order", "Desc") == "Desc",
        )
        shown, token = page(found, params, 100)
        described = [
            totals.idle(each) | {"lastRefreshTimestamp": self._refreshed} for each in shown
        ]
        return Result({"idleRecommendations": described, "errors": errors} | token)

    def _summaries(self, params: Mapping[str, Any], region: str) -> Answer:
        found = []
        for kind in RESOURCE_TYPES:
            mine, _ = asked(SUMMARIES, params, self._adviser.on(kind, region), self._accounts)
            for account in sorted({each.account_id for each in mine}):
                some = [each for each in mine if each.account_id == account]
                found.append(totals.summary(RESOURCE_TYPES[kind], account, some))
        shown, token = page(found, params, 1_000)
        return Result({"recommendationSummaries": list(shown)} | token)

    def _enrollment(self) -> Answer:
        calendar = self._view.calendar
        return Result({
            "status": "Active",
            "memberAccountsEnrolled": True,
            "numberOfMemberAccountsOptedIn": len(self._view.world.members),
            "lastUpdatedTimestamp": calendar.moment(-ENROLLED_DAYS_AGO, 36_000),
        })  # fmt: skip

    @property
    def _accounts(self) -> frozenset[str]:
        return frozenset(account.id for account in self._view.world.accounts)
