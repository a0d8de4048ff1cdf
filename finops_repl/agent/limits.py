"""How far one turn may go before it must stop and say so."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TurnLimits"]


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """Caps of one turn, and of the patience with a model's server.

    `same_call` counts executions of one tool with identical input: a result that did not help
    three times will not help a fourth time. Waits are seconds.
    """

    tool_calls: int = 30
    model_calls: int = 40
    same_call: int = 3
    pauses: int = 5
    attempts: int = 4
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    tool_stop_s: float = 15.0
