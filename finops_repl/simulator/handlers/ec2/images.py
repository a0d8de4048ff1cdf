"""Machine images: those that the accounts' instances are launched from.

An account has one for each architecture and region. That of x86_64 is made of its oldest snapshot
there, if that is older than the bill; the others are Amazon's. A snapshot that an image is made of
cannot be deleted before the image is deregistered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from finops_repl.simulator.handlers.ec2.filters import Described
from finops_repl.simulator.handlers.ec2.listing import Listing
from finops_repl.simulator.handlers.resources.standing import Standing
from finops_repl.simulator.instance_types import instance_types
from finops_repl.simulator.world import World

__all__ = ["architecture", "image", "image_listings"]

AMAZON = "137112412989"
"""The account of Amazon Linux's images. Source: Amazon Linux 2 user guide."""
AMAZON_GIB = 8
SELF = "self"


def image_listings(first_day: date) -> Mapping[str, Listing]:
    """What lists the images; `first_day` is the bill's first."""
    begins = datetime.combine(first_day, time(), UTC)

    def images(world: World, found: Sequence[Standing]) -> list[Described]:
        oldest: dict[str, Standing] = {}
        for each in found:
            if each.kind == "snapshot" and each.created < begins:
                oldest.setdefault(each.account, each)
        regions = {each.region for each in found}
        return [
            _image(world, account.id, region, kind, own.get(account.id), begins)
            for region in regions
            for account in world.accounts
            for kind, own in (("x86_64", oldest), ("arm64", {}))
        ]

    return {
        "DescribeImages": Listing(
            ("snapshot", "volume"), "Images", images,
            {"ImageIds": (
                "ImageId", "InvalidAMIID.NotFound", "The image id '[{}]' does not exist",
            )},
            {
                "architecture": "Architecture",
                "block-device-mapping.snapshot-id": "BlockDeviceMappings.Ebs.SnapshotId",
                "creation-date": "CreationDate",
                "image-id": "ImageId",
                "is-public": "Public",
                "name": "Name",
                "owner-alias": "ImageOwnerAlias",
                "owner-id": "OwnerId",
                "root-device-type": "RootDeviceType",
                "state": "State",
            },
            alone=True, narrowed=_owned,
        ),
    }  # fmt: skip


def image(world: World, account: str, region: str, kind: str) -> str:
    """The image that an account's instances of a region and an architecture are launched from."""
    return f"ami-0{world.chance.hex(16, 'image', account, region, kind)}"


def architecture(instance_type: str) -> str:
    """What the processors of an instance type are: `x86_64` or `arm64`."""
    return instance_types()[instance_type].family.architecture


def _image(
    world: World, account: str, region: str, kind: str, snapshot: Standing | None, begins: datetime
) -> Described:
    id_ = image(world, account, region, kind)
    # A public image is a little older than the bill; an own one was made with its snapshot.
    made = snapshot.created if snapshot else begins - timedelta(days=30)
    ebs = {
        "SnapshotId": snapshot.id if snapshot else f"snap-{id_.removeprefix('ami-')}",
        "VolumeSize": snapshot.number("volume_gb") if snapshot else AMAZON_GIB,
        "VolumeType": "gp2",
        "DeleteOnTermination": True,
        "Encrypted": False,
    }
    owner: dict[str, Any] = {"OwnerId": account, "Public": False}
    if snapshot is None:
        owner = {"OwnerId": AMAZON, "ImageOwnerAlias": "amazon", "Public": True}
    return {
        "ImageId": id_,
        "Name": f"{'base' if snapshot else 'amzn2-ami-hvm'}-{kind}-{made:%Y%m%d}",
        "CreationDate": f"{made:%Y-%m-%dT%H:%M:%S}.000Z",
        "State": "available",
        "ImageType": "machine",
        "Architecture": kind,
        "Hypervisor": "xen",
        "VirtualizationType": "hvm",
        "PlatformDetails": "Linux/UNIX",
        "UsageOperation": "RunInstances",
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": ebs}],
        **owner,
    }


def _owned(found: Sequence[Described], params: Mapping[str, Any]) -> Sequence[Described]:
    """The images of the wanted owners: accounts, `amazon`, or `self`, the whole organisation."""
    wanted = set(params.get("Owners") or ())
    if not wanted:
        return found
    return [each for each in found if {each["OwnerId"], each.get("ImageOwnerAlias", SELF)} & wanted]
