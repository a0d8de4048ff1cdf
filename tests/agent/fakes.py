"""Fakes of what the agent needs: a bill, a tool that echoes, an agent put together from them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from finops_repl.agent.approval import ApprovalPolicy
from finops_repl.agent.history import History
from finops_repl.agent.limits import TurnLimits
from finops_repl.agent.loop import Agent
from finops_repl.agent.models.port import Model
from finops_repl.agent.models.wire import message_to_fields
from finops_repl.base.errors import LimitReached
from finops_repl.base.events import Event, EventLog, Fact
from finops_repl.base.scope import Scope
from finops_repl.base.spend import Spend
from finops_repl.base.table import Cell, Column, Table
from finops_repl.billing.port import BillTable
from finops_repl.tools.figures import FigureLedger
from finops_repl.tools.tool import ApprovalNeed, Tool, ToolContext, ToolInput, ToolResult
from finops_repl.tools.toolbox import ToolBox
from tests.standin.messages_api import assert_calls_answered_once

AT_NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
QUICK = TurnLimits(first_wait_s=0.001, longest_wait_s=0.05, tool_stop_s=5)


class EchoInput(ToolInput):
    text: str


@dataclass
class Echo(Tool[EchoInput]):
    """Gives back its text and remembers having done so."""

    need: ApprovalNeed | None = None
    seen: list[str] = field(default_factory=list)
    name = "echo"
    description = "Gives back its text."
    input_model = EchoInput

    def approval(self, given: EchoInput) -> ApprovalNeed | None:
        return self.need

    def run(self, context: ToolContext, given: EchoInput) -> ToolResult:
        self.seen.append(given.text)
        return ToolResult({"text": given.text})


class NoInput(ToolInput):
    pass


@dataclass
class Sleeper(Tool[NoInput]):
    """Works until it is cancelled, as a script in a container does; or until it is let go."""

    heeds: bool = True
    let_go: threading.Event = field(default_factory=threading.Event)
    started: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)
    name = "sleep"
    description = "Works until it is cancelled."
    input_model = NoInput

    def run(self, context: ToolContext, given: NoInput) -> ToolResult:
        self.started.set()
        waits_for = context.cancelled if self.heeds else self.let_go
        assert waits_for.wait(20), "nobody cancelled"
        self.stopped.set()
        return ToolResult({"reason": "cancelled"}, is_error=True)


@dataclass
class Meeting(Tool[NoInput]):
    """Returns only when as many calls run at once as it has seats."""

    seats: threading.Barrier
    name = "meet"
    description = "Waits for its like."
    input_model = NoInput

    def run(self, context: ToolContext, given: NoInput) -> ToolResult:
        self.seats.wait(10)
        return ToolResult({"met": True})


@dataclass
class Costly(Tool[NoInput]):
    """Registers one figure and spends ten cents on AWS."""

    value: str = "1234.5678"
    name = "cost"
    description = "Gives a cost."
    input_model = NoInput

    def run(self, context: ToolContext, given: NoInput) -> ToolResult:
        with context.scope.spend.reserve("aws", Decimal("0.10")):
            figure = context.figures.register(
                Decimal(self.value), "USD", "cost", "observed", {"sql": "SELECT 1"}
            )
        return ToolResult({"cost": f"{self.value} [{figure.id}]"}, figures=(figure,))


class Failing(Tool[NoInput]):
    name = "fail"
    description = "Fails."
    input_model = NoInput

    def run(self, context: ToolContext, given: NoInput) -> ToolResult:
        raise LimitReached("the query took too long", hint="restrict the period")


@dataclass
class FakeBill:
    """Answers SQL by the first known piece of text that occurs in it."""

    answers: Sequence[tuple[str, Table | Exception]]
    known_columns: tuple[Column, ...] = ()
    asked: list[str] = field(default_factory=list)
    primary: BillTable = field(
        default_factory=lambda: BillTable("AwsDataCatalog", "billing", "cur2", "cur2")
    )

    @property
    def tables(self) -> Mapping[str, BillTable]:
        return {self.primary.table: self.primary}

    def columns(self, table: str) -> tuple[Column, ...]:
        return self.known_columns

    def query(
        self,
        sql: str,
        *,
        timeout_s: float = 60,
        max_rows: int | None = None,
        cancelled: threading.Event | None = None,
    ) -> Table:
        self.asked.append(sql)
        answer = next(answer for piece, answer in self.answers if piece in sql)
        if isinstance(answer, Exception):
            raise answer
        return Table(answer.columns, answer.rows[:max_rows], len(answer.rows) > (max_rows or 1e9))


def table(columns: str, *rows: tuple[Cell, ...]) -> Table:
    """A table from `name:type name:type` and rows."""
    parts = (part.split(":") for part in columns.split())
    return Table(tuple(Column(name, kind) for name, kind in parts), rows)


@dataclass
class Session:
    """An agent and everything it told."""

    agent: Agent
    recorded: list[Event]
    scope: Scope

    async def ask(
        self, question: str, on_event: Callable[[Event], None] = lambda event: None
    ) -> list[Fact]:
        facts: list[Fact] = []
        async for event in self.agent.run(question):
            assert event in self.recorded, "shown before it was recorded"
            facts.append(event.fact)
            on_event(event)
        self.check()
        return facts

    def check(self) -> None:
        """What holds of every history at every moment between turns."""
        fields = [message_to_fields(message) for message in self.agent.messages]
        assert_calls_answered_once(fields)
        assert [event.seq for event in self.recorded] == list(range(1, len(self.recorded) + 1))


def session(
    model: Model,
    tools: Iterable[Tool[Any]],
    *,
    policy: ApprovalPolicy | None = None,
    limits: TurnLimits = QUICK,
    cap: str | None = None,
    history: History | None = None,
    figures: FigureLedger | None = None,
    fallback: Model | None = None,
    clock: Callable[[], float] = time.monotonic,
    record: Callable[[Event], None] = lambda event: None,
) -> Session:
    """Nobody raises a cap, where no other policy is given."""
    scope = Scope(
        "sim-shop", Path("/nowhere"), "u", spend=Spend(None if cap is None else Decimal(cap))
    )
    recorded: list[Event] = []

    def noted(event: Event) -> None:
        record(event)
        recorded.append(event)

    agent = Agent(
        scope,
        model,
        ToolBox(tools),
        policy or ApprovalPolicy({"budget_rise": "never"}),
        EventLog(scope),
        noted,
        limits=limits,
        history=history,
        figures=figures,
        today=lambda: date(2026, 11, 20),
        fallback=fallback,
        clock=clock,
    )
    return Session(agent, recorded, scope)
