"""Cost Optimization Hub: every recommendation of the organisation in one list.

Savings are after discounts, as is its default: what a commitment pays for saves nothing, and what
saves nothing is not listed. Without `includeAllRecommendations` each resource is there once, with
the action that saves most. Source: AWS Cost Management user guide, "Cost Optimization Hub".
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.advice.adviser import Adviser
from finops_repl.simulator.handlers.compute_optimizer.request import Invalid as InvalidPage
from finops_repl.simulator.handlers.compute_optimizer.request import page
from finops_repl.simulator.handlers.cost_optimization_hub.items import Item, details, items, summary
from finops_repl.simulator.view import invalid

__all__ = ["CostOptimizationHubService"]

_GROUPS: Mapping[str, Callable[[Item], str]] = {
    "AccountId": lambda item: item.advice.account_id,
    "Region": lambda item: item.advice.region,
    "ActionType": lambda item: item.action,
    "ResourceType": lambda item: item.type,
    "RestartNeeded": lambda item: str(item.restart_needed).lower(),
    "RollbackPossible": lambda item: str(item.rollback_possible).lower(),
    "ImplementationEffort": lambda item: item.effort,
}
_FILTERS: Mapping[str, Callable[[Item], Any]] = {
    "accountIds": lambda item: item.advice.account_id,
    "regions": lambda item: item.advice.region,
    "resourceTypes": lambda item: item.type,
    "actionTypes": lambda item: item.action,
    "implementationEfforts": lambda item: item.effort,
    "resourceIds": lambda item: item.advice.id,
    "resourceArns": lambda item: item.advice.arn,
    "recommendationIds": lambda item: item.id,
}
_ORDERS: Mapping[str, Callable[[Item], Any]] = {
    "EstimatedMonthlySavings": lambda item: item.savings,
    "EstimatedSavingsPercentage": lambda item: item.percentage,
    "EstimatedMonthlyCost": lambda item: item.advice.amortized,
    **{name: key for name, key in _GROUPS.items() if name not in ("RestartNeeded",)},
    "ResourceId": lambda item: item.advice.id,
}
ENROLLED_DAYS_AGO = 400
CODE = "ValidationException"


class CostOptimizationHubService:
    """Answers for all accounts and regions."""

    operations = frozenset(
        {
            "GetRecommendation",
            "ListEnrollmentStatuses",
            "ListRecommendationSummaries",
            "ListRecommendations",
        }
    )

    def __init__(self, adviser: Adviser) -> None:
        self._adviser = adviser
        self._view = adviser.measured.view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        params = call.params
        try:
            match call.operation:
                case "ListEnrollmentStatuses":
                    return self._enrollment(params)
                case "GetRecommendation":
                    return self._recommendation(str(params.get("recommendationId")))
                case "ListRecommendationSummaries":
                    return self._summaries(params)
            return self._recommendations(params)
        except InvalidPage as refused:
            return invalid(str(refused), CODE)

    @property
    def _refreshed(self) -> datetime:
        return self._view.calendar.moment(self._view.calendar.length, 6 * 3_600)

    def _items(self, params: Mapping[str, Any], *, every: bool) -> list[Item]:
        found = items(self._adviser, every=every)
        asked: Mapping[str, Any] = params.get("filter") or {}
        for name, value in asked.items():
            if name == "tags":
                wanted = {(tag.get("key"), tag.get("value")) for tag in value}
                found = [each for each in found if wanted & set(each.advice.tags.items())]
            elif name == "restartNeeded":
                found = [each for each in found if each.restart_needed == value]
            elif name == "rollbackPossible":
                found = [each for each in found if each.rollback_possible == value]
            elif name in _FILTERS:
                found = [each for each in found if _FILTERS[name](each) in value]
        return found

    def _recommendations(self, params: Mapping[str, Any]) -> Answer:
        order = params.get("orderBy") or {}
        dimension = str(order.get("dimension", "EstimatedMonthlySavings"))
        if dimension not in _ORDERS:
            raise InvalidPage(f"orderBy.dimension {dimension} is not valid: {', '.join(_ORDERS)}")
        found = self._items(params, every=bool(params.get("includeAllRecommendations")))
        found.sort(key=lambda item: item.id)
        found.sort(key=_ORDERS[dimension], reverse=order.get("order", "Desc") == "Desc")
        shown, token = page(found, params, 1_000)
        listed = [summary(each) | {"lastRefreshTimestamp": self._refreshed} for each in shown]
        return Result({"items": listed} | token)

    def _summaries(self, params: Mapping[str, Any]) -> Answer:
        by = str(params.get("groupBy"))
        if by not in _GROUPS:
            raise InvalidPage(f"groupBy {by} is not valid: {', '.join(_GROUPS)}")
        found = self._items(params, every=False)
        groups: dict[str, list[Item]] = {}
        for each in found:
            groups.setdefault(_GROUPS[by](each), []).append(each)
        listed = [
            {"group": name, "estimatedMonthlySavings": _total(some),
             "recommendationCount": len(some)}
            for name, some in sorted(groups.items(), key=lambda group: -_total(group[1]))
        ]  # fmt: skip
        shown, token = page(listed, params, 1_000)
        answer: dict[str, Any] = {
            "estimatedTotalDedupedSavings": _total(found),
            "items": list(shown),
            "groupBy": by,
            "currencyCode": "USD",
        }
        if params.get("metrics"):
            cost = sum(each.advice.amortized for each in found)
            percent = 100 * _total(found) / cost if cost else 0
            answer["metrics"] = {"savingsPercentage": f"{percent:.2f}"}
        return Result(answer | token)

    def _recommendation(self, id_: str) -> Answer:
        for each in items(self._adviser, every=True):
            if each.id == id_:
                return Result(
                    details(each, self._adviser) | {"lastRefreshTimestamp": self._refreshed}
                )
        return invalid(f"The recommendation {id_} was not found", "ResourceNotFoundException")

    def _enrollment(self, params: Mapping[str, Any]) -> Answer:
        world, calendar = self._view.world, self._view.calendar
        since = calendar.moment(-ENROLLED_DAYS_AGO, 36_000)
        accounts = world.accounts if params.get("includeOrganizationInfo") else (world.payer,)
        asked = params.get("accountId")
        if asked:
            accounts = tuple(each for each in world.accounts if each.id == asked)
            if not accounts:
                raise InvalidPage(f"accountId {asked} is no account of the organization")
        listed = [
            {"accountId": each.id, "status": "Active", "createdTimestamp": since,
             "lastUpdatedTimestamp": since}
            for each in accounts
        ]  # fmt: skip
        shown, token = page(listed, params, 100)
        return Result({"items": list(shown), "includeMemberAccounts": True} | token)


def _total(found: Sequence[Item]) -> float:
    return round(sum(each.savings for each in found), 2)
