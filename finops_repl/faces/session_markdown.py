"""A session as a Markdown document: questions, code, files, answers and how figures were made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from finops_repl.agent.resume import turns_of
from finops_repl.agent.sessions import SessionHead
from finops_repl.base.events import (
    AnswerBlock,
    CodeFinished,
    CodeStarted,
    Fact,
    FigureRegistered,
    QuestionAsked,
    ToolRequested,
    TurnFinished,
)
from finops_repl.faces.escapes import plain, visible
from finops_repl.faces.figures import footnotes
from finops_repl.faces.story import file_lines, finished_line

__all__ = ["answer_text", "last_answer", "session_markdown"]

FENCE = re.compile(r"^ {0,3}(`{3,})", re.M)


def session_markdown(head: SessionHead, facts: Sequence[Fact]) -> str:
    """The whole session; turns that were undone are left out."""
    account = plain(f"{head.account} {head.account_id}".strip())
    parts = [
        f"# Session {head.session}",
        f"Account {account}, begun {plain(head.started) or 'at an unknown time'}. "
        + (
            "The account is simulated: nothing here is real money."
            if head.account.startswith("sim-")
            else ""
        ),
    ]
    figures = _figures(facts)
    for turn in turns_of(facts):
        parts += _turn(turn, figures)
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def last_answer(facts: Sequence[Fact]) -> str:
    """The last turn's answer with its footnotes; empty where there is none."""
    figures = _figures(facts)
    answers = (answer_text(turn, figures) for turn in reversed(turns_of(facts)))
    return next((answer for answer in answers if answer), "")


def answer_text(turn: Sequence[Fact], figures: Mapping[str, FigureRegistered]) -> str:
    """What a turn answered, and below it how each cited figure was made."""
    blocks = [fact.text for fact in turn if isinstance(fact, AnswerBlock)]
    end = next((fact for fact in turn if isinstance(fact, TurnFinished)), None)
    answer = end.answer if end is not None and end.answer else "\n\n".join(blocks)
    notes = footnotes(end.cited, figures) if end is not None else []
    made = "\n".join(
        f"- {note.mark} {note.text}" if note.mark else f"  {note.text}" for note in notes
    )
    return "\n\n".join(part for part in (plain(answer).strip(), made) if part)


def _turn(turn: Sequence[Fact], figures: Mapping[str, FigureRegistered]) -> Iterable[str]:
    for fact in turn:
        match fact:
            case QuestionAsked(text=text):
                yield "\n".join(f"> {line}" for line in plain(text).splitlines())
            case ToolRequested(input={"sql": str(sql)}):
                yield _fenced(sql, "sql")
            case CodeStarted(language=language, code=code):
                yield _fenced(code, language)
            case CodeFinished():
                lines = [f"Run {fact.run}: {finished_line(fact)}", *file_lines(fact)]
                yield "\n".join(f"- {line}" for line in lines)
            case _:
                pass
    yield answer_text(turn, figures)
    end = next((fact.end for fact in turn if isinstance(fact, TurnFinished)), "interrupted")
    if end != "answered":
        yield f"*This turn ended without a whole answer: {end.replace('_', ' ')}.*"


def _fenced(code: str, language: str) -> str:
    """The code in a fence that nothing in it closes."""
    longest = max((len(match[1]) for match in FENCE.finditer(code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{plain(language)}\n{visible(code).rstrip()}\n{fence}"


def _figures(facts: Iterable[Fact]) -> Mapping[str, FigureRegistered]:
    return {fact.figure_id: fact for fact in facts if isinstance(fact, FigureRegistered)}
