"""Advice on sizes in the shapes of Compute Optimizer's API."""

from __future__ import annotations

from typing import Any

from finops_repl.simulator.advice.advice import Advice
from finops_repl.simulator.handlers.compute_optimizer.values import metrics, risk, saved, tags

__all__ = ["database", "function", "group", "instance", "volume"]

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


def instance(each: Advice) -> dict[str, Any]:
    """An instance with the types that would do."""
    return {
        "instanceArn": each.arn,
        "accountId": each.account_id,
        "instanceName": each.name,
        "currentInstanceType": each.current,
        "finding": each.finding,
        "findingReasonCodes": list(each.reasons),
        "utilizationMetrics": metrics(each.readings, _OF_INSTANCES),
        "lookBackPeriodInDays": float(each.days),
        "recommendationOptions": [
            {
                "instanceType": option.target,
                "projectedUtilizationMetrics": metrics(option.readings, _OF_INSTANCES),
                "platformDifferences": [],
                "performanceRisk": 1.0,
                "rank": rank,
                "migrationEffort": "VeryLow",
                **saved(each, option),
            }
            for rank, option in enumerate(each.options, 1)
        ],
        "recommendationSources": [
            {"recommendationSourceArn": each.arn, "recommendationSourceType": "Ec2Instance"}
        ],
        "currentPerformanceRisk": risk(each),
        "effectiveRecommendationPreferences": _PREFERENCES,
        "inferredWorkloadTypes": [],
        "instanceState": each.facts["state"],
        "idle": str(bool(each.idle)),
        "tags": tags(each),
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
        "utilizationMetrics": metrics(each.readings, _OF_INSTANCES),
        "lookBackPeriodInDays": float(each.days),
        "currentConfiguration": configuration(each.current),
        "recommendationOptions": [
            {
                "configuration": configuration(option.target),
                "projectedUtilizationMetrics": metrics(option.readings, _OF_INSTANCES),
                "performanceRisk": 1.0,
                "rank": rank,
                "migrationEffort": "VeryLow",
                **saved(each, option),
            }
            for rank, option in enumerate(each.options, 1)
        ],
        "currentPerformanceRisk": risk(each),
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
        "utilizationMetrics": metrics(each.readings, names),
        "lookBackPeriodInDays": float(each.days),
        "volumeRecommendationOptions": [
            {
                "configuration": configuration(option.target, int(option.readings["iops"]), 125),
                "performanceRisk": 1.0,
                "rank": rank,
                **saved(each, option),
            }
            for rank, option in enumerate(each.options, 1)
        ],
        "currentPerformanceRisk": risk(each),
        "effectiveRecommendationPreferences": {**_ESTIMATED, "lookBackPeriod": "DAYS_14"},
        "tags": tags(each),
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
        "currentInstancePerformanceRisk": risk(each),
        "storageFinding": "Optimized",
        "storageFindingReasonCodes": [],
        "instanceRecommendationOptions": [
            {
                "dbInstanceClass": option.target,
                "projectedUtilizationMetrics": metrics(option.readings, names),
                "performanceRisk": 1.0,
                "rank": rank,
                **saved(each, option),
            }
            for rank, option in enumerate(each.options, 1)
        ],
        "storageRecommendationOptions": [],
        "utilizationMetrics": metrics(each.readings, names),
        "lookbackPeriodInDays": float(each.days),
        "effectiveRecommendationPreferences": {
            "cpuVendorArchitectures": ["CURRENT"], "enhancedInfrastructureMetrics": "Inactive",
            "lookBackPeriod": "DAYS_14", **_ESTIMATED,
        },
        "tags": tags(each),
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
            *metrics(each.readings, {"Duration": "Duration", "Memory": "Memory"}),
            *metrics(each.readings, {"AverageDuration": "Duration"}, "Average"),
        ],
        "lookbackPeriodInDays": float(each.days),
        "finding": each.finding,
        "findingReasonCodes": list(each.reasons),
        "memorySizeRecommendationOptions": [
            {
                "rank": rank,
                "memorySize": int(option.target),
                "projectedUtilizationMetrics": metrics(
                    option.readings, {"Duration": "Duration"}, "Expected"
                ),
                **saved(each, option),
            }
            for rank, option in enumerate(each.options, 1)
        ],
        "currentPerformanceRisk": risk(each),
        "effectiveRecommendationPreferences": _ESTIMATED,
        "tags": tags(each),
    }
