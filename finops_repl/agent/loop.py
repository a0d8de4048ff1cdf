"""The agent: ask the model, approve, act, record, until there is an answer.

Whatever happens (an error, a cap, Ctrl-C at any await), when a turn ends every tool call in the
history has one result, nothing that was cut off was executed, and `TurnFinished` is recorded.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from finops_repl.agent.approval import ApprovalDesk, ApprovalPolicy, Decision
from finops_repl.agent.asking import Asking
from finops_repl.agent.calls import CallDesk, Outcomes
from finops_repl.agent.history import History
from finops_repl.agent.limits import TurnLimits
from finops_repl.agent.models.port import (
    Message,
    Model,
    ModelError,
    ModelRequest,
    ToolSpec,
    ToolUse,
)
from finops_repl.agent.narrator import Narrator
from finops_repl.agent.prompt import SYSTEM_PROMPT
from finops_repl.base.errors import ApprovalRequired, FinopsError, InputError, LimitReached
from finops_repl.base.events import (
    AnswerBlock,
    Event,
    EventLog,
    ModelFailed,
    QuestionAsked,
    ToolRequested,
    TurnEnd,
    TurnFinished,
)
from finops_repl.base.scope import Scope
from finops_repl.base.spend import Spend
from finops_repl.tools.figures import FigureLedger
from finops_repl.tools.toolbox import ToolBox, failed, schema_of

__all__ = ["Agent"]


def _today_utc() -> date:
    return datetime.now(UTC).date()


@dataclass(slots=True)
class _Turn:
    """What one turn has used up and brought forth."""

    spend: Spend
    narrator: Narrator
    asking: Asking
    calls: CallDesk
    answer: list[str] = field(default_factory=list)
    cited: list[str] = field(default_factory=list)
    tool_calls: int = 0
    same_calls: Counter[str] = field(default_factory=Counter)
    pauses: int = 0
    nudged: bool = False


class Agent:
    """One conversation about one account.

    `record` gets each event before any reader does. `history` may hold an earlier conversation;
    `today` is the account's own day (a simulated account has one of its own).
    """

    def __init__(
        self,
        scope: Scope,
        model: Model,
        tools: ToolBox,
        approvals: ApprovalPolicy,
        log: EventLog,
        record: Callable[[Event], None] = lambda event: None,
        *,
        figures: FigureLedger | None = None,
        history: History | None = None,
        limits: TurnLimits | None = None,
        today: Callable[[], date] = _today_utc,
    ) -> None:
        self._scope = scope
        self._model = model
        self._tools = tools
        self._specs = tuple(
            ToolSpec(tool.name, tool.description, schema_of(tool)) for tool in tools.tools
        )
        self._approvals = ApprovalDesk(approvals, scope.grants)
        self._log = log
        self._record = record
        self._figures = figures or FigureLedger()
        self._history = history or History()
        self._limits = limits or TurnLimits()
        self._today = today
        self._running: asyncio.Task[None] | None = None

    @property
    def figures(self) -> FigureLedger:
        """Every figure that an answer of this session may cite."""
        return self._figures

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation so far."""
        return self._history.messages

    def answer(self, approval_id: str, decision: Decision, reason: str = "") -> None:
        """Answer an `ApprovalRequested` by its id; `InputError` when it no longer waits."""
        self._approvals.answer(approval_id, decision, reason)

    def interrupt(self) -> None:
        """End the running turn; `run` still gives its last events, `TurnFinished` included."""
        if self._running is not None:
            # Behind the turn's own first step: a task cancelled before it could end nothing.
            asyncio.get_running_loop().call_soon(self._running.cancel)

    async def run(self, question: str) -> AsyncGenerator[Event, None]:
        """The events of one turn, ending in `TurnFinished`.

        Closing this iterator, or cancelling who consumes it, interrupts the turn: its tools are
        stopped and its end is recorded before the close returns.
        """
        if not question.strip():
            raise InputError("the question is empty", hint="ask something about the bill")
        if self._running is not None:
            raise InputError("a turn is running", hint="wait for it, or interrupt it")
        narrator = Narrator(self._log, self._record)
        turn = asyncio.create_task(self._turn(question, narrator))
        self._running = turn
        try:
            async for event in narrator.events():
                yield event
            await asyncio.wait([turn])
            if not turn.cancelled():
                turn.result()  # a defect of ours is not hidden
        finally:
            self._running = None
            if not turn.done():
                turn.cancel()
                await asyncio.wait([turn])

    async def _turn(self, question: str, narrator: Narrator) -> None:
        turn = self._new_turn(narrator)
        end: TurnEnd = "failed"
        failure = ""
        narrator.emit(QuestionAsked(question, self._model.name))
        try:
            context = {
                "account": self._scope.account,
                "today": self._today().isoformat(),
                "time_zone": "UTC",
            }
            self._history.ask(question, context)
            end = await self._converse(turn)
        except asyncio.CancelledError:
            end = "interrupted"
            raise
        except ApprovalRequired as error:
            end, failure = "approval_required", type(error).__name__
            narrator.emit(ModelFailed(error.message, error.hint))
        except LimitReached as error:
            end, failure = "limit", type(error).__name__
            narrator.emit(ModelFailed(error.message, error.hint))
        except ModelError as error:
            failure = "ConnectionFailed"
            narrator.emit(ModelFailed(error.message, error.hint))
        finally:
            turn.calls.cancelled.set()
            self._history.answer_open_calls()
            narrator.emit(
                TurnFinished(
                    end,
                    "\n\n".join(turn.answer),
                    tuple(dict.fromkeys(turn.cited)),
                    "unknown" if self._model.price is None else _plain(turn.spend.spent("model")),
                    _plain(turn.spend.spent("aws")),
                    failure or _kept_from(turn.calls.failures),
                )
            )
            narrator.close()

    def _new_turn(self, narrator: Narrator) -> _Turn:
        spend = self._scope.spend.child("turn")
        asking = Asking(self._model, self._figures, spend, self._limits, narrator.emit)
        calls = CallDesk(
            self._tools,
            self._approvals,
            self._figures,
            replace(self._scope, spend=spend),
            narrator.emit,
            threading.Event(),
            self._limits.tool_stop_s,
            [],
        )
        return _Turn(spend, narrator, asking, calls)

    async def _converse(self, turn: _Turn) -> TurnEnd:
        for _ in range(self._limits.model_calls):
            asked = await turn.asking.ask(self._request())
            reply = asked.reply
            if reply.stop == "refusal":
                why = reply.stop_detail or "no reason was given"
                turn.narrator.emit(ModelFailed(f"the model refused: {why}"))
                return "refused"
            if not reply.tool_uses and not reply.text.strip() and reply.stop != "pause_turn":
                if turn.nudged:
                    turn.narrator.emit(ModelFailed("the model gave an empty answer twice"))
                    return "failed"
                turn.nudged = True
                self._history.add_note("Your reply was empty. Go on, or give your answer.")
                continue
            self._history.add_reply(reply)
            turn.answer += asked.blocks
            turn.cited += asked.cited
            match reply.stop:
                case "pause_turn" if not reply.tool_uses:
                    turn.pauses += 1
                    if turn.pauses > self._limits.pauses:
                        return self._stopped(turn, "the model paused too often")
                    continue
                case "unknown":
                    why = f"the model stopped for an unknown reason: {reply.stop_detail}"
                    turn.narrator.emit(ModelFailed(why))
                    return "failed"
                case "context_full":
                    hint = "start a new session; workflows and files are kept"
                    turn.narrator.emit(ModelFailed("the conversation is full", hint))
                    return "failed"
            for call in reply.tool_uses:
                turn.narrator.emit(ToolRequested(call.id, call.name, call.input))
            if reply.tool_uses:
                if why := self._beyond_limits(turn, reply.tool_uses):
                    return await self._last_answer(turn, why)
                await self._act(turn, reply.tool_uses)
            elif reply.stop == "max_tokens":
                return self._stopped(turn, "the answer reached its length limit and is cut off")
            else:
                return "answered"
        return self._stopped(turn, f"{self._limits.model_calls} calls of the model brought no end")

    async def _act(self, turn: _Turn, calls: tuple[ToolUse, ...]) -> None:
        """Run the calls and answer every one of them, also when this is interrupted."""
        outcomes: Outcomes = {}
        try:
            await turn.calls.run(calls, outcomes)
        except ApprovalRequired as error:
            self._answer_all(turn, calls, error)
            raise
        finally:
            self._history.answer_open_calls(outcomes)

    def _beyond_limits(self, turn: _Turn, calls: tuple[ToolUse, ...]) -> str:
        """Count the calls; says which cap they pass, if they do."""
        turn.tool_calls += len(calls)
        turn.same_calls.update(_identity(call) for call in calls if not call.fault)
        if turn.tool_calls > self._limits.tool_calls:
            return f"the cap of {self._limits.tool_calls} tool calls for a question is reached"
        if any(turn.same_calls[_identity(call)] > self._limits.same_call for call in calls):
            return f"the same call was made {self._limits.same_call} times and is not made again"
        return ""

    async def _last_answer(self, turn: _Turn, why: str) -> TurnEnd:
        """Execute nothing more; let the model say what it found, with the same tools in sight."""
        calls = self._history.open_calls
        error = LimitReached(f"{why}; this was not executed", hint="answer with what you have")
        self._answer_all(turn, calls, error)
        asked = await turn.asking.ask(replace(self._request(), may_use_tools=False))
        if asked.reply.stop != "refusal" and asked.reply.text.strip():
            self._history.add_reply(asked.reply)
            turn.answer += asked.blocks
            turn.cited += asked.cited
        return self._stopped(turn, why)

    def _answer_all(self, turn: _Turn, calls: tuple[ToolUse, ...], error: FinopsError) -> None:
        result = failed(error)
        self._history.answer_open_calls(
            {call.id: turn.calls.refuse(call, result) for call in calls}
        )

    def _stopped(self, turn: _Turn, why: str) -> TurnEnd:
        text = f"*Stopped: {why}.*"
        turn.narrator.emit(AnswerBlock(text))
        turn.answer.append(text)
        return "limit"

    def _request(self) -> ModelRequest:
        return ModelRequest(SYSTEM_PROMPT, self._specs, self._history.messages)


def _identity(call: ToolUse) -> str:
    return f"{call.name} {json.dumps(call.input, sort_keys=True, default=str)}"


def _kept_from(failures: list[str]) -> str:
    """The failure that no other way around was found for: there was no sandbox to run in."""
    return "SandboxUnavailable" if "SandboxUnavailable" in failures else ""


def _plain(dollars: Decimal) -> str:
    return f"{dollars.normalize():f}"
