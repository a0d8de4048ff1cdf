"""EC2: the instances that exist at the end of the ledger, in all accounts of the organisation."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.ec2.filters import Described, filtered
from finops_repl.simulator.handlers.ec2.images import architecture, image
from finops_repl.simulator.handlers.ec2.listing import PAGES
from finops_repl.simulator.handlers.ec2.storage import attachments
from finops_repl.simulator.handlers.resources.networking import private_ip, subnet, vpc
from finops_repl.simulator.handlers.resources.standing import key_values, standing
from finops_repl.simulator.offers import REGIONS
from finops_repl.simulator.view import View, invalid

__all__ = ["Ec2Service", "image"]

STATES = {"running": 16, "stopped": 80}
COLUMNS = "id, account_id, region, zone, type, state, launched, scaling_group, tags, market"

FILTERS = {
    "architecture": "Architecture",
    "availability-zone": "Placement.AvailabilityZone",
    "block-device-mapping.volume-id": "BlockDeviceMappings.Ebs.VolumeId",
    "image-id": "ImageId",
    "instance-id": "InstanceId",
    "instance-lifecycle": "InstanceLifecycle",
    "instance-state-code": "State.Code",
    "instance-state-name": "State.Name",
    "instance-type": "InstanceType",
    "launch-time": "LaunchTime",
    "owner-id": "OwnerId",
    "private-ip-address": "PrivateIpAddress",
    "subnet-id": "SubnetId",
    "tenancy": "Placement.Tenancy",
    "vpc-id": "VpcId",
}


class Ec2Service:
    """Answers what inventories ask for; a call sees its own region."""

    operations = frozenset({"DescribeInstances", "DescribeRegions"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        if call.operation == "DescribeRegions":
            return Result({"Regions": [_region(code) for code in sorted(REGIONS)]})
        rows = self._view.rows(
            f"SELECT {COLUMNS} FROM instance WHERE region = ? ORDER BY launched, id",  # noqa: S608
            [call.region],
        )
        held = self._held(call.region)
        found = [self._described(*row, volumes=held[row[0]]) for row in rows]
        wanted = list(call.params.get("InstanceIds") or ())
        unknown = sorted(set(wanted) - {each["InstanceId"] for each in found})
        if unknown:
            return invalid(
                f"The instance ID '{unknown[0]}' does not exist", "InvalidInstanceID.NotFound"
            )
        if wanted:
            found = [each for each in found if each["InstanceId"] in wanted]
        chosen = filtered(found, call.params, FILTERS)
        if isinstance(chosen, Refusal):
            return chosen
        return PAGES.answer(
            chosen, call.params, lambda shown: {"Reservations": _reservations(shown)}
        )

    def _held(self, region: str) -> Mapping[str, list[dict[str, Any]]]:
        """The volumes of the instances in a region, their own first."""
        volumes = standing(self._view, "volume", region=region)
        volumes.sort(key=lambda each: each.number("root"), reverse=True)
        found: dict[str, list[dict[str, Any]]] = {}
        for id_, hangs in attachments(volumes).items():
            ebs = {key: hangs[key] for key in ("AttachTime", "DeleteOnTermination")}
            ebs |= {"VolumeId": id_, "Status": "attached"}
            mapping = {"DeviceName": hangs["Device"], "Ebs": ebs}
            found.setdefault(hangs["InstanceId"], []).append(mapping)
        return found

    def _described(
        self, id_: str, account: str, region: str, zone: str, kind: str, state: str,
        launched: datetime, group: str, tags: str, market: str, *,
        volumes: Sequence[dict[str, Any]],
    ) -> Described:  # fmt: skip
        world = self._view.world
        return {
            "InstanceId": id_,
            "ImageId": image(world, account, region, architecture(kind)),
            "InstanceType": kind,
            "LaunchTime": launched,
            "State": {"Code": STATES[state], "Name": state},
            "Placement": {"AvailabilityZone": zone, "Tenancy": "default", "GroupName": ""},
            "PrivateIpAddress": private_ip(world, region, id_),
            "VpcId": vpc(world, account, region),
            "SubnetId": subnet(world, account, zone),
            "Architecture": architecture(kind),
            "Hypervisor": "xen",
            "VirtualizationType": "hvm",
            "RootDeviceName": "/dev/xvda",
            "RootDeviceType": "ebs",
            "BlockDeviceMappings": list(volumes),
            "Monitoring": {"State": "enabled" if group else "disabled"},
            "SecurityGroups": [],
            "Tags": key_values(json.loads(tags)),
            "OwnerId": account,
            **({"InstanceLifecycle": market} if market else {}),
        }


def _region(code: str) -> dict[str, str]:
    return {
        "RegionName": code,
        "Endpoint": f"ec2.{code}.amazonaws.com",
        "OptInStatus": "opt-in-not-required",
    }


def _reservations(found: Sequence[Described]) -> list[dict[str, Any]]:
    """Instances launched together in one account, each set as one reservation."""

    def launch(each: Described) -> tuple[datetime, str]:
        return each["LaunchTime"], each["OwnerId"]

    return [
        {
            "ReservationId": "r-0" + members[0]["InstanceId"][3:],
            "OwnerId": owner,
            "Groups": [],
            "Instances": [{k: v for k, v in each.items() if k != "OwnerId"} for each in members],
        }
        for (_, owner), together in groupby(sorted(found, key=launch), launch)
        for members in [list(together)]
    ]
