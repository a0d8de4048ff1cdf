"""Instance types of a family and what they hold: what a recommendation may choose from."""

from __future__ import annotations

from collections.abc import Iterator

from finops_repl.simulator.metrics.databases import memory_gb
from finops_repl.simulator.offers import SIZES

__all__ = ["HEADROOM_PERCENT", "memory", "smaller", "vcpus"]

HEADROOM_PERCENT = 80
"""What a resource may be busy at most after the change: 20 % headroom, Compute Optimizer's default.
Source: Compute Optimizer user guide, "Rightsizing recommendation preferences"."""
_SMALLEST = {"t3": "nano", "t4g": "nano", "db.t4g": "micro", "m6g": "medium", "m7g": "medium",
             "c6g": "medium", "c7g": "medium", "r6g": "medium", "r7g": "medium", "p3": "2xlarge",
             "g5": "xlarge"}  # fmt: skip
"""The smallest size that a family is sold in, where it is not `large`."""
_ODD = {"p3": ("2xlarge", "8xlarge", "16xlarge"), "r5": ("large", "xlarge", "2xlarge", "4xlarge",
        "8xlarge", "12xlarge", "16xlarge", "24xlarge")}  # fmt: skip
_GB_PER_VCPU = {"c": 2, "m": 4, "r": 8, "t": 4, "i": 8, "g": 4, "p": 7.625}


def smaller(kind: str) -> Iterator[tuple[str, float]]:
    """The smaller types of a type's family, the next one first, each with its share of the size."""
    family, _, size = kind.rpartition(".")
    sold = _ODD.get(family, tuple(SIZES))
    least = SIZES[_SMALLEST.get(family, "large")]
    for name in reversed(SIZES):
        if name in sold and least <= SIZES[name] < SIZES[size]:
            yield f"{family}.{name}", SIZES[name] / SIZES[size]


def vcpus(kind: str) -> int:
    """The virtual processors of a type: two of a `large`, and never fewer than one."""
    return max(1, round(2 * SIZES[kind.rpartition(".")[2]] / SIZES["large"]))


def memory(kind: str) -> float:
    """The memory of a type in GiB."""
    if kind.startswith(("db.", "cache.")):
        return memory_gb(kind)
    size = SIZES[kind.rpartition(".")[2]] / SIZES["large"]
    return _GB_PER_VCPU[kind[0]] * 2 * size
