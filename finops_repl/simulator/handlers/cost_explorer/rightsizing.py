"""Cost Explorer's rightsizing: instances to end, and instances to make smaller.

Idle is what never had more than 1 % CPU in 14 days: end it. What has a smaller size of its family
that would do is modified, where that saves anything: with the benefits considered, hours that a
reservation or a plan pays for save nothing. Source: AWS Cost Management user guide, "Understanding
your rightsizing recommendations calculations".
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.advice.advice import Advice, Option
from finops_repl.simulator.advice.adviser import Adviser
from finops_repl.simulator.advice.costs import LOOK_BACK_DAYS
from finops_repl.simulator.advice.instances import HOURS
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.handlers.cost_explorer.request import INVALID_TOKEN
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.instance_types import instance_types
from finops_repl.simulator.offers import REGIONS, instance, price_e10, sku
from finops_repl.simulator.view import invalid

__all__ = ["RightsizingService"]

SERVICE = "AmazonEC2"
IDLE_CPU = 1
PAGE, MOST = 100, 6_000
TARGETS = ("SAME_INSTANCE_FAMILY", "CROSS_INSTANCE_FAMILY")
_KEYS = ("LINKED_ACCOUNT", "REGION", "RIGHTSIZING_TYPE")


class RightsizingService:
    """Answers for all accounts and regions."""

    operations = frozenset({"GetRightsizingRecommendation"})

    def __init__(self, adviser: Adviser) -> None:
        self._adviser = adviser

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        try:
            return self._recommendations(call.params)
        except Invalid as refused:
            return invalid(str(refused))

    def _recommendations(self, params: Mapping[str, Any]) -> Answer:
        if params.get("Service") != SERVICE:
            raise Invalid(f"Service must be {SERVICE}: {params.get('Service')}")
        given = params.get("Configuration") or {
            "RecommendationTarget": TARGETS[0], "BenefitsConsidered": True,
        }  # fmt: skip
        if given.get("RecommendationTarget") not in TARGETS:
            raise Invalid(f"RecommendationTarget must be one of {', '.join(TARGETS)}")
        benefits = bool(given.get("BenefitsConsidered"))
        size = params.get("PageSize")
        if size is not None and not 0 < int(size) <= MOST:
            raise Invalid(f"PageSize must be between 1 and {MOST}: {size}")
        found = []
        cost = 0.0
        for each in self._adviser.everywhere("instance"):
            kind = "TERMINATE" if each.readings["CPU"] <= IDLE_CPU else "MODIFY"
            if kind == "MODIFY" and not each.options:
                continue
            if not _chosen(params.get("Filter") or {}, each, kind):
                continue
            saved = _saved(each, kind, benefits=benefits)
            if saved > 0:
                cost += each.amortized if benefits else each.listed
                found.append((each, kind, saved))
        page = cut(found, params, "PageSize", PAGE, MOST, "NextPageToken")
        if page is None:
            return INVALID_TOKEN
        shown, token = page
        total = sum(saved for _, _, saved in found)
        calendar = self._adviser.measured.view.calendar
        answer: dict[str, Any] = {
            "Metadata": {
                "RecommendationId": self._adviser.measured.view.world.chance.hex(32, "rightsizing"),
                "GenerationTimestamp": calendar.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                # The API's words for the period know no fortnight.
                "AdditionalMetadata": f"look-back period: {LOOK_BACK_DAYS} days",
            },
            "Summary": {
                "TotalRecommendationCount": str(len(found)),
                "EstimatedTotalMonthlySavingsAmount": _amount(total),
                "SavingsCurrencyCode": "USD",
                "SavingsPercentage": _amount(100 * total / cost if cost else 0),
            },
            "RightsizingRecommendations": [
                self._described(*each, benefits=benefits) for each in shown
            ],
            "Configuration": dict(given),
        }
        return Result(answer | ({"NextPageToken": token} if token else {}))

    def _described(
        self, each: Advice, kind: str, saved: float, *, benefits: bool
    ) -> dict[str, Any]:  # fmt: skip
        cost = self._adviser.costs.of(each.region, each.id, *HOURS)
        monthly = cost.amortized if benefits else cost.listed
        found: dict[str, Any] = {
            "AccountId": each.account_id,
            "CurrentInstance": {
                "ResourceId": each.id,
                "InstanceName": each.name,
                "Tags": [
                    {"Key": key, "Values": [value], "MatchOptions": ["EQUALS"]}
                    for key, value in each.tags.items()
                ],
                "ResourceDetails": {"EC2ResourceDetails": _details(each.current, each.region)},
                "ResourceUtilization": {
                    "EC2ResourceUtilization": {
                        "MaxCpuUtilizationPercentage": _amount(each.readings["CPU"])
                    }
                },
                "ReservationCoveredHoursInLookbackPeriod": _amount(cost.reserved_hours),
                "SavingsPlansCoveredHoursInLookbackPeriod": _amount(cost.planned_hours),
                "OnDemandHoursInLookbackPeriod": _amount(cost.on_demand_hours),
                "TotalRunningHoursInLookbackPeriod": _amount(cost.hours),
                "MonthlyCost": _amount(monthly),
                "CurrencyCode": "USD",
            },
            "RightsizingType": kind,
            "FindingReasonCodes": ["CPU_OVER_PROVISIONED"],
        }
        if kind == "TERMINATE":
            found["TerminateRecommendationDetail"] = {
                "EstimatedMonthlySavings": _amount(saved), "CurrencyCode": "USD",
            }  # fmt: skip
            return found
        targets = [
            {
                "EstimatedMonthlyCost": _amount(monthly - _of(option, benefits=benefits)),
                "EstimatedMonthlySavings": _amount(_of(option, benefits=benefits)),
                "CurrencyCode": "USD",
                "DefaultTargetInstance": place == 0,
                "ResourceDetails": {"EC2ResourceDetails": _details(option.target, each.region)},
                "ExpectedResourceUtilization": {
                    "EC2ResourceUtilization": {
                        "MaxCpuUtilizationPercentage": _amount(option.readings["CPU"])
                    }
                },
                "PlatformDifferences": [],
            }
            for place, option in enumerate(each.options)
        ]
        return found | {"ModifyRecommendationDetail": {"TargetInstances": targets}}


def _of(option: Option, *, benefits: bool) -> float:
    return option.savings_after if benefits else option.savings


def _saved(each: Advice, kind: str, *, benefits: bool) -> float:
    if kind == "TERMINATE":
        return each.idle_savings_after if benefits else each.idle_savings
    return _of(each.options[0], benefits=benefits)


def _details(kind: str, region: str) -> dict[str, str]:
    offer, place, known = instance(kind), REGIONS[region], instance_types()[kind]
    return {
        "HourlyOnDemandRate": _amount(price_e10(offer, place) / 10**10),
        "InstanceType": kind,
        "Platform": "Linux/UNIX",
        "Region": place.location,
        "Sku": sku(offer, place),
        "Memory": f"{known.gib:g} GiB",
        "NetworkPerformance": known.network,
        "Storage": known.storage,
        "Vcpu": str(known.vcpus),
    }


def _amount(value: float) -> str:
    return f"{value:.10f}".rstrip("0").rstrip(".")


def _chosen(expression: Mapping[str, Any], each: Advice, kind: str) -> bool:
    """Whether a filter lets a recommendation through; raises `Invalid`."""
    if not expression:
        return True
    for name, together in (("And", all), ("Or", any)):
        if name in expression:
            # Every part is looked at: a wrong one is refused wherever it stands.
            parts = [_chosen(part, each, kind) for part in expression[name]]
            return together(parts)
    if "Not" in expression:
        return not _chosen(expression["Not"], each, kind)
    if "Tags" in expression:
        asked = expression["Tags"]
        return each.tags.get(str(asked.get("Key")), "") in (asked.get("Values") or [""])
    asked = expression.get("Dimensions") or {}
    known = dict(zip(_KEYS, (each.account_id, each.region, kind), strict=True))
    if asked.get("Key") not in known:
        raise Invalid(
            f"Dimension {asked.get('Key')} is not valid for rightsizing: {', '.join(_KEYS)}"
        )
    return known[asked["Key"]] in (asked.get("Values") or ())
