"""A conversation and commands that follow a script, for faces to be tried on."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from finops_repl.agent.approval import Standing
from finops_repl.agent.session_list import SessionSummary
from finops_repl.base.errors import FinopsError, InputError, UnknownName
from finops_repl.base.events import (
    AnswerBlock,
    ApprovalAnswered,
    ApprovalRequested,
    CodeFinished,
    CodeOutput,
    CodeStarted,
    Event,
    EventLog,
    Fact,
    FigureRegistered,
    ModelFailed,
    ModelRetried,
    QuestionAsked,
    ThinkingShown,
    ToolFinished,
    ToolRequested,
    TurnFinished,
)
from finops_repl.base.scope import Scope
from finops_repl.base.setting_values import ApprovalKind, ApprovalMode
from finops_repl.base.table import Column, Table
from finops_repl.faces.port import Decision, OnOutput, Resumed, Status, WorkflowSummary


@dataclass(frozen=True)
class Pause:
    """The turn works for a while without saying anything."""

    seconds: float


Step = Fact | Pause | FinopsError
Outcome = TypeVar("Outcome")
Notes = Callable[[str], None]


@dataclass
class ScriptedConversation:
    """Plays the scene of each question; an approval waits for its answer, as a real turn does."""

    scenes: Mapping[str, Sequence[Step]]
    note: Notes = lambda _: None
    log: EventLog = field(
        default_factory=lambda: EventLog(
            Scope("sim-acme-payer", Path("/w"), "user", session="5e55101d")
        )
    )
    attended: bool = True
    _interrupted: asyncio.Event = field(default_factory=asyncio.Event)
    _answers: dict[str, asyncio.Future[tuple[Decision, str, str | None]]] = field(
        default_factory=dict
    )

    async def run(self, question: str) -> AsyncGenerator[Event, None]:
        self.note(f"asked {question!r}")
        self._interrupted.clear()
        yield self.log.wrap(QuestionAsked(question, "offline analyst"))
        try:
            for step in self.scenes.get(question, echo(question)):
                await asyncio.sleep(0)
                if isinstance(step, FinopsError):
                    raise step
                if isinstance(step, Pause):
                    await self._or_interrupted(asyncio.sleep(step.seconds))
                elif isinstance(step, ApprovalRequested):
                    async for event in self._approval(step):
                        yield event
                else:
                    yield self.log.wrap(step)
            self.note("finished")
        except _Ended as end:
            self.note(end.note)
            for fact in end.facts:
                yield self.log.wrap(fact)
        except (asyncio.CancelledError, GeneratorExit):
            self.note("left half-way: container gone")
            raise

    async def _approval(self, asked: ApprovalRequested) -> AsyncGenerator[Event, None]:
        if not self.attended:
            yield self.log.wrap(asked)
            refusal = ModelFailed(
                "nobody is there to approve", f"start with --approve {asked.kind}"
            )
            unasked = json.dumps({"error": refusal.why, "hint": refusal.hint})
            yield self.log.wrap(ToolFinished(asked.call_id, "execute_code", True, unasked))
            raise _Ended("refused", refusal, TurnFinished("approval_required", ""))
        waiting: asyncio.Future[tuple[Decision, str, str | None]] = (
            asyncio.get_running_loop().create_future()
        )
        self._answers[asked.approval_id] = waiting
        yield self.log.wrap(asked)
        try:
            decision, reason, code = await self._or_interrupted(waiting)
        finally:
            del self._answers[asked.approval_id]
        yield self.log.wrap(ApprovalAnswered(asked.approval_id, decision, "user", reason))
        if decision == "no":
            await self._or_interrupted(asyncio.sleep(0.05))  # the model thinks of something else
            text = f"Not run: {reason or 'no reason given'}."
            raise _Ended("not run", AnswerBlock(text), TurnFinished("answered", text))
        if code is not None:
            raise _Ended("ran the edit", *ran(code))

    async def _or_interrupted(self, wanted: Awaitable[Outcome]) -> Outcome:
        work = asyncio.ensure_future(wanted)
        stop = asyncio.create_task(self._interrupted.wait())
        await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if work.done():
            return work.result()
        work.cancel()
        raise _Ended("interrupted: container gone", TurnFinished("interrupted", ""))

    async def compact(self) -> AsyncGenerator[Event, None]:
        self.note("compacted")
        yield self.log.wrap(TurnFinished("answered", ""))

    def answer(
        self, approval_id: str, decision: Decision, reason: str = "", code: str | None = None
    ) -> None:
        if approval_id not in self._answers:
            raise UnknownName("waiting approval", approval_id, self._answers)
        self.note(f"answered {decision} {reason!r}{'' if code is None else f' with {code!r}'}")
        self._answers[approval_id].set_result((decision, reason, code))

    def interrupt(self) -> None:
        self._interrupted.set()


class _Ended(Exception):
    """The scene ends here, with these last facts."""

    def __init__(self, note: str, *facts: Fact) -> None:
        super().__init__(note)
        self.note, self.facts = note, facts


@dataclass
class ScriptedSession:
    """Does to no session what the commands say, and notes it; `taken.md` is there already."""

    note: Notes = lambda _: None
    mode: ApprovalMode = "ask"

    def sessions(self) -> Sequence[SessionSummary]:
        used = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
        path = Path("/s/5e55101d.jsonl")
        good = SessionSummary(
            "5e55101d", path, used, "sim-acme-payer", "/w", "why?", 3, Decimal("0.12")
        )
        return (good, SessionSummary("0bad0bad", path, used, problem="line 3 is no event"))

    async def undo(self) -> str:
        self.note("undone")
        return "why\x1b[2J did it\nrise?"

    async def clear(self) -> None:
        self.note("cleared")

    def models(self) -> Sequence[str]:
        return ("big-model", "offline")

    async def use_model(self, name: str) -> str:
        if name not in self.models():
            raise UnknownName("model", name, self.models())
        self.note(f"model {name}")
        return name

    def export(self, file: str, *, as_script: bool, replace: bool) -> Path:
        if file == "taken.md" and not replace:
            raise FileExistsError(file)
        kind = "script" if as_script else "markdown"
        self.note(f"exported {file!r} as {kind}{' over it' if replace else ''}")
        return Path("/w/data") / (file or "session-5e55101d.md")

    def last_answer(self) -> str:
        return ANSWER

    async def costs(self) -> Sequence[tuple[str, str]]:
        return (("model", "$0.1200"), ("AWS", "$0.02"))

    async def approvals(self) -> Sequence[Standing]:
        granted = "unasked by policy" if self.mode == "auto" else ""
        return (Standing("code", "ask"), Standing("file_export", self.mode, granted))

    async def revoke(self, kind: ApprovalKind) -> None:
        self.note(f"revoked {kind}")


@dataclass
class ScriptedCommands:
    """Slash commands over a small made-up bill; `slow` statements wait for their token."""

    note: Notes = lambda _: None

    @property
    def session(self) -> ScriptedSession:
        return ScriptedSession(self.note)

    def resumed(self) -> Resumed | None:
        return None

    def status(self) -> Status:
        return Status(
            account="sim-acme-payer",
            model="offline analyst",
            region="us-east-1",
            as_of="2026-11-20",
            spent_usd=Decimal("0.0123"),
            sandbox="ready",
        )

    def prepare(self, changed: Callable[[], None]) -> None:
        changed()

    def account_fields(self) -> Mapping[str, str]:
        return {
            "account": "sim-acme-payer",
            "id": "123456789012",
            "kind": "simulated, as of 2026-11-20, seed 7",
            "bill's cost": "CASE line_item_line_item_type WHEN 'DiscountedUsage' THEN "
            "reservation_effective_cost ELSE line_item_unblended_cost END",
        }

    def list_workflows(self) -> Sequence[WorkflowSummary]:
        return (
            WorkflowSummary(
                slug="monthly-cost-report",
                name="Monthly Cost Report",
                description="Top services, month over month",
                tags=("cost", "monthly"),
                parameters=("month", "top"),
                usual=("month=", "top=10"),
            ),
        )

    def sql(self, statement: str, *, cancelled: threading.Event) -> Table:
        if "slow" in statement:
            cancelled.wait()
            self.note("sql stopped")
            raise InputError("stopped")
        if "many" in statement:
            return numbers(60)
        if "wrong" in statement:
            raise InputError("no column named wrong", hint="columns: service, cost")
        return services()

    def run_workflow(
        self,
        name: str,
        params: Mapping[str, str],
        *,
        on_output: OnOutput,
        cancelled: threading.Event,
    ) -> CodeFinished:
        if name != "monthly-cost-report":
            raise UnknownName("workflow", name, ["monthly-cost-report"])
        self.note(f"ran {name} {dict(params)}")
        on_output("stdout", "Service      Cost\nAmazonEC2   12.50\n")
        if params.get("top") == "slow":
            cancelled.wait()
            self.note("workflow stopped")
        reason = "cancelled" if cancelled.is_set() else "exit"
        return CodeFinished("", "c0ffee12", reason, 0, 1.25, aws_calls=3, script="/w/s/report.cjs")


def services() -> Table:
    columns = (Column("service", "varchar"), Column("cost", "decimal(18,10)"))
    rows = (
        ("AmazonEC2", Decimal("12345.6700000000")),
        ("漢字サービス", Decimal("-3.5000000000")),
        (None, None),
    )
    return Table(columns, rows)


def numbers(count: int) -> Table:
    """A table of `count` rows."""
    rows = tuple((number, Decimal(number) / 4) for number in range(1, count + 1))
    return Table((Column("n", "integer"), Column("cost", "decimal(18,2)")), rows)


def echo(question: str) -> Sequence[Step]:
    lines = question.count("\n") + 1
    text = f"You asked {lines} line{'' if lines == 1 else 's'}, ending in {question[-12:]!r}."
    return (AnswerBlock(text), TurnFinished("answered", text))


CODE = """\
import boto3

costs = boto3.client("ce").get_cost_and_usage(**QUERY)
print(costs)  # a remark
"""

FIGURE = FigureRegistered(
    "f3",
    "12345.67",
    "USD",
    "EC2 excess, 1 to 7 November",
    {
        "source": "declared by a script",
        "metric": "unblended",
        "run": "ab12cd34",
        "script": "script_1_ab12cd34.py",
        "aws_calls": ["athena:StartQueryExecution ×1"],
    },
)

ANSWER = """\
EC2 costs rose by **$12,345.67** [f3] in `sim-payments`.

| Service | Before | After |
|---|---|---|
| AmazonEC2 | $4,115.22 | $16,460.89 |
| AmazonRDS | $980.00 | $1.00 |
"""


def why_ec2(code: str = CODE) -> Sequence[Step]:
    """A whole turn: thinking, code, output, files, a figure, an answer that cites it."""
    return (
        ThinkingShown("First the costs by service, then the events."),
        ToolRequested("t1", "execute_code", {"language": "python", "code": code}),
        CodeStarted("t1", "ab12cd34", "python", code, 30.0),
        CodeOutput("ab12cd34", "stdout", "service,cost\nAmazon"),
        CodeOutput("ab12cd34", "stdout", "EC2,16460.89\n\x1b[31mred\x1b[0m\n"),
        CodeOutput("ab12cd34", "stderr", "DeprecationWarning: old\n"),
        CodeFinished(
            "t1",
            "ab12cd34",
            "exit",
            0,
            2.125,
            files=({"name": "costs.csv", "bytes": 812, "rows": 31, "columns": ["date", "cost"]},),
            aws_calls=3,
            script="workspace/scripts/script_1_ab12cd34.py",
        ),
        ToolFinished("t1", "execute_code", False, "{}"),
        FIGURE,
        ModelRetried(2, 4.0, "the model is overloaded"),
        AnswerBlock(ANSWER),
        TurnFinished("answered", ANSWER, ("f3",), "0.0123", "0.02"),
    )


def slow_approval() -> Sequence[Step]:
    """The question comes while the user is typing something else."""
    return (AnswerBlock("Let me see."), Pause(0.7), *approval())


def approval(minutes: float = 10) -> Sequence[Step]:
    """Code on a real account: asked for, then run."""
    return (
        ToolRequested("t1", "execute_code", {"language": "python", "code": CODE}),
        ApprovalRequested(
            "ap1",
            "t1",
            "code",
            "Run this python code on prod-payer?",
            CODE,
            datetime.now(UTC) + timedelta(minutes=minutes),
            ("yes", "no", "always", "edit"),
        ),
        *ran(CODE),
    )


def ran(code: str) -> Sequence[Fact]:
    """The approved code's run and the end of its turn."""
    return (
        CodeStarted("t1", "ab12cd34", "python", code, 30.0),
        CodeOutput("ab12cd34", "stdout", "it ran\n"),
        CodeFinished("t1", "ab12cd34", "exit", 0, 0.5),
        AnswerBlock("Done."),
        TurnFinished("answered", "Done."),
    )


def long_output() -> Sequence[Step]:
    text = "".join(f"line {number}\n" for number in range(1, 1001))
    return (
        CodeStarted("t1", "ab12cd34", "python", "print()", 30.0),
        CodeOutput("ab12cd34", "stdout", text),
        CodeFinished("t1", "ab12cd34", "timeout", None, 30.0),
        TurnFinished("limit", ""),
    )


SENTENCE = "Spend on EC2 rose in the second week, when a group grew from 6 to 40 instances."

WIDE = """\
漢字サービスの費用は **$1,234.50** でした 🚀

| サービス | Cost |
|---|---|
| 漢字 | $1,200.00 |
| 🚀 S3 | $34.50 |
"""


def wide() -> Sequence[Step]:
    """Characters of two columns in code, output and answer."""
    return (
        CodeStarted("t1", "ab12cd34", "python", 'print("漢字サービス" * 9)', 30.0),
        CodeOutput("ab12cd34", "stdout", "漢字サービス" * 9 + "\n🚀 done\n"),
        CodeFinished("t1", "ab12cd34", "exit", 0, 0.5),
        AnswerBlock(WIDE),
        TurnFinished("answered", WIDE),
    )


def held() -> Sequence[Step]:
    """A script that runs until it is interrupted, after it printed something."""
    return (
        CodeStarted("t1", "ab12cd34", "python", "while True: ...", 30.0),
        CodeOutput("ab12cd34", "stdout", "half of it\nunfinished"),
        Pause(600),
    )


def scenes() -> Mapping[str, Sequence[Step]]:
    """The questions that the tests ask."""
    return {
        "why": why_ec2(),
        "approve": approval(),
        "slow": (
            AnswerBlock("Let me see."),
            Pause(0.7),
            AnswerBlock("Seen."),
            TurnFinished("answered", "Seen."),
        ),
        "slow approve": slow_approval(),
        "expire": approval(minutes=0.005),
        "long": long_output(),
        "hold": held(),
        "stream": (
            ThinkingShown("First the costs by service."),
            AnswerBlock("The first block is there."),
            Pause(600),
        ),
        "resize": (
            AnswerBlock(SENTENCE),
            Pause(0.7),
            AnswerBlock(SENTENCE),
            TurnFinished("answered", SENTENCE),
        ),
        "wide": wide(),
        "no model": (
            ModelFailed("the model does not answer", "set --model offline"),
            TurnFinished("failed", ""),
        ),
    }
