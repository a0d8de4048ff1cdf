"""EC2's instance types: what each that the price list knows holds, and which sizes a family has.

The figures are AWS's, without bare metal: `instance_types.tsv` says where they are from. That every
region and zone sells every type is the simulated AWS's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from finops_repl.simulator.price_list import SIZES

__all__ = ["Family", "Gpu", "InstanceType", "instance_types", "parsed", "sizes"]

FIGURES = "instance_types.tsv"
CLASSES = ("db.", "cache.")
"""How the types of databases and cache nodes begin, which are EC2's otherwise."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A kind of GPU; all of these are NVIDIA's."""

    name: str
    mib: int


@dataclass(frozen=True, slots=True)
class Family:
    """What all sizes of a family share; `traits` are the words of `_FAMILIES`."""

    use: str
    maker: str
    traits: frozenset[str]
    gpu: Gpu | None

    @property
    def architecture(self) -> str:
        return "arm64" if self.maker == "AWS" else "x86_64"

    @property
    def threads(self) -> int:
        """Threads of a core."""
        return 1 if self.maker == "AWS" else 2

    @property
    def is_nitro(self) -> bool:
        return "xen" not in self.traits


@dataclass(frozen=True, slots=True)
class InstanceType:
    """A type; bandwidths in Gbps of the network and Mbps of EBS, `disks` as count and GB each.

    0 where AWS tells nothing of it.
    """

    name: str
    family: Family
    vcpus: int
    mib: int
    ghz: float
    network: str
    baseline_gbps: float
    peak_gbps: float
    interfaces: int
    addresses: int
    ebs_mbps: int
    ebs_iops: int
    ebs_most_mbps: int
    ebs_most_iops: int
    volumes: int
    disks: tuple[int, int]
    gpus: int

    @property
    def is_current(self) -> bool:
        return "current" in self.family.traits

    @property
    def gib(self) -> float:
        return self.mib / 1_024

    @property
    def storage(self) -> str:
        """The disks of its own in the words of the price list."""
        count, gb = self.disks
        return f"{count} x {gb} NVMe SSD" if count else "EBS only"


_USES = {
    "c": "Compute optimized", "g": "GPU instance", "i": "Storage optimized",
    "m": "General purpose", "p": "GPU instance", "r": "Memory optimized", "t": "General purpose",
}  # fmt: skip
_FAMILIES = """
t3  Intel current burstable
t4g AWS   current burstable
m5  Intel
m6i Intel encrypted
m7g AWS   current encrypted
m7i Intel current encrypted dedicated
c5  Intel
c6i Intel current encrypted
c7g AWS   current encrypted
r5  Intel
r6g AWS   current
r7g AWS   encrypted
c6g AWS   current
m6g AWS   current
i3  Intel current xen nvme unrecovered
i4i Intel current encrypted unrecovered
p3  Intel current xen
g5  AMD   encrypted unrecovered
"""
"""Whose processors; of the `current` generation, whether what they send each other is `encrypted`,
whether volumes are attached in places of their own (`dedicated`) and, under Xen, as NVMe, and
whether CloudWatch recovers them or not."""
_LIKE = {"r6i": "m6i"}
"""A family of databases that EC2 does not sell here, and one in the same sizes."""
_GPUS = {"g5": Gpu("A10G", 22_888), "p3": Gpu("V100", 16_384)}


@cache
def instance_types() -> Mapping[str, InstanceType]:
    """Every type by its name, family by family and the smallest first; read once (1 ms)."""
    text = resources.files(__package__).joinpath(FIGURES).read_text("utf-8")
    return {each.name: each for each in parsed(text.splitlines())}


def parsed(lines: Iterable[str]) -> Iterable[InstanceType]:
    """The types of the lines; those that begin with # are for people."""
    families = _families()
    for line in lines:
        if line.startswith("#"):
            continue
        (name, vcpus, mib, ghz, network, baseline, peak, interfaces, addresses, mbps, iops,
         most_mbps, most_iops, volumes, disks, gpus) = line.split("\t")  # fmt: skip
        count, _, gb = disks.partition("x")
        yield InstanceType(
            name, families[name.partition(".")[0]], int(vcpus), int(mib), float(ghz), network,
            float(baseline or 0), float(peak or 0), int(interfaces), int(addresses), int(mbps),
            int(iops), int(most_mbps), int(most_iops), int(volumes or 0),
            (int(count or 0), int(gb or 0)), int(gpus or 0),
        )  # fmt: skip


def _families() -> dict[str, Family]:
    found = {}
    for line in filter(None, _FAMILIES.splitlines()):
        name, maker, *traits = line.split()
        found[name] = Family(_USES[name[0]], maker, frozenset(traits), _GPUS.get(name))
    return found


@cache
def sizes(family: str) -> tuple[str, ...]:
    """The sizes of a family, the smallest first: of `m5`, `db.r6g` or `cache.m6g`.

    Classes of databases and cache nodes come in EC2's sizes, but in none below `large` where they
    are not burstable, and none is a `nano`. Source: RDS user guide, "DB instance classes".
    """
    prefix = next((each for each in CLASSES if family.startswith(each)), "")
    name = family.removeprefix(prefix)
    name = _LIKE.get(name, name)
    found = [each.partition(".")[2] for each in instance_types() if each.startswith(f"{name}.")]
    least = "nano" if not prefix else "micro" if name.startswith("t") else "large"
    return tuple(size for size in found if SIZES[size] >= SIZES[least])
