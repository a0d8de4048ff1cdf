"""What CloudWatch has series of: metrics with their dimensions, and where each comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from finops_repl.simulator.metrics.readings import Part

__all__ = ["Dimensions", "Family", "Metric", "Series"]

Dimensions = tuple[tuple[str, str], ...]
"""Names and values, in the order of the names."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of one resource in a region: `AWS/EC2`, `CPUUtilization`, its dimensions."""

    namespace: str
    name: str
    dimensions: Dimensions

    def of(self, dimension: str) -> str:
        """The value of its one dimension, if that is this one; else nothing."""
        (name, value), *others = self.dimensions or (("", ""),)
        return value if name == dimension and not others else ""


@dataclass(frozen=True, slots=True)
class Series:
    """A metric's readings over some days: its unit, its resolution in seconds, its parts."""

    unit: str
    resolution: int
    parts: Sequence[Part]


class Family(Protocol):
    """The metrics of one or more namespaces."""

    @property
    def namespaces(self) -> frozenset[str]:
        """The namespaces of its metrics; another family may have others of the same."""
        ...

    def metrics(self, region: str) -> Iterator[tuple[Metric, str]]:
        """Every metric of a region with the id of the account that owns it."""
        ...

    def series(
        self, asked: Sequence[Metric], region: str, first: date, last: date
    ) -> Mapping[Metric, Series]:
        """The series of these of its metrics over days, both included."""
        ...
