"""The agent: ask the model, approve, act, record, until there is an answer.

Whatever happens (an error, a cap, Ctrl-C at any await), when a turn ends every tool call in the
history has one result, nothing that was cut off was executed, and `TurnFinished` is recorded.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from finops_repl.agent.approval import ApprovalDesk, ApprovalPolicy, Decision
from finops_repl.agent.asking import Asking
from finops_repl.agent.budget import Budget, Tally
from finops_repl.agent.calls import CallDesk
from finops_repl.agent.compaction import open_question
from finops_repl.agent.conversing import Conversing
from finops_repl.agent.costs import CostBook, CostReport, Costs
from finops_repl.agent.ending import ended
from finops_repl.agent.given_figures import given_figures
from finops_repl.agent.history import History
from finops_repl.agent.limits import TurnLimits
from finops_repl.agent.models.port import (
    Message,
    Model,
    ModelError,
    ToolSpec,
)
from finops_repl.agent.models.wire import encodable
from finops_repl.agent.narrator import Narrator
from finops_repl.agent.prompt import instructions_hash
from finops_repl.agent.turn import Turn
from finops_repl.base.caps import Used
from finops_repl.base.errors import ApprovalRequired, ConnectionFailed, InputError, LimitReached
from finops_repl.base.events import (
    BranchOpened,
    Event,
    EventLog,
    Fact,
    ModelFailed,
    ModelUsed,
    QuestionAsked,
    TurnEnd,
)
from finops_repl.base.scope import Scope
from finops_repl.base.spend import Reservation
from finops_repl.tools.figures import FigureLedger, shown_number
from finops_repl.tools.redaction import redact
from finops_repl.tools.toolbox import ToolBox, schema_of

__all__ = ["Agent"]


def _today_utc() -> date:
    return datetime.now(UTC).date()


class Agent:
    """One conversation about one account.

    `record` gets each event before any reader does. `history` may hold an earlier conversation;
    `today` is the account's own day (a simulated account has one of its own), `context` what else
    the host knows beside each question, in words of ours. `fallback` goes on with a question where
    the model stays away. `clock` gives the seconds of its caps. `used` beside dollars, and what is
    in the `book` of costs, counts for the session as if this agent had used it.
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
        fallback: Model | None = None,
        clock: Callable[[], float] = time.monotonic,
        used: Used | None = None,
        book: CostBook | None = None,
    ) -> None:
        self._scope = scope
        self._model = model
        self._fallback = fallback
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
        self._instructions = instructions_hash(self._specs)
        self._tally = Tally(scope.spend, clock)
        if used is not None:
            self._tally.count(tokens=used.tokens, tool_calls=used.tool_calls, seconds=used.seconds)
        self._budget = Budget("session", self._limits.session, self._tally)
        self._book = book or CostBook()
        self._last_turn = Costs()
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

    @property
    def instructions(self) -> str:
        """The hash of system prompt and tools, which are constant here."""
        return self._instructions

    def costs(self) -> CostReport:
        """What the session and its last turn have cost, the model and AWS apart."""
        return CostReport(self._book.costs(self._scope.spend.spent("aws")), self._last_turn)

    @property
    def model(self) -> Model:
        """Who answers the next question."""
        return self._model

    @property
    def approvals(self) -> ApprovalDesk:
        """What was granted, and what waits."""
        return self._approvals

    def tell(self, fact: Fact) -> None:
        """Record what happens between turns; `InputError` while one runs."""
        if self._running is not None and not self._running.done():
            raise InputError("a turn is running", hint="wait for it, or interrupt it")
        self._record(self._log.wrap(fact))

    def open_branch(
        self, branch: BranchOpened, model: Model | None = None, fallback: Model | None = None
    ) -> None:
        """Go on from another conversation, or with another model and the `fallback` of that;
        recorded before it holds."""
        self.tell(branch)
        self._history.follow(branch)
        if model is not None:
            self._model, self._fallback = model, fallback

    def answer(
        self, approval_id: str, decision: Decision, reason: str = "", code: str | None = None
    ) -> None:
        """Answer an `ApprovalRequested` by its id; `InputError` when it no longer waits.

        `code` runs in place of what was asked for, where the question takes an edit.
        """
        self._approvals.answer(approval_id, decision, reason, code)

    def interrupt(self) -> None:
        """End the running turn; `run` still gives its last events, `TurnFinished` included."""
        if self._running is not None:
            # Behind the turn's own first step: a task cancelled before it could end nothing.
            asyncio.get_running_loop().call_soon(self._running.cancel)

    def run(self, question: str) -> AsyncGenerator[Event, None]:
        """The events of one turn, ending in `TurnFinished`.

        Closing this iterator, or cancelling who consumes it, interrupts the turn: its tools are
        stopped and its end is recorded before the close returns.
        """
        if not question.strip():
            raise InputError("the question is empty", hint="ask something about the bill")
        words = redact(encodable(question))
        return self._told(lambda turn: self._answer(turn, words))

    def compact(self) -> AsyncGenerator[Event, None]:
        """Put a summary in the place of the conversation; its events end as those of a turn do."""
        if not self._history.messages:
            raise InputError("there is nothing to compact", hint="ask something first")
        return self._told(self._compact)

    async def _told(
        self, work: Callable[[Turn], Awaitable[TurnEnd]]
    ) -> AsyncGenerator[Event, None]:
        if self._running is not None and not self._running.done():
            raise InputError("a turn is running", hint="wait for it, or interrupt it")
        narrator = Narrator(self._log, self._record)
        turn = asyncio.create_task(self._turn(work, narrator))
        turn.add_done_callback(lambda _: narrator.close())  # also where nothing can be recorded
        self._running = turn
        try:
            async for event in narrator.events():
                yield event
            await asyncio.wait([turn])
            if not turn.cancelled():
                turn.result()  # a defect of ours is not hidden
        finally:
            if not turn.done():
                turn.cancel()
                await ended([turn])

    async def _turn(self, work: Callable[[Turn], Awaitable[TurnEnd]], narrator: Narrator) -> None:
        turn = self._new_turn(narrator)
        end: TurnEnd = "failed"
        try:
            cap = self._limits.turn.usd
            with (
                self._scope.spend.window("question", cap, raised_by="limits.turn_usd"),
                self._tally.working(),
            ):
                end = await work(turn)
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
            turn.release_last_answer()
            self._last_turn = turn.costs()
            self._history.answer_open_calls()
            narrator.emit(turn.finished(end))
            narrator.close()

    def _new_turn(self, narrator: Narrator) -> Turn:
        session = self._scope.spend
        spend = session.child("turn")
        cancelled = threading.Event()
        calls = CallDesk(
            self._tools,
            self._approvals,
            self._figures,
            replace(self._scope, spend=spend),
            narrator.emit,
            cancelled,
            self._limits.tool_stop_s,
            self._tally,
        )
        book = CostBook()

        def note(used: ModelUsed) -> None:
            self._context_tokens = used.tokens or None
            self._tally.count(tokens=used.tokens)
            self._book.note(used)
            book.note(used)
            narrator.emit(used)

        emit = narrator.emit
        return Turn(
            spend,
            session,
            narrator,
            Asking(self._model, self._figures, spend, self._limits, emit, note),
            calls,
            self._limits,
            cancelled,
            session.spent("aws"),
            (Budget("turn", self._limits.turn, self._tally, self._tally.used()), self._budget),
            book,
            Reservation("model", Decimal(0)),
        )

    async def _answer(self, turn: Turn, question: str) -> TurnEnd:
        turn.narrator.emit(QuestionAsked(question, self._model.name, self._instructions))
        given = given_figures(question, self._figures)
        for figure in given:
            turn.narrator.emit(figure.as_fact())
        context = {
            "account": self._scope.account,
            "today": self._today().isoformat(),
            "time_zone": "UTC",
            **self._context,
        }
        if given:
            stated = [f"{each.id} {shown_number(each.value)} {each.unit}".strip() for each in given]
            context["figures_of_the_question"] = "; ".join(stated)
        return await self._conversing(turn).answer(question, context)

    async def _compact(self, turn: Turn) -> TurnEnd:
        await self._conversing(turn).compact("as asked", open_question(self._history.messages))
        return "answered"

    def _conversing(self, turn: Turn) -> Conversing:
        return Conversing(turn, self._history, self._specs, self._limits, self._fallback)
