"""Idle resources and summaries in the shapes of Compute Optimizer's API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from finops_repl.simulator.advice.advice import Advice
from finops_repl.simulator.handlers.compute_optimizer.request import IDLE_TYPES
from finops_repl.simulator.handlers.compute_optimizer.values import (
    metrics,
    opportunity,
    risk,
    tags,
)

__all__ = ["idle", "summary"]

_WHY_IDLE = {
    "instance": "CPU stayed below 5 % and network below 5 MB a day for 14 days",
    "volume": "The volume had less than one operation a day, or no instance, for 32 days",
    "database": "There was no connection for 14 days",
    "nat": "Nothing went through the gateway for 32 days",
}


def idle(each: Advice) -> dict[str, Any]:
    """An idle resource with what it costs."""
    return {
        "resourceArn": each.arn,
        "resourceId": each.id,
        "resourceType": IDLE_TYPES[each.kind],
        "accountId": each.account_id,
        "finding": each.idle,
        "findingDescription": _WHY_IDLE[each.kind],
        "savingsOpportunity": opportunity(each.idle_savings, each.listed),
        "savingsOpportunityAfterDiscounts": opportunity(each.idle_savings_after, each.amortized),
        "utilizationMetrics": metrics(each.readings, {name: name for name in each.readings}),
        "lookBackPeriodInDays": float(each.days),
        "tags": tags(each),
    }


def summary(kind: str, account: str, found: Sequence[Advice]) -> dict[str, Any]:
    """How many resources of a type and account have which finding, and what acting would save."""
    sizing = [each for each in found if each.idle != "Unattached"]
    names = Counter(
        "NotOptimized"
        if kind == "AutoScalingGroup" and each.finding != "Optimized"
        else each.finding
        for each in sizing
    )
    idles = Counter(each.idle for each in found if each.idle)
    listed = sum(each.listed for each in found)
    by_size = sum(each.options[0].savings for each in sizing if each.options)
    by_end = sum(each.idle_savings for each in found if each.idle)
    risky = sum(risk(each) == "Medium" for each in found)
    return {
        "recommendationResourceType": kind,
        "accountId": account,
        "summaries": [{"name": name, "value": float(n)} for name, n in sorted(names.items())],
        "idleSummaries": [{"name": name, "value": float(n)} for name, n in sorted(idles.items())],
        "savingsOpportunity": opportunity(by_size, listed),
        "idleSavingsOpportunity": opportunity(by_end, listed),
        # Each resource once: what is ended is not made smaller as well.
        "aggregatedSavingsOpportunity": opportunity(sum(e.savings for e in found), listed),
        "currentPerformanceRiskRatings": {
            "high": 0, "medium": risky, "low": 0, "veryLow": len(found) - risky,
        },
    }  # fmt: skip
