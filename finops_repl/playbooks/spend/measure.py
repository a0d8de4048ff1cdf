"""A column of costs in a table of an answer."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Measure"]


@dataclass(frozen=True, slots=True)
class Measure:
    """The cost of the rows that fulfil `where`, or of all.

    `name` says what it is and in which currency; `head` stands above it.
    """

    name: str
    head: str
    where: str = ""
