"""The most that a turn, or all turns of a session, may use; and what they have used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

__all__ = ["NO_CAPS", "TURN_CAPS", "CapOf", "CapReached", "CapWhat", "Caps", "Used"]

CapOf = Literal["turn", "session"]
CapWhat = Literal["dollars", "tokens", "tool calls", "seconds"]


@dataclass(frozen=True, slots=True)
class Caps:
    """Dollars (model and AWS), tokens (input, cache and output), tool calls, seconds of work.

    None is no cap. Seconds in which the user is asked for an approval do not count.
    """

    usd: Decimal | None = None
    tokens: int | None = None
    tool_calls: int | None = None
    seconds: float | None = None


NO_CAPS = Caps()
TURN_CAPS = Caps(usd=Decimal(5), tool_calls=30, seconds=1800)
"""Of a question where nobody says otherwise: a runaway ends, an investigation does not."""


@dataclass(frozen=True, slots=True)
class CapReached:
    """The cap that does not hold what comes next: `needed` in all, in the unit of `what`."""

    of: CapOf
    what: CapWhat
    cap: Decimal
    needed: Decimal


@dataclass(frozen=True, slots=True)
class Used:
    """As much of each as was used, in the units of `Caps`."""

    usd: Decimal = Decimal(0)
    tokens: int = 0
    tool_calls: int = 0
    seconds: float = 0.0

    def since(self, before: Used) -> Used:
        """What was used after `before`."""
        return Used(
            self.usd - before.usd,
            self.tokens - before.tokens,
            self.tool_calls - before.tool_calls,
            self.seconds - before.seconds,
        )
