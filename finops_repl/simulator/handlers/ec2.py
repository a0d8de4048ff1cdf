"""EC2: the instances that exist at the end of the ledger, in all accounts of the organisation."""

from __future__ import annotations

import fnmatch
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.offers import REGIONS
from finops_repl.simulator.view import View, invalid

__all__ = ["Ec2Service"]

PAGE = 1_000
STATES = {"running": 16, "stopped": 80}
COLUMNS = "id, account_id, region, zone, type, state, launched, volume, scaling_group, tags, market"

Instance = dict[str, Any]


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
        found = [self._described(*row) for row in rows]
        wanted = list(call.params.get("InstanceIds") or ())
        unknown = sorted(set(wanted) - {each["InstanceId"] for each in found})
        if unknown:
            return invalid(
                f"The instance ID '{unknown[0]}' does not exist", "InvalidInstanceID.NotFound"
            )
        if wanted:
            found = [each for each in found if each["InstanceId"] in wanted]
        for given in call.params.get("Filters") or ():
            name = str(given.get("Name"))
            values = _reader(name)
            if values is None:
                return invalid(f"The filter '{name}' is invalid", "InvalidParameterValue")
            patterns = [str(value) for value in given.get("Values") or ()]
            found = [each for each in found if _match(values(each), patterns)]
        page = cut(found, call.params, "MaxResults", PAGE, PAGE)
        if page is None:
            return invalid("The nextToken is invalid.", "InvalidParameterValue")
        shown, token = page
        return Result({"Reservations": _reservations(shown)} | _next(token))

    def _described(
        self, id_: str, account: str, region: str, zone: str, kind: str, state: str,
        launched: datetime, volume: str, group: str, tags: str, market: str,
    ) -> Instance:  # fmt: skip
        digits = self._view.world.chance.hex(17, "network", account, region)
        address = self._view.world.chance.below(1 << 16, "address", id_)
        return {
            "InstanceId": id_,
            "ImageId": f"ami-0{self._view.world.chance.hex(16, 'image', account, region)}",
            "InstanceType": kind,
            "LaunchTime": launched,
            "State": {"Code": STATES[state], "Name": state},
            "Placement": {"AvailabilityZone": zone, "Tenancy": "default", "GroupName": ""},
            "PrivateIpAddress": f"10.{len(region)}.{address >> 8}.{address & 255}",
            "VpcId": f"vpc-{digits}",
            "SubnetId": f"subnet-{self._view.world.chance.hex(17, 'subnet', account, zone)}",
            "Architecture": "arm64" if kind.partition(".")[0].endswith("g") else "x86_64",
            "Hypervisor": "xen",
            "VirtualizationType": "hvm",
            "RootDeviceName": "/dev/xvda",
            "RootDeviceType": "ebs",
            "BlockDeviceMappings": [
                {
                    "DeviceName": "/dev/xvda",
                    "Ebs": {
                        "VolumeId": volume,
                        "Status": "attached",
                        "AttachTime": launched,
                        "DeleteOnTermination": bool(group),
                    },
                }
            ],
            "Monitoring": {"State": "enabled" if group else "disabled"},
            "SecurityGroups": [],
            "Tags": [{"Key": key, "Value": value} for key, value in json.loads(tags).items()],
            "OwnerId": account,
            **({"InstanceLifecycle": market} if market else {}),
        }


def _region(code: str) -> dict[str, str]:
    return {
        "RegionName": code,
        "Endpoint": f"ec2.{code}.amazonaws.com",
        "OptInStatus": "opt-in-not-required",
    }


def _reservations(found: Sequence[Instance]) -> list[dict[str, Any]]:
    """Instances launched together in one account, each set as one reservation."""

    def launch(each: Instance) -> tuple[datetime, str]:
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


def _reader(name: str) -> Callable[[Instance], list[str]] | None:
    """What a filter compares of an instance."""
    plain: Mapping[str, Callable[[Instance], Any]] = {
        "instance-id": lambda each: each["InstanceId"],
        "instance-type": lambda each: each["InstanceType"],
        "instance-state-name": lambda each: each["State"]["Name"],
        "instance-state-code": lambda each: each["State"]["Code"],
        "availability-zone": lambda each: each["Placement"]["AvailabilityZone"],
        "architecture": lambda each: each["Architecture"],
        "image-id": lambda each: each["ImageId"],
        "owner-id": lambda each: each["OwnerId"],
        "private-ip-address": lambda each: each["PrivateIpAddress"],
        "subnet-id": lambda each: each["SubnetId"],
        "vpc-id": lambda each: each["VpcId"],
        "tenancy": lambda each: each["Placement"]["Tenancy"],
    }
    if name in plain:
        return lambda each: [str(plain[name](each))]
    if name == "tag-key":
        return lambda each: [tag["Key"] for tag in each["Tags"]]
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda each: [tag["Value"] for tag in each["Tags"] if tag["Key"] == key]
    return None


def _match(values: Sequence[str], patterns: Sequence[str]) -> bool:
    # EC2's wildcards are * and ?; a bracket is a character like any other.
    return any(
        fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))
        for value in values
        for pattern in patterns
    )


def _next(token: str) -> dict[str, str]:
    return {"NextToken": token} if token else {}
