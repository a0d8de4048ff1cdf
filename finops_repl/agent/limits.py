"""How far one turn may go before it must stop and say so."""

from __future__ import annotations

from dataclasses import dataclass

from finops_repl.base.caps import NO_CAPS, TURN_CAPS, Caps

__all__ = ["TurnLimits"]


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """What one turn and the session may use, and the patience with a model and its server.

    `same_call` counts executions of one tool with identical input: a result that did not help
    three times will not help a fourth time. Waits are seconds, and told again every `countdown_s`.
    `last_answer_tokens` are kept back for an answer where a cap ends the turn.
    """

    turn: Caps = TURN_CAPS
    session: Caps = NO_CAPS
    model_calls: int = 40
    same_call: int = 3
    pauses: int = 5
    compactions: int = 2
    last_answer_tokens: int = 4_000
    attempts: int = 4
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    countdown_s: float = 5.0
    tool_stop_s: float = 15.0
