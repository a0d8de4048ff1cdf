"""Auto Scaling: the groups of the organisation with the instances they hold."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.view import View, invalid
from finops_repl.simulator.world import Group

__all__ = ["CREATED", "AutoScalingService"]

PAGE, MOST = 50, 100
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
        page = cut(groups, call.params, "MaxRecords", PAGE, MOST)
        if page is None:
            return invalid("The NextToken value is not valid.", "InvalidNextToken")
        shown, token = page
        members = self._members(call.region)
        ceilings = dict(self._view.rows("SELECT name, most FROM scaling_group"))
        found: dict[str, Any] = {
            "AutoScalingGroups": [
                _described(group, ceilings[group.name], members.get(group.name, []))
                for group in shown
            ]
        }
        return Result(found | ({"NextToken": token} if token else {}))

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
    place = f"{group.region.code}:{group.account.id}"
    return {
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": (
            f"arn:aws:autoscaling:{place}:autoScalingGroup::autoScalingGroupName/{group.name}"
        ),
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
