"""What looks like an incident and is none: in every organisation, whatever is wrong in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from finops_repl.simulator.months import Calendar
from finops_repl.simulator.scene import Scene
from finops_repl.simulator.world import Account, World

__all__ = ["Decoy", "Harmless"]


@dataclass(frozen=True, slots=True)
class Harmless:
    """Where a decoy is, from day `first` to `last`, and why it is no incident.

    No accounts and regions mean all. `resources` are identifiers on the bill, `evidence` says where
    the account shows that it is harmless.
    """

    name: str
    accounts: tuple[Account, ...]
    regions: tuple[str, ...]
    first: int
    last: int
    resources: tuple[str, ...]
    reason: str
    evidence: str


class Decoy(Protocol):
    """One of them."""

    def staged(self, world: World, calendar: Calendar) -> tuple[Scene, Harmless]:
        """Its scene, and what to know about it."""
        ...
