"""Auto Scaling: the groups of the organisation with the instances they hold."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal
from finops_repl.simulator.handlers.pages import Paging
from finops_repl.simulator.view import View
from finops_repl.simulator.world import Group

__all__ = ["CREATED", "INVALID_TOKEN", "PAGES", "AutoScalingService"]

INVALID_TOKEN = Refusal("InvalidNextToken", "The NextToken value is not valid.")
PAGES = Paging("MaxRecords", 50, 100, INVALID_TOKEN)
CREATED = datetime(2023, 5, 2, 9, 30, tzinfo=UTC)


class AutoScalingService:
    """Answers how large each group is and may become; a call sees its own region."""

    operations = frozenset({"DescribeAutoScalingGroups"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        groups = [group for group in self._view.world.groups if group.region.code == call.region]
        groups.sort(key=lambda group: group.name)
        names = call.params.get("AutoScalingGroupNames")
        if names:
            groups = [group for group in groups if group.name in names]
        members = self._members(call.region)
        ceilings = dict(self._view.rows("SELECT name, most FROM scaling_group"))

        def described(shown: Sequence[Group]) -> Mapping[str, Any]:
            return {
                "AutoScalingGroups": [
                    _described(group, ceilings[group.name], members.get(group.name, []))
                    for group in shown
                ]
            }

        return PAGES.answer(groups, call.params, described)

    def _members(self, region: str) -> Mapping[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for id_, zone, kind, group in self._view.rows(
            "SELECT id, zone, type, scaling_group FROM instance"
            " WHERE region = ? AND scaling_group <> '' ORDER BY launched, id",
            [region],
        ):
            found.setdefault(group, []).append(
                {
                    "InstanceId": id_,
                    "InstanceType": kind,
                    "LaunchConfigurationName": group,
                    "AvailabilityZone": zone,
                    "LifecycleState": "InService",
                    "HealthStatus": "Healthy",
                    "ProtectedFromScaleIn": False,
                }
            )
        return found


def _described(group: Group, most: int, members: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "LaunchConfigurationName": group.name,
        "MinSize": 1,
        "MaxSize": most,
        "DesiredCapacity": len(members),
        "DefaultCooldown": 300,
        "AvailabilityZones": [f"{group.region.code}{letter}" for letter in "abc"],
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 300,
        "CreatedTime": CREATED,
        "Instances": list(members),
        "Tags": [
            {
                "ResourceId": group.name,
                "ResourceType": "auto-scaling-group",
                "Key": key,
                "Value": value,
                "PropagateAtLaunch": True,
            }
            for key, value in group.tags.items()
            if not key.startswith("aws:")
        ],
    }
