"""One piece of advice about one resource, whoever gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Action", "Advice", "Finding", "Kind", "Option"]

Kind = Literal["instance", "group", "volume", "database", "function", "nat"]
Action = Literal["", "Stop", "Delete", "Rightsize", "Upgrade"]
Finding = Literal["Optimized", "Overprovisioned", "Underprovisioned", "NotOptimized"]


@dataclass(frozen=True, slots=True)
class Option:
    """What a resource may become: `target` says what, `readings` what is expected of it there.

    Savings are dollars a month, at list prices and as the ledger is charged: hours that a
    commitment pays for save nothing at once.
    """

    target: str
    savings: float
    savings_after: float
    readings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Advice:
    """What is found of a resource and what may be done; `action` is empty where nothing is.

    `readings` are those that the finding rests on, `listed` and `amortized` what it costs a month.
    `options` are ranked, the recommended one first. An idle resource has an `idle` finding; what it
    saves is the whole of it: `idle_savings` at list prices, `idle_savings_after` as charged.
    """

    kind: Kind
    id: str
    arn: str
    account_id: str
    region: str
    current: str
    finding: Finding
    action: Action = ""
    reasons: tuple[str, ...] = ()
    idle: Literal["", "Idle", "Unattached", "Unused"] = ""
    readings: Mapping[str, float] = field(default_factory=dict)
    listed: float = 0
    amortized: float = 0
    idle_savings: float = 0
    idle_savings_after: float = 0
    options: tuple[Option, ...] = ()
    days: int = 14
    name: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def savings(self) -> float:
        """What the action saves a month at list prices."""
        if self.idle:
            return self.idle_savings
        return self.options[0].savings if self.options else 0

    @property
    def savings_after(self) -> float:
        """What it saves a month as the ledger is charged."""
        if self.idle:
            return self.idle_savings_after
        return self.options[0].savings_after if self.options else 0

    @property
    def target(self) -> str:
        """What the action makes of it."""
        return "" if self.idle or not self.options else self.options[0].target
