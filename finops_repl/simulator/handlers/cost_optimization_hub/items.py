"""Advice as Cost Optimization Hub lists it: one action on one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from finops_repl.simulator.advice.advice import Action, Advice, Kind, Option
from finops_repl.simulator.advice.adviser import Adviser

__all__ = ["Item", "details", "items", "summary"]

_TYPES: Mapping[Kind, tuple[str, str]] = {  # resource type, member of its details
    "instance": ("Ec2Instance", "ec2Instance"),
    "group": ("Ec2AutoScalingGroup", "ec2AutoScalingGroup"),
    "volume": ("EbsVolume", "ebsVolume"),
    "database": ("RdsDbInstance", "rdsDbInstance"),
    "function": ("LambdaFunction", "lambdaFunction"),
    "nat": ("NatGateway", "natGateway"),
}
_EFFORTS: Mapping[Action, str] = {
    "Stop": "Low", "Delete": "Low", "Upgrade": "Low", "Rightsize": "Medium",
}  # fmt: skip
COST_DAYS = 14
_DISCOUNTS = ("savingsPlansDiscount", "reservedInstancesDiscount", "otherDiscount")


@dataclass(frozen=True, slots=True)
class Item:
    """One action and what it saves a month after discounts; `option` where it makes a change."""

    advice: Advice
    action: Action
    savings: float
    option: Option | None

    @property
    def id(self) -> str:
        words = f"{self.advice.arn}/{self.action}/{self.option.target if self.option else ''}"
        return blake2b(words.encode(), digest_size=16).hexdigest()

    @property
    def type(self) -> str:
        return _TYPES[self.advice.kind][0]

    @property
    def effort(self) -> str:
        return _EFFORTS[self.action]

    @property
    def restart_needed(self) -> bool:
        return self.action == "Rightsize" and self.advice.kind in ("instance", "database")

    @property
    def rollback_possible(self) -> bool:
        return self.action != "Delete"

    @property
    def percentage(self) -> float:
        return 100 * self.savings / self.advice.amortized if self.advice.amortized else 0


def items(adviser: Adviser, *, every: bool) -> list[Item]:
    """What saves anything: all of it, or for each resource the action that saves most."""
    found = []
    for each in adviser.everywhere():
        mine = []
        if each.idle and each.action:
            mine.append(Item(each, each.action, each.idle_savings_after, None))
        sizing: Action = "Upgrade" if each.kind == "volume" else "Rightsize"
        mine += [Item(each, sizing, option.savings_after, option) for option in each.options]
        mine = sorted((one for one in mine if round(one.savings, 2) > 0), key=lambda i: -i.savings)
        found += mine if every else mine[:1]
    return found


def summary(item: Item) -> dict[str, Any]:
    """An item of ListRecommendations."""
    each = item.advice
    target = item.option.target if item.option else ""
    return _common(item) | {
        "currentResourceSummary": _shown(each, each.current),
        "recommendedResourceSummary": _shown(each, target) if target else item.action,
        "tags": [{"key": key, "value": value} for key, value in each.tags.items()],
    }


def details(item: Item, adviser: Adviser) -> dict[str, Any]:
    """The whole of a recommendation, with the costs that it rests on."""
    each, member = item.advice, _TYPES[item.advice.kind][1]
    cost = adviser.costs.of(each.region, each.arn if each.kind != "volume" else each.id)
    if each.kind == "instance":
        cost = adviser.costs.of(each.region, each.id)
    before = cost.listed or each.listed
    after = cost.amortized or each.amortized

    discount = _DISCOUNTS[0 if cost.planned_hours else 1 if cost.reserved_hours else 2]

    def calculated(listed: float, amortized: float) -> dict[str, Any]:
        return {
            "pricing": {
                "estimatedCostBeforeDiscounts": round(listed, 2),
                "estimatedDiscounts": dict.fromkeys(_DISCOUNTS, 0.0)
                | {discount: round(listed - amortized, 2)},
                "estimatedCostAfterDiscounts": round(amortized, 2),
            }
        }  # fmt: skip

    found = _common(item) | {
        "costCalculationLookbackPeriodInDays": COST_DAYS,
        "estimatedSavingsOverCostCalculationLookbackPeriod": round(
            item.savings * COST_DAYS * 24 / 730, 2
        ),
        "currentResourceDetails": {
            member: _configuration(each, each.current)
            | {"costCalculation": calculated(before, after)}
        },
    }
    if item.option is not None:
        option = item.option
        found["recommendedResourceDetails"] = {
            member: _configuration(each, option.target)
            | {"costCalculation": calculated(before - option.savings, after - option.savings_after)}
        }
    return found


def _common(item: Item) -> dict[str, Any]:
    each = item.advice
    return {
        "recommendationId": item.id,
        "accountId": each.account_id,
        "region": each.region,
        "resourceId": each.id,
        "resourceArn": each.arn,
        "currentResourceType": item.type,
        "recommendedResourceType": item.type,
        "estimatedMonthlySavings": round(item.savings, 2),
        "estimatedSavingsPercentage": round(item.percentage, 2),
        "estimatedMonthlyCost": round(each.amortized, 2),
        "currencyCode": "USD",
        "implementationEffort": item.effort,
        "restartNeeded": item.restart_needed,
        "actionType": item.action,
        "rollbackPossible": item.rollback_possible,
        "recommendationLookbackPeriodInDays": each.days,
        "source": "ComputeOptimizer",
    }


def _shown(each: Advice, current: str) -> str:
    if each.kind == "volume":
        return f"{current} ({each.facts['gb']} GB)"
    return f"{current} MB" if each.kind == "function" else current


def _configuration(each: Advice, current: str) -> dict[str, Any]:
    match each.kind:
        case "instance":
            return {"configuration": {"instance": {"type": current}}}
        case "group":
            kind = {"instance": {"type": current}, "type": "SingleInstanceType"}
            return {"configuration": kind}
        case "volume":
            iops = float(each.facts["iops"]) if current == each.current else 3_000.0
            return {"configuration": {
                "storage": {"type": current, "sizeInGb": float(each.facts["gb"])},
                "performance": {"iops": iops},
                "attachmentState": "attached" if each.facts["attached"] else "unattached",
            }}  # fmt: skip
        case "database":
            return {"configuration": {"instance": {"dbInstanceClass": current}}}
        case "function":
            compute = {"memorySizeInMB": int(current), "architecture": each.facts["architecture"]}
            return {"configuration": {"compute": compute}}
        case "nat":
            return {"configuration": {
                "activeConnectionCount": round(each.readings["ActiveConnectionCount"])
            }}  # fmt: skip
