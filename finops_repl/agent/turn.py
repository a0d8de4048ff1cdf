"""What one turn has used up and brought forth, and how far it may still go."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from finops_repl.agent.asking import Asked, Asking
from finops_repl.agent.calls import CallDesk
from finops_repl.agent.limits import TurnLimits
from finops_repl.agent.models.port import ToolUse
from finops_repl.agent.narrator import Narrator
from finops_repl.base.events import AnswerBlock, ModelFailed, TurnEnd, TurnFinished
from finops_repl.base.money import plain_amount
from finops_repl.base.spend import Spend

__all__ = ["Turn"]


@dataclass(slots=True)
class Turn:
    """One question on its way to an answer; `cancelled` stops its tools.

    The gateway's calls are on the session's budget, which had spent `aws_before` at the start.
    """

    spend: Spend
    session: Spend
    narrator: Narrator
    asking: Asking
    calls: CallDesk
    limits: TurnLimits
    cancelled: threading.Event
    priced: bool
    aws_before: Decimal
    nudged: bool = False
    failure: str = ""
    _answer: list[str] = field(default_factory=list)
    _cited: list[str] = field(default_factory=list)
    _tool_calls: int = 0
    _same_calls: Counter[str] = field(default_factory=Counter)
    _pauses: int = 0

    def keep(self, asked: Asked) -> None:
        """What was shown of a complete reply is part of the answer."""
        self._answer += asked.blocks
        self._cited += asked.cited

    def may_pause(self) -> bool:
        """Count a pause of the model; false when there were too many."""
        self._pauses += 1
        return self._pauses <= self.limits.pauses

    def beyond_limits(self, calls: Sequence[ToolUse]) -> str:
        """Count the calls; says which cap they pass, if they do."""
        self._tool_calls += len(calls)
        self._same_calls.update(_identity(call) for call in calls if not call.fault)
        if self._tool_calls > self.limits.tool_calls:
            return f"the cap of {self.limits.tool_calls} tool calls for a question is reached"
        if any(self._same_calls[_identity(call)] > self.limits.same_call for call in calls):
            return f"the same call was made {self.limits.same_call} times and is not made again"
        return ""

    def fail(self, why: str, hint: str = "") -> TurnEnd:
        """Say why there is no answer."""
        self.narrator.emit(ModelFailed(why, hint))
        return "failed"

    def stop(self, why: str) -> TurnEnd:
        """Say in the answer itself why it goes no further."""
        text = f"*Stopped: {why}.*"
        self.narrator.emit(AnswerBlock(text))
        self._answer.append(text)
        return "limit"

    def finished(self, end: TurnEnd) -> TurnFinished:
        """The turn's last fact."""
        # Where there was no sandbox, an answer may be there, but not the one that was asked for.
        unavailable = "SandboxUnavailable"
        return TurnFinished(
            end,
            "\n\n".join(self._answer),
            tuple(dict.fromkeys(self._cited)),
            plain_amount(self.spend.spent("model")) if self.priced else "unknown",
            plain_amount(self.session.spent("aws") - self.aws_before),
            self.failure or (unavailable if unavailable in self.calls.failures else ""),
        )


def _identity(call: ToolUse) -> str:
    return f"{call.name} {json.dumps(call.input, sort_keys=True, default=str)}"
