"""What an earlier part of a session leaves to the next: conversation, figures, grants, spending."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from finops_repl.agent.costs import UNKNOWN, CostBook
from finops_repl.agent.history import History
from finops_repl.agent.session_list import last_model
from finops_repl.agent.sessions import SessionFile
from finops_repl.base.caps import Used
from finops_repl.base.events import (
    AnswerBlock,
    ApprovalAnswered,
    ApprovalRequested,
    ApprovalRevoked,
    BranchOpened,
    CodeFinished,
    CodeOutput,
    EventLog,
    Fact,
    FigureRegistered,
    ModelUsed,
    QuestionAsked,
    ToolRequested,
    TurnFinished,
)
from finops_repl.base.money import plain_amount
from finops_repl.base.recorded import recorded_fact
from finops_repl.base.scope import Scope
from finops_repl.base.spend import Reservation, Spend, SpendKind
from finops_repl.tools.figures import FigureLedger

__all__ = ["Resumed", "resume", "turns_of"]


@dataclass(frozen=True, slots=True)
class Resumed:
    """A session taken up again; `facts` are those of its earlier part, in their order.

    `always` are the kinds granted for good, with the sandbox profile they were granted for;
    `revoked` those that are asked for again. `model` is whom the session was last on, and
    `instructions` the hash of what it was told. `used` are tokens, tool calls and seconds, `book`
    what models cost; dollars are on the ledger of the session's scope.
    """

    history: History
    log: EventLog
    figures: FigureLedger
    facts: tuple[Fact, ...]
    always: dict[str, str]
    revoked: frozenset[str]
    model: str
    instructions: str
    used: Used
    book: CostBook


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
    book, tool_calls, seconds, instructions = CostBook(), 0, 0.0, ""
    for fact in facts:
        match fact:
            case FigureRegistered():
                figures.restore(fact)
            case CodeOutput(run=run, stream="stdout", text=text):
                printed.setdefault(run, []).append(text)
            case QuestionAsked() | BranchOpened():
                instructions = fact.instructions or instructions
            case ModelUsed():
                book.note(fact)
            case TurnFinished():
                _charge(scope.spend, "model", fact.model_usd)
                _charge(scope.spend, "aws", fact.aws_usd)
                tool_calls, seconds = tool_calls + fact.tool_calls, seconds + fact.seconds
            case _:
                pass
    for run, pieces in printed.items():
        figures.note_printed(run, "".join(pieces))
    always, revoked = _grants(facts)
    return Resumed(
        history,
        log,
        figures,
        tuple(facts),
        always,
        revoked,
        last_model(file.path),
        instructions,
        Used(tokens=book.tokens, tool_calls=tool_calls, seconds=seconds),
        book,
    )


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
    """The ends that a crash left out: of questions for approval, and of the turn with what it is
    known to have cost. Nobody saw how long it worked."""
    waiting: dict[str, ApprovalRequested] = {}
    turn: list[Fact] = []
    for fact in facts:
        match fact:
            case TurnFinished():
                turn = []
            case QuestionAsked() | ModelUsed():
                turn.append(fact)
            case AnswerBlock() | ToolRequested() | CodeFinished() if turn:
                turn.append(fact)
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
    if turn:
        ends.append(_interrupted(turn))
    return ends


def _interrupted(turn: Sequence[Fact]) -> TurnFinished:
    prices = [fact.usd for fact in turn if isinstance(fact, ModelUsed)]
    runs = (Decimal(fact.aws_usd) for fact in turn if isinstance(fact, CodeFinished))
    paid = UNKNOWN if UNKNOWN in prices else plain_amount(sum(map(Decimal, prices), Decimal(0)))
    return TurnFinished(
        "interrupted",
        "\n\n".join(fact.text for fact in turn if isinstance(fact, AnswerBlock)),
        model_usd=paid,
        aws_usd=plain_amount(sum(runs, Decimal(0))),
        tool_calls=sum(isinstance(fact, ToolRequested) for fact in turn),
    )


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
    if price != UNKNOWN:
        spend.charge(Reservation(kind, Decimal(0)), Decimal(price))
