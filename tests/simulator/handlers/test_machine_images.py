"""Machine images are those of the instances, and made of snapshots that the bill charges for."""

from __future__ import annotations

from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.listings import everywhere


def test_each_instance_is_launched_from_an_image_of_its_architecture(
    small: SimulatedOrganisation,
) -> None:
    images = {
        each["ImageId"]: each["Architecture"]
        for each in everywhere(small, "ec2", "DescribeImages", "Images")
    }
    instances = [
        instance
        for reservation in everywhere(small, "ec2", "DescribeInstances", "Reservations")
        for instance in reservation["Instances"]
    ]
    assert {each["Architecture"] for each in instances} == {"x86_64", "arm64"}
    for instance in instances:
        assert images[instance["ImageId"]] == instance["Architecture"]


def test_own_images_are_made_of_the_oldest_snapshots_and_amazons_of_none_of_them(
    small: SimulatedOrganisation,
) -> None:
    oldest: dict[tuple[str, str], str] = {}
    snapshots = everywhere(small, "ec2", "DescribeSnapshots", "Snapshots", OwnerIds=["self"])
    for each in snapshots:
        oldest.setdefault((each["OwnerId"], each["VolumeId"]), each["SnapshotId"])
    own = everywhere(small, "ec2", "DescribeImages", "Images", Owners=["self"])
    made_of = [each["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"] for each in own]
    assert made_of
    assert set(made_of) <= set(oldest.values())
    assert len(set(made_of)) == len(made_of)
    assert {each["Public"] for each in own} == {False}
    amazons = everywhere(small, "ec2", "DescribeImages", "Images", Owners=["amazon"])
    charged = {each["SnapshotId"] for each in snapshots}
    assert charged.isdisjoint(
        each["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"] for each in amazons
    )
    everyone = everywhere(small, "ec2", "DescribeImages", "Images")
    assert len(everyone) == len(own) + len(amazons)
