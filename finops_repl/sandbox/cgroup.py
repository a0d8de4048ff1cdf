"""What the kernel's cgroup files say of a box's limits, in both layouts of them.

Sources: Documentation/admin-guide/cgroup-v1 (memory, pids) and cgroup-v2 of the Linux kernel,
Documentation/scheduler/sched-bwc for the quota of processor time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["CgroupLimits", "CgroupVersion", "read_cgroup"]

CgroupVersion = Literal["v1", "v2", "unknown"]

ROOT = "/sys/fs/cgroup"
CONTROLLED = frozenset({"memory", "pids", "cpu"})
V1_UNLIMITED = 1 << 62
"""Version 1 writes no word for "none": its memory files then hold nearly 2**63."""


@dataclass(frozen=True, slots=True)
class CgroupLimits:
    """Bytes, processes and processors; infinity where the file says none, None where it is not.

    `memory_and_swap` bounds both together, `memory` the first alone.
    """

    version: CgroupVersion
    memory: float | None = None
    memory_and_swap: float | None = None
    pids: float | None = None
    cpus: float | None = None


def read_cgroup(files: Mapping[str, str]) -> CgroupLimits:
    """The limits in files of a box, given as text by path; what is missing or odd is None."""
    match _version(files):
        case "v2":
            memory = _number(files, "memory.max")
            swap = _number(files, "memory.swap.max")
            both = None if memory is None or swap is None else memory + swap
            quota, _, period = files.get(f"{ROOT}/cpu.max", "").strip().partition(" ")
            return CgroupLimits(
                "v2", memory, both, _number(files, "pids.max"), _share(quota, period)
            )
        case "v1":
            return CgroupLimits(
                "v1",
                _number(files, "memory/memory.limit_in_bytes"),
                _number(files, "memory/memory.memsw.limit_in_bytes"),
                _number(files, "pids/pids.max"),
                _share(
                    files.get(f"{ROOT}/cpu/cpu.cfs_quota_us", ""),
                    files.get(f"{ROOT}/cpu/cpu.cfs_period_us", ""),
                ),
            )
        case _:
            return CgroupLimits("unknown")


def _version(files: Mapping[str, str]) -> CgroupVersion:
    """Which layout limits the box; a host may mount both and use one for these limits."""
    if f"{ROOT}/cgroup.controllers" in files:
        return "v2"
    for line in files.get("/proc/self/cgroup", "").splitlines():
        _, _, rest = line.partition(":")  # hierarchy:controllers:path
        if CONTROLLED & set(rest.partition(":")[0].split(",")):
            return "v1"
    return "unknown"


def _number(files: Mapping[str, str], name: str) -> float | None:
    text = files.get(f"{ROOT}/{name}", "").strip()
    if text == "max":
        return math.inf
    if not text.isdecimal():
        return None
    number = int(text)
    return math.inf if number >= V1_UNLIMITED else number


def _share(quota: str, period: str) -> float | None:
    quota, period = quota.strip(), period.strip()
    if quota in ("max", "-1"):
        return math.inf
    if not quota.isdecimal() or not period.isdecimal() or int(period) == 0:
        return None
    return int(quota) / int(period)
