"""What a question to Compute Optimizer asks for: accounts, resources, filters, a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from finops_repl.simulator.advice.advice import Advice, Kind
from finops_repl.simulator.handlers.pages import read_token, token

__all__ = ["IDLE_TYPES", "RESOURCE_TYPES", "Invalid", "asked", "page"]

T = TypeVar("T")
RESOURCE_TYPES: Mapping[Kind, str] = {
    "instance": "Ec2Instance",
    "group": "AutoScalingGroup",
    "volume": "EbsVolume",
    "database": "RdsDBInstance",
    "function": "LambdaFunction",
    "nat": "NatGateway",
}
IDLE_TYPES: Mapping[Kind, str] = {
    "instance": "EC2Instance",
    "volume": "EBSVolume",
    "database": "RDSDBInstance",
    "nat": "NatGateway",
}
_ARNS = {
    "GetEC2InstanceRecommendations": "instanceArns",
    "GetAutoScalingGroupRecommendations": "autoScalingGroupArns",
    "GetEBSVolumeRecommendations": "volumeArns",
    "GetRDSDatabaseRecommendations": "resourceArns",
    "GetLambdaFunctionRecommendations": "functionArns",
    "GetIdleRecommendations": "resourceArns",
}
_SIZED = ("Underprovisioned", "Overprovisioned", "Optimized")
_FILTERS: Mapping[str, tuple[str, ...]] = {
    "GetEC2InstanceRecommendations": ("Finding", "FindingReasonCodes", "RecommendationSourceType"),
    "GetAutoScalingGroupRecommendations": ("Finding", "FindingReasonCodes"),
    "GetEBSVolumeRecommendations": ("Finding",),
    "GetRDSDatabaseRecommendations": ("InstanceFinding", "InstanceFindingReasonCode", "Idle"),
    "GetLambdaFunctionRecommendations": ("Finding", "FindingReasonCode"),
    "GetIdleRecommendations": ("Finding", "ResourceType"),
}
_FINDINGS: Mapping[str, tuple[str, ...]] = {
    "GetEC2InstanceRecommendations": _SIZED,
    "GetAutoScalingGroupRecommendations": ("NotOptimized", "Optimized"),
    "GetEBSVolumeRecommendations": ("NotOptimized", "Optimized"),
    "GetRDSDatabaseRecommendations": _SIZED,
    "GetLambdaFunctionRecommendations": ("NotOptimized", "Optimized", "Unavailable"),
    "GetIdleRecommendations": ("Idle", "Unattached", "Unused"),
}


class Invalid(ValueError):
    """A request that Compute Optimizer refuses."""


def asked(
    operation: str, params: Mapping[str, Any], known: Sequence[Advice], accounts: frozenset[str]
) -> tuple[list[Advice], list[dict[str, str]]]:
    """The advice that is asked for, and an error for each ARN that has none."""
    found = list(known)
    wanted = params.get("accountIds")
    if wanted:
        for each in wanted:
            if each not in accounts:
                raise Invalid(f"accountIds: {each} is no account of the organization")
        found = [each for each in found if each.account_id in wanted]
    errors: list[dict[str, str]] = []
    arns = params.get(_ARNS.get(operation, "")) or ()
    if arns:
        there = {each.arn for each in found}
        errors = [
            {"identifier": arn, "code": "ResourceNotFoundException",
             "message": "There is no recommendation for this resource."}
            for arn in arns if arn not in there
        ]  # fmt: skip
        found = [each for each in found if each.arn in arns]
    for given in params.get("filters") or ():
        name, values = str(given.get("name")), [str(each) for each in given.get("values") or ()]
        _check(operation, name, values)
        found = [each for each in found if set(_told(operation, name, each)) & set(values)]
    return found, errors


def _check(operation: str, name: str, values: Sequence[str]) -> None:
    offered = _FILTERS[operation]
    if name not in offered:
        raise Invalid(f"filters: {name} is not a valid filter name: {', '.join(offered)}")
    if name.endswith("Finding"):
        for value in values:
            if value not in _FINDINGS[operation]:
                raise Invalid(
                    f"filters: {value} is not a valid value of {name}:"
                    f" {', '.join(_FINDINGS[operation])}"
                )


def _told(operation: str, name: str, each: Advice) -> tuple[str, ...]:
    """What a filter compares of a piece of advice."""
    if name == "ResourceType":
        return (IDLE_TYPES[each.kind],)
    if name == "RecommendationSourceType":
        return (RESOURCE_TYPES[each.kind],)
    if name == "Idle":
        return (str(bool(each.idle)),)
    if "Reason" in name:
        return each.reasons
    if operation == "GetIdleRecommendations":
        return (each.idle,)
    if operation == "GetAutoScalingGroupRecommendations":
        return ("Optimized" if each.finding == "Optimized" else "NotOptimized",)
    return (each.finding,)


def page(found: Sequence[T], params: Mapping[str, Any], most: int) -> tuple[Sequence[T], Any]:
    """The page that is asked for, and the fields of the next one's token."""
    size = params.get("maxResults")
    if size is not None and not 0 <= int(size) <= most:
        raise Invalid(f"maxResults must be between 0 and {most}: {size}")
    question = {name: value for name, value in params.items()
                if name not in ("nextToken", "maxResults")}  # fmt: skip
    given = params.get("nextToken")
    start = read_token(given, question) if given else 0
    if start is None:
        raise Invalid("The nextToken is not valid: it belongs to another request")
    end = start + (int(size) if size else most)
    return found[start:end], {"nextToken": token(end, question)} if end < len(found) else {}
