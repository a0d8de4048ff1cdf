"""EBS in EC2's words: volumes with what they hang on, and snapshots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from finops_repl.simulator.handlers.ec2.filters import Described
from finops_repl.simulator.handlers.ec2.listing import Listing
from finops_repl.simulator.handlers.resources.standing import Standing, key_values
from finops_repl.simulator.world import World

__all__ = ["STORAGE", "attachments"]

GIB = 1 << 30
SELF = "self"


def attachments(found: Sequence[Standing]) -> dict[str, dict[str, Any]]:
    """What the attached of the volumes of a region hang on, by volume.

    An instance's own is `/dev/xvda`, the others are `/dev/sdf` and those after; none is attached
    for longer than its instance runs.
    """
    launched = {each.text("instance"): each.created for each in found if each.number("root")}
    beside: Counter[str] = Counter()
    hanging: dict[str, dict[str, Any]] = {}
    for each in found:
        holder, root = each.text("instance"), bool(each.number("root"))
        if not holder:
            continue
        device = "/dev/xvda" if root else f"/dev/sd{chr(ord('f') + beside[holder])}"
        beside[holder] += not root
        hanging[each.id] = {
            "VolumeId": each.id,
            "InstanceId": holder,
            "Device": device,
            "State": "attached",
            "AttachTime": max(each.created, launched.get(holder, each.created)),
            "DeleteOnTermination": root and "aws:autoscaling:groupName" in each.tags,
        }
    return hanging


def _volumes(world: World, found: Sequence[Standing]) -> list[Described]:
    hanging = attachments(found)
    return [_volume(each, hanging.get(each.id)) for each in found]


def _volume(found: Standing, hangs: dict[str, Any] | None) -> Described:
    described: dict[str, Any] = {
        "VolumeId": found.id,
        "VolumeType": found.text("type"),
        "Size": found.number("gb"),
        "State": "in-use" if hangs else "available",
        "CreateTime": found.created,
        "AvailabilityZone": found.zone,
        "Encrypted": False,
        "MultiAttachEnabled": False,
        "SnapshotId": "",
        "OwnerId": found.account,
        "VolumeArn": found.arn,
        "Attachments": [hangs] if hangs else [],
        "Tags": key_values(found.tags),
    }
    if found.number("iops"):
        described["Iops"] = found.number("iops")
    if found.text("type") == "gp3":
        described["Throughput"] = found.number("mibps")
    return described


def _snapshots(world: World, found: Sequence[Standing]) -> list[Described]:
    """A volume's snapshots hold what those before them do: each is as large as all up to it."""
    held: dict[str, int] = {}
    described: list[Described] = []
    for each in found:
        volume, size = each.text("volume"), each.number("volume_gb")
        held[volume] = min(size, held.get(volume, 0) + each.number("gb"))
        described.append(
            {
                "SnapshotId": each.id,
                "VolumeId": volume,
                "VolumeSize": size,
                "FullSnapshotSizeInBytes": held[volume] * GIB,
                "StartTime": each.created,
                "State": "completed",
                "Progress": "100%",
                "StorageTier": "standard",
                "Description": "",
                "Encrypted": False,
                "OwnerId": each.account,
                "Tags": key_values(each.tags),
            }
        )
    return described


def _owned(found: Sequence[Described], params: Mapping[str, Any]) -> Sequence[Described]:
    """The snapshots of the wanted owners; `self` is the whole organisation."""
    for name in ("OwnerIds", "RestorableByUserIds"):
        wanted = params.get(name) or ()
        if wanted and SELF not in wanted:
            found = [each for each in found if each["OwnerId"] in wanted]
    return found


STORAGE: Mapping[str, Listing] = {
    "DescribeVolumes": Listing(
        ("volume",), "Volumes", _volumes,
        {"VolumeIds": ("VolumeId", "InvalidVolume.NotFound", "The volume '{}' does not exist.")},
        {
            "attachment.attach-time": "Attachments.AttachTime",
            "attachment.delete-on-termination": "Attachments.DeleteOnTermination",
            "attachment.device": "Attachments.Device",
            "attachment.instance-id": "Attachments.InstanceId",
            "attachment.status": "Attachments.State",
            "availability-zone": "AvailabilityZone",
            "create-time": "CreateTime",
            "encrypted": "Encrypted",
            "multi-attach-enabled": "MultiAttachEnabled",
            "owner-id": "OwnerId",
            "size": "Size",
            "snapshot-id": "SnapshotId",
            "status": "State",
            "volume-id": "VolumeId",
            "volume-type": "VolumeType",
        },
        alone=True,
    ),
    "DescribeSnapshots": Listing(
        ("snapshot",), "Snapshots", _snapshots,
        {"SnapshotIds": (
            "SnapshotId", "InvalidSnapshot.NotFound", "The snapshot '{}' does not exist.",
        )},
        {
            "description": "Description",
            "encrypted": "Encrypted",
            "owner-id": "OwnerId",
            "progress": "Progress",
            "snapshot-id": "SnapshotId",
            "start-time": "StartTime",
            "status": "State",
            "storage-tier": "StorageTier",
            "volume-id": "VolumeId",
            "volume-size": "VolumeSize",
        },
        alone=True, narrowed=_owned,
    ),
}  # fmt: skip
