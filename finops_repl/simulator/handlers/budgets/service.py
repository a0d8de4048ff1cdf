"""Budgets: what was planned for the organisation, its teams and accounts, and what became of it.

Budgets were set half a year before the ledger's end, at the mean of the six months before and a
tenth more. What was spent is GetCostAndUsage's unblended cost of the same filter, what is forecast
for the month is that so far and GetCostForecast for the days that are left. A team's budget goes by
the tag `team`: what is tagged wrongly or not at all is in no team's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.budgets.plan import Budget, Plan
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.view import View

__all__ = ["BudgetService"]

PAGE, MOST_BUDGETS = 100, 1_000
ENDLESS = datetime(2087, 6, 15, tzinfo=UTC)
"""The end of a budget without one."""
NOTIFICATIONS = (("ACTUAL", 80.0), ("ACTUAL", 100.0), ("FORECASTED", 100.0))
COST_TYPES = {
    "IncludeTax": True,
    "IncludeSubscription": True,
    "UseBlended": False,
    "IncludeRefund": True,
    "IncludeCredit": True,
    "IncludeUpfront": True,
    "IncludeRecurring": True,
    "IncludeOtherSubscription": True,
    "IncludeSupport": True,
    "IncludeDiscount": True,
    "UseAmortized": False,
}


class BudgetService:
    """Answers the payer's budgets."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._plan = Plan(view)
        self._answers: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
            "DescribeBudget": self._budget,
            "DescribeBudgetPerformanceHistory": self._history,
            "DescribeBudgets": self._budgets,
            "DescribeNotificationsForBudget": self._notifications,
            "DescribeSubscribersForNotification": self._subscribers,
        }

    @property
    def operations(self) -> frozenset[str]:
        return frozenset(self._answers)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        account, payer = str(call.params.get("AccountId")), self._view.world.payer.id
        if account != payer:
            return Refusal(
                "AccessDeniedException",
                f"Account {account} is not the caller's: budgets are those of {payer}",
            )
        return self._answers[call.operation](call.params)

    def _budgets(self, params: Mapping[str, Any]) -> Answer:
        shows = bool(params.get("ShowFilterExpression"))
        return _page(
            self._plan.budgets, params, MOST_BUDGETS,
            lambda shown: {"Budgets": [self._described(each, shows) for each in shown]},
        )  # fmt: skip

    def _budget(self, params: Mapping[str, Any]) -> Answer:
        found = self._plan.named(str(params.get("BudgetName")))
        if found is None:
            return _unknown(params)
        shows = bool(params.get("ShowFilterExpression"))
        return Result({"Budget": self._described(found, shows)})

    def _history(self, params: Mapping[str, Any]) -> Answer:
        budget = self._plan.named(str(params.get("BudgetName")))
        if budget is None:
            return _unknown(params)
        asked = params.get("TimePeriod") or {}
        start, end = asked.get("Start"), asked.get("End")
        if start and end and start >= end:
            return Refusal("InvalidParameterException", "TimePeriod: Start should be before End")
        months = [
            (begins, ends)
            for begins, ends in self._plan.months
            if (not start or _moment(ends) > start) and (not end or _moment(begins) < end)
        ]

        def shown(page: Sequence[tuple[date, date]]) -> dict[str, Any]:
            amounts = [
                {
                    "BudgetedAmount": _spend(budget.limit),
                    "ActualAmount": _spend(self._plan.actual(budget, begins)),
                    "TimePeriod": {"Start": _moment(begins), "End": _moment(ends)},
                }
                for begins, ends in page
            ]
            history = {**_kind(budget), "BudgetedAndActualAmountsList": amounts}
            return {"BudgetPerformanceHistory": history}

        return _page(months, params, PAGE, shown)

    def _notifications(self, params: Mapping[str, Any]) -> Answer:
        budget = self._plan.named(str(params.get("BudgetName")))
        if budget is None:
            return _unknown(params)
        found = [self._notification(budget, kind, percent) for kind, percent in NOTIFICATIONS]
        return _page(found, params, PAGE, lambda shown: {"Notifications": list(shown)})

    def _subscribers(self, params: Mapping[str, Any]) -> Answer:
        budget = self._plan.named(str(params.get("BudgetName")))
        if budget is None:
            return _unknown(params)
        asked = params.get("Notification") or {}
        if (asked.get("NotificationType"), asked.get("Threshold")) not in NOTIFICATIONS:
            return Refusal("NotFoundException", "Unable to get subscribers: no such notification.")
        payer = self._view.world.payer
        subscriber = {"SubscriptionType": "EMAIL", "Address": payer.email}
        return Result({"Subscribers": [subscriber]})

    def _notification(self, budget: Budget, kind: str, percent: float) -> dict[str, Any]:
        limit = budget.limit * Decimal(int(percent)) / 100
        spent: Decimal | None = self._plan.actual(budget, self._plan.this_month)
        if kind == "FORECASTED":
            spent = self._plan.forecast(budget)
        return {
            "NotificationType": kind,
            "ComparisonOperator": "GREATER_THAN",
            "Threshold": percent,
            "ThresholdType": "PERCENTAGE",
            "NotificationState": "ALARM" if spent is not None and spent > limit else "OK",
        }

    def _described(self, budget: Budget, shows_expression: bool) -> dict[str, Any]:
        spent = {"ActualSpend": _spend(self._plan.actual(budget, self._plan.this_month))}
        forecast = self._plan.forecast(budget)
        if forecast is not None:
            spent["ForecastedSpend"] = _spend(forecast)
        found = {
            **_kind(budget),
            "BudgetLimit": _spend(budget.limit),
            "TimePeriod": {"Start": _moment(self._plan.months[0][0]), "End": ENDLESS},
            "CalculatedSpend": spent,
            "LastUpdatedTime": _moment(self._plan.months[0][0]),
        }
        if shows_expression:
            found["Metrics"] = ["UnblendedCost"]
            if budget.expression:
                found["FilterExpression"] = budget.expression
        return found


def _kind(budget: Budget) -> dict[str, Any]:
    return {
        "BudgetName": budget.name,
        "BudgetType": "COST",
        "CostFilters": budget.filters,
        "CostTypes": COST_TYPES,
        "TimeUnit": "MONTHLY",
    }


def _spend(amount: Decimal) -> dict[str, str]:
    return {"Amount": str(amount), "Unit": "USD"}


def _moment(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def _unknown(params: Mapping[str, Any]) -> Refusal:
    name = params.get("BudgetName")
    return Refusal("NotFoundException", f"Unable to get budget: {name} - the budget doesn't exist.")


def _page(
    found: Sequence[Any], params: Mapping[str, Any], most: int,
    shown: Callable[[Sequence[Any]], dict[str, Any]],
) -> Answer:  # fmt: skip
    page = cut(found, params, "MaxResults", PAGE, most)
    if page is None:
        return Refusal("InvalidNextTokenException", "The next token is invalid.")
    items, token = page
    return Result(shown(items) | ({"NextToken": token} if token else {}))
