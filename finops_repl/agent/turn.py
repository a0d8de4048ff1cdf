"""What one turn has used up and brought forth, and how far it may still go."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal

from finops_repl.agent.asking import Asked, Asking
from finops_repl.agent.budget import Budget
from finops_repl.agent.calls import CallDesk
from finops_repl.agent.citations import Fault
from finops_repl.agent.costs import UNKNOWN, CostBook, Costs
from finops_repl.agent.limits import TurnLimits
from finops_repl.agent.models.port import Model, ModelError, ModelRequest, ToolUse
from finops_repl.agent.narrator import Narrator
from finops_repl.agent.rises import need_of, rise_over
from finops_repl.base.caps import Used
from finops_repl.base.errors import ConnectionFailed, LimitReached
from finops_repl.base.events import (
    AnswerBlock,
    MendAsked,
    MendEnded,
    ModelFailed,
    ModelReplaced,
    TurnEnd,
    TurnFinished,
)
from finops_repl.base.money import plain_amount
from finops_repl.base.spend import Reservation, Spend
from finops_repl.tools.encoding import MAX_BYTES

__all__ = ["Turn"]

REFUSAL_TOKENS = 200
"""Of a call's result that says why it was not executed, at most."""
RESULT_TOKENS = MAX_BYTES // 3
"""Of a call's result, at most."""


@dataclass(slots=True)
class Turn:
    """One question on its way to an answer; `cancelled` stops its tools.

    The gateway's calls are on the session's ledger, which had spent `aws_before` at the start.
    `budgets` are this turn's and the session's. Dollars for a last answer are kept back in
    `last_answer`. A model that takes the place of one that stays away reads the question, which
    is message `question_at`, and what came after `replaced_at`.
    """

    spend: Spend
    session: Spend
    narrator: Narrator
    asking: Asking
    calls: CallDesk
    limits: TurnLimits
    cancelled: threading.Event
    aws_before: Decimal
    budgets: tuple[Budget, Budget]
    book: CostBook
    last_answer: Reservation
    nudged: bool = False
    compactions: int = 0
    question_at: int = 0
    replaced_at: int | None = None
    is_replaced: bool = False
    failure: str = ""
    is_mending: bool = False
    _answer: list[str] = field(default_factory=list)
    _cited: list[str] = field(default_factory=list)
    _faults: list[Fault] = field(default_factory=list)
    _same_calls: Counter[str] = field(default_factory=Counter)
    _pauses: int = 0
    _kept_back: bool = False

    def keep(self, asked: Asked) -> None:
        """What was shown of a complete reply is part of the answer."""
        self._answer += asked.blocks
        self._cited += asked.cited
        self._faults += asked.faults

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The figures of the answer that do not hold."""
        return tuple(self._faults)

    @contextmanager
    def mending(self) -> Iterator[None]:
        """Let another answer take the place of this one, if it comes whole.

        Left by an error, or without `mended`, the first answer stands.
        """
        first = self._answer, self._cited, self._faults
        self.narrator.emit(MendAsked(len(self._faults)))
        self._answer, self._cited, self._faults = [], [], []
        self.is_mending = True
        try:
            yield
        finally:
            if self.is_mending:
                self._answer, self._cited, self._faults = first
                self.is_mending = False
                self.narrator.emit(MendEnded(False))

    def mended(self) -> None:
        """The other answer is there."""
        self.is_mending = False
        self.narrator.emit(MendEnded(True))

    def may_pause(self) -> bool:
        """Count a pause of the model; false when there were too many."""
        self._pauses += 1
        return self._pauses <= self.limits.pauses

    def prepare(self, request: ModelRequest) -> None:
        """Keep back what a last answer may use after this request.

        Raises `LimitReached` where the caps do not hold the request and a last answer after it.
        """
        self._keep_back(self._last(request, request.max_tokens), self.asking.most(request).tokens)

    def prepare_calls(self, request: ModelRequest, calls: Sequence[ToolUse]) -> None:
        """Count the calls, and keep back what a last answer may use after them.

        `request` is the next one, without their results. Raises `LimitReached` where a cap does
        not hold them, or they were made before too often.
        """
        for budget in self.budgets:
            if short := budget.short_of(Used(tool_calls=len(calls))):
                raise short
        made = self._same_calls + Counter(_identity(call) for call in calls if not call.fault)
        if any(made[_identity(call)] > self.limits.same_call for call in calls):
            times = self.limits.same_call
            raise LimitReached(f"the same call was made {times} times and is not made again")
        self._keep_back(self._last(request, RESULT_TOKENS * len(calls)))
        self._same_calls = made
        self.budgets[0].tally.count(tool_calls=len(calls))
        self.warn()

    async def goes_beyond(self, limit: LimitReached) -> bool:
        """Whether the cap that was reached is raised with a yes of the user; recorded before it
        holds. Where nobody is there, or for a correction alone, nobody is asked.
        """
        if limit.cap is None or self.is_mending or not self.calls.approvals.attended:
            return False
        rise = rise_over(limit.cap)
        verdict = await self.calls.decide("", need_of(rise, limit.message))
        if not verdict.approved:
            return False
        self.narrator.emit(rise)
        raised = Decimal(rise.raised)
        for budget in self.budgets:
            if budget.of == rise.of:
                budget.raise_cap(rise.what, raised)
        if rise.what == "dollars":
            self.session.raise_cap(rise.of, raised)
        return True

    def release_last_answer(self) -> bool:
        """Free what was kept back, for the last answer itself; false where nothing was."""
        self.spend.release(self.last_answer)
        return self._kept_back

    def warn(self) -> None:
        """Tell once of each cap that is nearly reached."""
        for budget in self.budgets:
            for warning in budget.warnings():
                self.narrator.emit(warning)

    def seconds_left(self) -> float | None:
        """Until the turn's time or the session's is up; None without such a cap."""
        left = (budget.seconds_left() for budget in self.budgets)
        return min((seconds for seconds in left if seconds is not None), default=None)

    def _last(self, request: ModelRequest, grown: int) -> Used:
        """The most that a last answer uses when the conversation has grown by so many tokens."""
        refusals = REFUSAL_TOKENS * len(request.messages[-1].tool_uses)
        short = replace(request, max_tokens=self.limits.last_answer_tokens)
        return self.asking.most(short, grown=grown + refusals)

    def _keep_back(self, last: Used, tokens: int = 0) -> None:
        for budget in self.budgets:
            if short := budget.short_of(Used(tokens=tokens + last.tokens)):
                raise short
        self.spend.resize(self.last_answer, last.usd)
        self._kept_back = True

    @property
    def may_replace_model(self) -> bool:
        """Whether another model may go on: once, and not where there is an answer already."""
        return not self.is_replaced and not self.is_mending

    def replace_model(self, model: Model, error: ModelError, messages: int) -> None:
        """Let another model go on with the question, and say so."""
        replaced, self.asking = self.asking.model.name, replace(self.asking, model=model)
        self.is_replaced, self.replaced_at = True, messages
        self.failure = ConnectionFailed.__name__
        self.narrator.emit(ModelReplaced(replaced, model.name, error.message, error.hint))
        self.say(f"*{replaced} stays away ({error.message}). The {model.name} analyst goes on.*")

    def say(self, text: str) -> None:
        """A word of the host that belongs to the answer."""
        self.narrator.emit(AnswerBlock(text))
        self._answer.append(text)

    def fail(self, why: str, hint: str = "") -> TurnEnd:
        """Say why there is no answer."""
        self.narrator.emit(ModelFailed(why, hint))
        return "failed"

    def stop(self, why: str) -> TurnEnd:
        """Say in the answer itself why it goes no further."""
        self.say(f"*Stopped: {why}.*")
        return "limit"

    def costs(self) -> Costs:
        """What the turn has cost by now."""
        return self.book.costs(self.session.spent("aws") - self.aws_before)

    def finished(self, end: TurnEnd) -> TurnFinished:
        """The turn's last fact."""
        # Where there was no sandbox, an answer may be there, but not the one that was asked for.
        unavailable = "SandboxUnavailable"
        costs, used = self.costs(), self.budgets[0].used()
        return TurnFinished(
            end,
            "\n\n".join(self._answer),
            tuple(dict.fromkeys(self._cited)),
            UNKNOWN if costs.model_usd is None else plain_amount(costs.model_usd),
            plain_amount(costs.aws_usd),
            self.failure or (unavailable if unavailable in self.calls.failures else ""),
            used.tool_calls,
            round(used.seconds, 3),
        )


def _identity(call: ToolUse) -> str:
    return f"{call.name} {json.dumps(call.input, sort_keys=True, default=str)}"
