"""Auto Scaling's launch configurations: what each group launches."""

from __future__ import annotations

import threading
from typing import Any

from finops_repl.aws.call import Answer, Call
from finops_repl.simulator.fleet import ROOT_GB
from finops_repl.simulator.handlers.autoscaling.groups import CREATED, PAGES
from finops_repl.simulator.handlers.ec2.images import architecture, image
from finops_repl.simulator.view import View
from finops_repl.simulator.world import Group, World

__all__ = ["LaunchConfigurations"]


class LaunchConfigurations:
    """Answers with one for each group of a call's region, under the group's name."""

    operations = frozenset({"DescribeLaunchConfigurations"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call; names that are not known are left out, as in AWS."""
        world, wanted = self._view.world, call.params.get("LaunchConfigurationNames")
        groups = [
            each
            for each in world.groups
            if each.region.code == call.region and (not wanted or each.name in wanted)
        ]
        groups.sort(key=lambda each: each.name)
        return PAGES.answer(
            groups, call.params,
            lambda shown: {"LaunchConfigurations": [_described(world, each) for each in shown]},
        )  # fmt: skip


def _described(world: World, group: Group) -> dict[str, Any]:
    place = f"{group.region.code}:{group.account.id}"
    digits = world.chance.hex(32, "launch configuration", group.account.id, group.name)
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return {
        "LaunchConfigurationName": group.name,
        "LaunchConfigurationARN": (
            f"arn:aws:autoscaling:{place}:launchConfiguration:{'-'.join(parts)}"
            f":launchConfigurationName/{group.name}"
        ),
        "ImageId": image(world, group.account.id, group.region.code, architecture(group.kind)),
        "InstanceType": group.kind,
        "BlockDeviceMappings": [
            {
                "DeviceName": "/dev/xvda",
                "Ebs": {"VolumeSize": ROOT_GB, "VolumeType": "gp3", "DeleteOnTermination": True},
            }
        ],
        "InstanceMonitoring": {"Enabled": True},
        "SecurityGroups": [],
        "EbsOptimized": True,
        "CreatedTime": CREATED,
    }
