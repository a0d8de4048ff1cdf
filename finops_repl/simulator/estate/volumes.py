"""EBS volumes beside the instances' own, attached and forgotten, and their snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from finops_repl.simulator.estate.place import Place, Spot
from finops_repl.simulator.offers import offer
from finops_repl.simulator.resource import Resource, Use, sized

__all__ = ["volumes"]

FREE_IOPS, FREE_MIBPS, MIB_PER_GIB = 3_000, 125, 1_024
UNATTACHED_PER_MILLE = 40
SNAPSHOTS = 2
IO2_TIERS = ((0, ""), (32_000, ".tier2"), (64_000, ".tier3"))
"""From which of a volume's IOPS on the next price holds. Source: EBS price page."""
PAYMENTS = "checkout"
"""Whose log is on a volume with more IOPS than the instance beneath can make use of."""
_KINDS = {"archive": "gp2", "data": "gp3", "journal": "io1", "redo": "io2", "scratch": "st1"}


def volumes(place: Place) -> Iterator[Resource]:
    """gp2, gp3, io1, io2 and st1 volumes of standing instances, and their chains of snapshots."""
    if not place.holders:
        return
    for kind, type_ in _KINDS.items():
        if type_ in ("io1", "io2", "st1") and not place.production:
            continue
        count = int(type_ != "io2" or place.is_first)
        for spot in place.spots(kind, count, fewest=int(kind in place.needed("volume"))):
            volume = _volume(spot, type_)
            yield volume
            if kind in ("archive", "data"):
                yield from _snapshots(spot, volume)


def _volume(spot: Spot, type_: str) -> Resource:
    gb = spot.between(10, 90, "gb") * 10
    iops, mibps = min(16_000, max(100, gb * 3)), 0
    if type_ == "gp3":
        iops = spot.pick((3_000, 3_000, 3_000, 6_000, 12_000), "iops")
        mibps = spot.pick((125, 125, 250, 500), "throughput")
    if type_ in ("io1", "io2"):
        iops = min(gb * 50, spot.pick((2_000, 4_000, 8_000), "iops"))
    if type_ == "io2" and spot.place.account.application == PAYMENTS:
        iops = 40_000
    if type_ == "st1":
        gb, iops, mibps = gb + 500, 0, 40
    detached = spot.place.world.chance.happens(UNATTACHED_PER_MILLE, "detached", *spot.words)
    holder = spot.pick(spot.place.holders, "holder")
    id_ = f"vol-0{spot.digits}"
    return spot.resource(
        id_, id_, _uses(type_, gb, iops, mibps), zone=holder.zone, kind="volume",
        first=0 if type_ == "io1" else None,
        type=type_, gb=gb, iops=iops, mibps=mibps, instance="" if detached else holder.id,
    )  # fmt: skip


def _uses(type_: str, gb: int, iops: int, mibps: int) -> list[Use]:
    usage = {"io1": "piops"}.get(type_, type_)
    uses = [sized(offer("ec2", f"EBS:VolumeUsage.{usage}"), gb)]
    if type_ == "gp3" and iops > FREE_IOPS:
        uses.append(sized(offer("ec2", "EBS:VolumeP-IOPS.gp3"), iops - FREE_IOPS))
    if type_ == "gp3" and mibps > FREE_MIBPS:
        throughput = offer("ec2", "EBS:VolumeP-Throughput.gp3")
        uses.append(Use(throughput, (mibps - FREE_MIBPS) * 1_000_000 // MIB_PER_GIB))
    if type_ == "io1":
        uses.append(sized(offer("ec2", f"EBS:VolumeP-IOPS.{usage}"), iops))
    if type_ == "io2":
        uses += [
            sized(offer("ec2", f"EBS:VolumeP-IOPS.io2{tier}"), min(iops, until) - since)
            for (since, tier), (until, _) in pairwise((*IO2_TIERS, (iops, "")))
            if iops > since
        ]
    return uses


def _snapshots(spot: Spot, volume: Resource) -> Iterator[Resource]:
    """A full one and the changes of the months after it: each is billed for its own blocks."""
    gb = int(volume.facts["gb"])
    first = volume.first
    for number in range(SNAPSHOTS):
        part = 60 if number == 0 else 6
        day = first + number * 60
        if day > spot.place.calendar.last:
            return
        id_ = f"snap-0{spot.place.world.chance.hex(16, 'snapshot', number, *spot.words)}"
        yield spot.resource(
            id_, spot.arn("ec2", f"snapshot/{id_}"),
            [sized(offer("ec2", "EBS:SnapshotUsage"), max(1, gb * part // 100))],
            kind="snapshot", first=day, volume=volume.id, volume_gb=gb, gb=max(1, gb * part // 100),
        )  # fmt: skip
