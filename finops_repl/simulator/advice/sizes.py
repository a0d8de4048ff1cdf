"""Instance types of a family and what they hold: what a recommendation may choose from."""

from __future__ import annotations

from collections.abc import Iterator

from finops_repl.simulator.instance_types import instance_types, sizes
from finops_repl.simulator.metrics.databases import memory_gb
from finops_repl.simulator.offers import SIZES

__all__ = ["HEADROOM_PERCENT", "memory", "smaller", "vcpus"]

HEADROOM_PERCENT = 80
"""What a resource may be busy at most after the change: 20 % headroom, Compute Optimizer's default.
Source: Compute Optimizer user guide, "Rightsizing recommendation preferences"."""


def smaller(kind: str) -> Iterator[tuple[str, float]]:
    """The smaller types of a type's family, the next one first, each with its share of the size."""
    family, _, size = kind.rpartition(".")
    for name in reversed(sizes(family)):
        if SIZES[name] < SIZES[size]:
            yield f"{family}.{name}", SIZES[name] / SIZES[size]


def vcpus(kind: str) -> int:
    """The virtual processors of a type; databases and cache nodes have those of EC2's type."""
    family, _, size = kind.rpartition(".")
    known = instance_types().get(f"{family.rpartition('.')[2]}.{size}")
    return known.vcpus if known else round(2 * SIZES[size] / SIZES["large"])


def memory(kind: str) -> float:
    """The memory of a type in GiB."""
    known = instance_types().get(kind)
    return known.gib if known else memory_gb(kind)
