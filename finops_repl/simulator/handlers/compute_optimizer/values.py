"""Parts of the shapes of Compute Optimizer's API: dollars, savings, readings, tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finops_repl.simulator.advice.advice import Advice, Option

__all__ = ["metrics", "opportunity", "risk", "saved", "tags"]


def _dollars(amount: float) -> dict[str, Any]:
    return {"currency": "USD", "value": round(amount, 2)}


def opportunity(savings: float, cost: float) -> dict[str, Any]:
    """A saving of a month, in dollars and in percent of the cost."""
    percent = 100 * savings / cost if cost else 0.0
    return {
        "savingsOpportunityPercentage": round(percent, 2),
        "estimatedMonthlySavings": _dollars(savings),
    }


def saved(each: Advice, option: Option) -> dict[str, Any]:
    """What an option saves, at list prices and as it is charged."""
    return {
        "savingsOpportunity": opportunity(option.savings, each.listed),
        "savingsOpportunityAfterDiscounts": opportunity(option.savings_after, each.amortized),
    }


def metrics(
    readings: Mapping[str, float], names: Mapping[str, str], statistic: str = "Maximum"
) -> list[dict[str, Any]]:
    """Readings under the API's names, those that it has a name for."""
    return [
        {"name": names[name], "statistic": statistic, "value": float(value)}
        for name, value in readings.items()
        if name in names
    ]


def tags(each: Advice) -> list[dict[str, str]]:
    """The tags of a resource."""
    return [{"key": key, "value": value} for key, value in each.tags.items()]


def risk(each: Advice) -> str:
    """How likely it is that a resource is too small as it is."""
    return "Medium" if each.finding == "Underprovisioned" else "VeryLow"
