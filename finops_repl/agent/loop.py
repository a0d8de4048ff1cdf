"""The agent: ask the model, approve, act, record, until there is an answer.

Whatever happens (an error, a cap, Ctrl-C at any await), when a turn ends every tool call in the
history has one result, nothing that was cut off was executed, and `TurnFinished` is recorded.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

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
from finops_repl.agent.turn import Turn
from finops_repl.base.errors import ApprovalRequired, ConnectionFailed, InputError, LimitReached
from finops_repl.base.events import (
    Event,
    EventLog,
    ModelFailed,
    QuestionAsked,
    ToolRequested,
    TurnEnd,
)
from finops_repl.base.scope import Scope
from finops_repl.tools.figures import FigureLedger
from finops_repl.tools.toolbox import ToolBox, schema_of

__all__ = ["Agent"]


def _today_utc() -> date:
    return datetime.now(UTC).date()


class Agent:
    """One conversation about one account.

    `record` gets each event before any reader does. `history` may hold an earlier conversation;
    `today` is the account's own day (a simulated account has one of its own), `context` what else
    the host knows beside each question.
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
        context: Mapping[str, str] | None = None,
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
        self._context = context or {}
        self._running: asyncio.Task[None] | None = None
        self._context_tokens: int | None = None

    @property
    def context_tokens(self) -> int | None:
        """What the conversation fills of the model's context, by the last reply; None before."""
        return self._context_tokens

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
        narrator.emit(QuestionAsked(question, self._model.name))
        try:
            context = {
                "account": self._scope.account,
                "today": self._today().isoformat(),
                "time_zone": "UTC",
                **self._context,
            }
            self._history.ask(question, context)
            end = await self._converse(turn)
        except asyncio.CancelledError:
            end = "interrupted"
            raise
        except ApprovalRequired as error:
            end, turn.failure = "approval_required", type(error).__name__
            narrator.emit(ModelFailed(error.message, error.hint))
        except LimitReached as error:
            end, turn.failure = "limit", type(error).__name__
            narrator.emit(ModelFailed(error.message, error.hint))
        except ModelError as error:
            end, turn.failure = turn.fail(error.message, error.hint), ConnectionFailed.__name__
        finally:
            turn.cancelled.set()
            self._history.answer_open_calls()
            narrator.emit(turn.finished(end))
            narrator.close()

    def _new_turn(self, narrator: Narrator) -> Turn:
        spend = self._scope.spend.child("turn")
        cancelled = threading.Event()
        calls = CallDesk(
            self._tools,
            self._approvals,
            self._figures,
            replace(self._scope, spend=spend),
            narrator.emit,
            cancelled,
            self._limits.tool_stop_s,
        )
        asking = Asking(self._model, self._figures, spend, self._limits, narrator.emit)
        priced = self._model.price is not None
        session = self._scope.spend
        return Turn(
            spend,
            session,
            narrator,
            asking,
            calls,
            self._limits,
            cancelled,
            priced,
            session.spent("aws"),
        )

    async def _converse(self, turn: Turn) -> TurnEnd:
        for _ in range(self._limits.model_calls):
            asked = await turn.asking.ask(self._request())
            reply = asked.reply
            self._context_tokens = reply.usage.whole_context or None
            if reply.stop == "refusal":
                turn.fail(f"the model refused: {reply.stop_detail or 'no reason was given'}")
                return "refused"
            if not reply.tool_uses and not reply.text.strip() and reply.stop != "pause_turn":
                if turn.nudged:
                    return turn.fail("the model gave an empty answer twice")
                turn.nudged = True
                self._history.add_note("Your reply was empty. Go on, or give your answer.")
                continue
            self._history.add_reply(reply)
            turn.keep(asked)
            if reply.stop == "gave_up":
                return "failed"
            if reply.stop == "unknown":
                return turn.fail(f"the model stopped for an unknown reason: {reply.stop_detail}")
            if reply.stop == "context_full":
                hint = "start a new session; workflows and files are kept"
                return turn.fail("the conversation is full", hint)
            for call in reply.tool_uses:
                turn.narrator.emit(ToolRequested(call.id, call.name, call.input))
            if reply.tool_uses:
                if why := turn.beyond_limits(reply.tool_uses):
                    return await self._last_answer(turn, why)
                await self._act(turn, reply.tool_uses)
            elif reply.stop == "pause_turn":
                if not turn.may_pause():
                    return turn.stop("the model paused too often")
            elif reply.stop == "max_tokens":
                return turn.stop("the answer reached its length limit and is cut off")
            else:
                return "answered"
        return turn.stop(f"{self._limits.model_calls} calls of the model brought no end")

    async def _act(self, turn: Turn, calls: tuple[ToolUse, ...]) -> None:
        """Run the calls and answer every one of them, also when this is interrupted."""
        outcomes: Outcomes = {}
        try:
            await turn.calls.run(calls, outcomes)
        except ApprovalRequired as error:
            outcomes = turn.calls.refuse(calls, error)
            raise
        finally:
            self._history.answer_open_calls(outcomes)

    async def _last_answer(self, turn: Turn, why: str) -> TurnEnd:
        """Execute nothing more; let the model say what it found, with the same tools in sight."""
        error = LimitReached(f"{why}; this was not executed", hint="answer with what you have")
        self._history.answer_open_calls(turn.calls.refuse(self._history.open_calls, error))
        asked = await turn.asking.ask(replace(self._request(), may_use_tools=False))
        if asked.reply.stop != "refusal" and asked.reply.text.strip():
            self._history.add_reply(asked.reply)
            turn.keep(asked)
        return turn.stop(why)

    def _request(self) -> ModelRequest:
        return ModelRequest(SYSTEM_PROMPT, self._specs, self._history.messages)
