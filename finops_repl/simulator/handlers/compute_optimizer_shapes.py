"""Advice in the shapes of Compute Optimizer's API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from finops_repl.simulator.advice.advice import Advice, Option
from finops_repl.simulator.handlers.compute_optimizer_request import IDLE_TYPES

__all__ = ["database", "function", "group", "idle", "instance", "summary", "volume"]

_OF_INSTANCES = {
    "CPU": "Cpu",
    "NetworkInBytesPerSecond": "NETWORK_IN_BYTES_PER_SECOND",
    "NetworkOutBytesPerSecond": "NETWORK_OUT_BYTES_PER_SECOND",
}
_PREFERENCES = {
    "cpuVendorArchitectures": ["CURRENT"],
    "enhancedInfrastructureMetrics": "Inactive",
    "inferredWorkloadTypes": "Inactive",
    "lookBackPeriod": "DAYS_14",
    "savingsEstimationMode": {"source": "CostOptimizationHub"},
}
_ESTIMATED = {"savingsEstimationMode": {"source": "CostOptimizationHub"}}


def _dollars(amount: float) -> dict[str, Any]:
    return {"currency": "USD", "value": round(amount, 2)}


def _opportunity(savings: float, cost: float) -> dict[str, Any]:
    percent = 100 * savings / cost if cost else 0.0
    return {
        "savingsOpportunityPercentage": round(percent, 2),
        "estimatedMonthlySavings": _dollars(savings),
    }


def _saved(each: Advice, option: Option) -> dict[str, Any]:
    return {
        "savingsOpportunity": _opportunity(option.savings, each.listed),
        "savingsOpportunityAfterDiscounts": _opportunity(option.savings_after, each.amortized),
    }


def _metrics(
    readings: Mapping[str, float], names: Mapping[str, str], statistic: str = "Maximum"
) -> list[dict[str, Any]]:
    return [
        {"name": names[name], "statistic": statistic, "value": float(value)}
        for name, value in readings.items()
        if name in names
    ]


def _tags(each: Advice) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in each.tags.items()]


def _risk(each: Advice) -> str:
    return "Medium" if each.finding == "Underprovisioned" else "VeryLow"


def instance(each: Advice) -> dict[str, Any]:
    """An instance with the types that would do."""
    return {
        "instanceArn": each.arn,
        "accountId": each.account_id,
        "instanceName": each.name,
        "currentInstanceType": each.current,
        "finding": each.finding,
        "findingReasonCodes": list(each.reasons),
        "utilizationMetrics": _metrics(each.readings, _OF_INSTANCES),
        "lookBackPeriodInDays": float(each.days),
        "recommendationOptions": [
            {
                "instanceType": option.target,
                "projectedUtilizationMetrics": _metrics(option.readings, _OF_INSTANCES),
                "platformDifferences": [],
                "performanceRisk": 1.0,
                "rank": rank,
                "migrationEffort": "VeryLow",
                **_saved(each, option),
            }
            for rank, option in enumerate(each.options, 1)
        ],
        "recommendationSources": [
            {"recommendationSourceArn": each.arn, "recommendationSourceType": "Ec2Instance"}
        ],
        "currentPerformanceRisk": _risk(each),
        "effectiveRecommendationPreferences": _PREFERENCES,
        "inferredWorkloadTypes": [],
        "instanceState": each.facts["state"],
        "idle": str(bool(each.idle)),
        "tags": _tags(each),
    }


def group(each: Advice, most: int) -> dict[str, Any]:
    """A group with the types that its instances might have."""
    members = int(each.facts["members"])

    def configuration(kind: str) -> dict[str, Any]:
        return {
            "desiredCapacity": members, "minSize": 1, "maxSize": most, "instanceType": kind,
            "type": "SingleInstanceType",
        }  # fmt: skip

    return {
        "accountId": each.account_id,
        "autoScalingGroupArn": each.arn,
        "autoScalingGroupName": each.id,
        "finding": "Optimized" if each.finding == "Optimized" else "NotOptimized",
        "utilizationMetrics": _metrics(each.readings, _OF_INSTANCES),
        "lookBackPeriodInDays": float(each.days),
        "currentConfiguration": configuration(each.current),
        "recommendationOptions": [
            {
                "configuration": configuration(option.target),
                "projectedUtilizationMetrics": _metrics(option.readings, _OF_INSTANCES),
                "performanceRisk": 1.0,
                "rank": rank,
                "migrationEffort": "VeryLow",
                **_saved(each, option),
            }
            for rank, option in enumerate(each.options, 1)
        ],
        "currentPerformanceRisk": _risk(each),
        "effectiveRecommendationPreferences": _PREFERENCES,
        "inferredWorkloadTypes": [],
    }


def volume(each: Advice) -> dict[str, Any]:
    """A volume with what it may become."""

    def configuration(kind: str, iops: int, mibps: int) -> dict[str, Any]:
        burst = iops if kind != "gp2" else max(iops, 3_000)
        return {
            "volumeType": kind, "volumeSize": int(each.facts["gb"]), "volumeBaselineIOPS": iops,
            "volumeBurstIOPS": burst, "volumeBaselineThroughput": mibps,
            "volumeBurstThroughput": mibps, "rootVolume": bool(each.facts.get("root")),
        }  # fmt: skip

    names = {f"Volume{way}OpsPerSecond": f"Volume{way}OpsPerSecond" for way in ("Read", "Write")}
    mibps = int(each.facts["mibps"]) or 250
    return {
        "volumeArn": each.arn,
        "accountId": each.account_id,
        "currentConfiguration": configuration(each.current, int(each.facts["iops"]), mibps),
        "finding": each.finding,
        "utilizationMetrics": _metrics(each.readings, names),
        "lookBackPeriodInDays": float(each.days),
        "volumeRecommendationOptions": [
            {
                "configuration": configuration(option.target, int(option.readings["iops"]), 125),
                "performanceRisk": 1.0,
                "rank": rank,
                **_saved(each, option),
            }
            for rank, option in enumerate(each.options, 1)
        ],
        "currentPerformanceRisk": _risk(each),
        "effectiveRecommendationPreferences": {**_ESTIMATED, "lookBackPeriod": "DAYS_14"},
        "tags": _tags(each),
    }


_ENGINES = {
    "PostgreSQL": "postgres",
    "MySQL": "mysql",
    "Aurora MySQL": "aurora-mysql",
    "Aurora PostgreSQL": "aurora-postgresql",
}


def database(each: Advice) -> dict[str, Any]:
    """A database instance with the classes that would do."""
    names = {name: name for name in each.readings}
    return {
        "resourceArn": each.arn,
        "accountId": each.account_id,
        "engine": _ENGINES[str(each.facts["engine"])],
        "currentDBInstanceClass": each.current,
        "currentStorageConfiguration": {
            "storageType": each.facts["storage"],
            "allocatedStorage": int(each.facts["gb"]),
            "iops": int(each.facts["iops"]),
        },
        "idle": str(bool(each.idle)),
        "instanceFinding": each.finding,
        "instanceFindingReasonCodes": list(each.reasons),
        "currentInstancePerformanceRisk": _risk(each),
        "storageFinding": "Optimized",
        "storageFindingReasonCodes": [],
        "instanceRecommendationOptions": [
            {
                "dbInstanceClass": option.target,
                "projectedUtilizationMetrics": _metrics(option.readings, names),
                "performanceRisk": 1.0,
                "rank": rank,
                **_saved(each, option),
            }
            for rank, option in enumerate(each.options, 1)
        ],
        "storageRecommendationOptions": [],
        "utilizationMetrics": _metrics(each.readings, names),
        "lookbackPeriodInDays": float(each.days),
        "effectiveRecommendationPreferences": {
            "cpuVendorArchitectures": ["CURRENT"], "enhancedInfrastructureMetrics": "Inactive",
            "lookBackPeriod": "DAYS_14", **_ESTIMATED,
        },
        "tags": _tags(each),
    }  # fmt: skip


def function(each: Advice) -> dict[str, Any]:
    """A function with the memory that would do."""
    return {
        "functionArn": f"{each.arn}:$LATEST",
        "functionVersion": "$LATEST",
        "accountId": each.account_id,
        "currentMemorySize": int(each.current),
        "numberOfInvocations": int(each.facts["invocations"]),
        "utilizationMetrics": [
            *_metrics(each.readings, {"Duration": "Duration", "Memory": "Memory"}),
            *_metrics(each.readings, {"AverageDuration": "Duration"}, "Average"),
        ],
        "lookbackPeriodInDays": float(each.days),
        "finding": each.finding,
        "findingReasonCodes": list(each.reasons),
        "memorySizeRecommendationOptions": [
            {
                "rank": rank,
                "memorySize": int(option.target),
                "projectedUtilizationMetrics": _metrics(
                    option.readings, {"Duration": "Duration"}, "Expected"
                ),
                **_saved(each, option),
            }
            for rank, option in enumerate(each.options, 1)
        ],
        "currentPerformanceRisk": _risk(each),
        "effectiveRecommendationPreferences": _ESTIMATED,
        "tags": _tags(each),
    }


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
        "savingsOpportunity": _opportunity(each.idle_savings, each.listed),
        "savingsOpportunityAfterDiscounts": _opportunity(each.idle_savings_after, each.amortized),
        "utilizationMetrics": _metrics(each.readings, {name: name for name in each.readings}),
        "lookBackPeriodInDays": float(each.days),
        "tags": _tags(each),
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
    risky = sum(_risk(each) == "Medium" for each in found)
    return {
        "recommendationResourceType": kind,
        "accountId": account,
        "summaries": [{"name": name, "value": float(n)} for name, n in sorted(names.items())],
        "idleSummaries": [{"name": name, "value": float(n)} for name, n in sorted(idles.items())],
        "savingsOpportunity": _opportunity(by_size, listed),
        "idleSavingsOpportunity": _opportunity(by_end, listed),
        # Each resource once: what is ended is not made smaller as well.
        "aggregatedSavingsOpportunity": _opportunity(sum(e.savings for e in found), listed),
        "currentPerformanceRiskRatings": {
            "high": 0, "medium": risky, "low": 0, "veryLow": len(found) - risky,
        },
    }  # fmt: skip
