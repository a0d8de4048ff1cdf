"""What an earlier part of a session leaves to the next: conversation, figures, grants, spending."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from finops_repl.agent.history import History
from finops_repl.agent.session_list import last_model
from finops_repl.agent.sessions import SessionFile
from finops_repl.base.events import (
    AnswerBlock,
    ApprovalAnswered,
    ApprovalRequested,
    ApprovalRevoked,
    BranchOpened,
    CodeOutput,
    EventLog,
    Fact,
    FigureRegistered,
    QuestionAsked,
    TurnFinished,
)
from finops_repl.base.recorded import recorded_fact
from finops_repl.base.scope import Scope
from finops_repl.base.spend import Reservation, Spend, SpendKind
from finops_repl.tools.figures import FigureLedger

__all__ = ["Resumed", "resume", "turns_of"]


@dataclass(frozen=True, slots=True)
class Resumed:
    """A session taken up again; `facts` are those of its earlier part, in their order.

    `always` are the kinds granted for good, with the sandbox profile they were granted for;
    `revoked` those that are asked for again. `model` is whom the session was last on.
    """

    history: History
    log: EventLog
    figures: FigureLedger
    facts: tuple[Fact, ...]
    always: dict[str, str]
    revoked: frozenset[str]
    model: str


def resume(file: SessionFile, scope: Scope) -> Resumed:
    """Take the session up where it ended; a turn that a crash cut off is closed as interrupted.

    What it has cost so far counts against the cap of `scope`.
    """
    lines = file.events()
    facts = [fact for line in lines if (fact := recorded_fact(line)) is not None]
    log = EventLog(scope, max((int(line["seq"]) for line in lines), default=0) + 1)
    history = file.history()
    for fact in _left_open(facts):
        file.record(log.wrap(fact))
        facts.append(fact)
    figures = FigureLedger()
    printed: dict[str, list[str]] = {}
    for fact in facts:
        match fact:
            case FigureRegistered():
                figures.restore(fact)
            case CodeOutput(run=run, stream="stdout", text=text):
                printed.setdefault(run, []).append(text)
            case TurnFinished(model_usd=model_usd, aws_usd=aws_usd):
                _charge(scope.spend, "model", model_usd)
                _charge(scope.spend, "aws", aws_usd)
            case _:
                pass
    for run, pieces in printed.items():
        figures.note_printed(run, "".join(pieces))
    always, revoked = _grants(facts)
    return Resumed(history, log, figures, tuple(facts), always, revoked, last_model(file.path))


def turns_of(facts: Iterable[Fact]) -> list[Sequence[Fact]]:
    """The facts turn by turn, each from its question on; turns that were undone are left out."""
    turns: list[list[Fact]] = []
    for fact in facts:
        match fact:
            case QuestionAsked():
                turns.append([fact])
            case BranchOpened(turns_undone=undone):
                del turns[len(turns) - undone :]
            case _ if turns:
                turns[-1].append(fact)
            case _:
                pass
    return list(turns)


def _left_open(facts: Sequence[Fact]) -> list[Fact]:
    """The ends that a crash left out: of questions for approval, and of the turn."""
    waiting: dict[str, ApprovalRequested] = {}
    blocks: list[str] | None = None
    for fact in facts:
        match fact:
            case QuestionAsked():
                blocks = []
            case AnswerBlock(text=text) if blocks is not None:
                blocks.append(text)
            case TurnFinished():
                blocks = None
            case ApprovalRequested():
                waiting[fact.approval_id] = fact
            case ApprovalAnswered():
                waiting.pop(fact.approval_id, None)
            case _:
                pass
    ends: list[Fact] = [
        ApprovalAnswered(asked.approval_id, "no", "interrupt", kind=asked.kind)
        for asked in waiting.values()
    ]
    if blocks is not None:
        ends.append(TurnFinished("interrupted", "\n\n".join(blocks)))
    return ends


def _grants(facts: Iterable[Fact]) -> tuple[dict[str, str], frozenset[str]]:
    always: dict[str, str] = {}
    revoked: set[str] = set()
    for fact in facts:
        match fact:
            case ApprovalAnswered(decision="always", kind=kind, profile=profile):
                always[kind] = profile
                revoked.discard(kind)
            case ApprovalRevoked(kind=kind):
                always.pop(kind, None)
                revoked.add(kind)
            case _:
                pass
    return always, frozenset(revoked)


def _charge(spend: Spend, kind: SpendKind, price: str) -> None:
    if price != "unknown":
        spend.charge(Reservation(kind, Decimal(0)), Decimal(price))
