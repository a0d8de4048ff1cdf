"""One question, one answer, no terminal: stdout carries the answer, stderr the story.

Nobody is there to ask, so an approval that policy has not given ends the turn. Errors of ours
(no connection, no sandbox) pass through; how a turn ends by itself is the exit code.
"""

from __future__ import annotations

import json
import signal
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TextIO

from finops_repl.base.errors import InputError
from finops_repl.base.events import (
    AnswerBlock,
    ApprovalRequested,
    BudgetWarned,
    CodeFinished,
    CodeOutput,
    CodeStarted,
    ConversationCompacted,
    Event,
    Fact,
    FigureRegistered,
    MendAsked,
    MendEnded,
    ModelFailed,
    ModelReplaced,
    ModelRetried,
    QuestionAsked,
    ToolFinished,
    TurnEnd,
    TurnFinished,
    to_json,
)
from finops_repl.faces import interrupts, story
from finops_repl.faces.escapes import plain, visible
from finops_repl.faces.figures import RUN, footnotes, made_by, shown_value
from finops_repl.faces.output import FoldedOutput, OutputLine
from finops_repl.faces.port import Conversation

__all__ = ["EXIT_CODES", "OutputFormat", "answer_once"]

OutputFormat = Literal["text", "json", "stream-json"]

EXIT_CODES: Mapping[TurnEnd, int] = {
    "answered": 0,
    "failed": 1,
    "refused": 1,
    "limit": 5,
    "approval_required": 6,
    "interrupted": 130,
}
FAILURE_CODES = {"ConnectionFailed": 3, "SandboxUnavailable": 4, "LimitReached": 5}
"""What kept a turn from its full answer says more than how it ended."""


async def answer_once(
    conversation: Conversation,
    question: str,
    *,
    output: OutputFormat,
    stdout: TextIO,
    stderr: TextIO,
    earlier: Iterable[Fact] = (),
) -> int:
    """Ask `question` and write what came of it; returns the exit code of how the turn ended.

    Figures of the session's `earlier` part may be cited too.

    SIGINT, SIGTERM and SIGHUP interrupt the turn: its container is gone before this returns.
    Raises what the conversation raises.
    """
    figures = (fact for fact in earlier if isinstance(fact, FigureRegistered))
    record = _Record(known={figure.figure_id: figure for figure in figures})
    face = _Face(record, output, stdout, stderr)
    with interrupts.handling((signal.SIGINT, *interrupts.ENDING), conversation.interrupt):
        await face.follow(conversation, conversation.run(question))
    face.conclude()
    return record.exit_code


@dataclass(slots=True)
class _Record:
    """What one turn amounts to."""

    end: TurnEnd = "failed"
    session: str = ""
    account: str = ""
    model: str = ""
    blocks: list[str] = field(default_factory=list)
    known: dict[str, FigureRegistered] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    runs: list[CodeFinished] = field(default_factory=list)
    finished: TurnFinished | None = None

    @property
    def exit_code(self) -> int:
        by_end = EXIT_CODES[self.end]
        if self.end == "failed" and self.runs and self.runs[-1].capped:
            return EXIT_CODES["limit"]
        if self.finished is None or self.end == "interrupted":
            return by_end
        return FAILURE_CODES.get(self.finished.failure, by_end)

    @property
    def answer(self) -> str:
        """The whole answer; of a turn that never ended, the blocks that came."""
        return self.finished.answer if self.finished else "\n\n".join(self.blocks)

    @property
    def cited(self) -> tuple[str, ...]:
        return self.finished.cited if self.finished else ()

    def has_run(self, call_id: str) -> bool:
        """Whether the call ran a script: how that ended has been told then."""
        return any(run.call_id == call_id for run in self.runs)

    def note(self, event: Event) -> None:
        self.session, self.account = event.session, event.account
        match event.fact:
            case QuestionAsked(model=model):
                self.model = model
            case ModelReplaced(by=model):
                self.model = model
            case AnswerBlock(text=text):
                self.blocks.append(text)
            case FigureRegistered() as figure:
                self.known[figure.figure_id] = figure
            case CodeStarted(run=run, language=language):
                self.languages[run] = language
            case CodeFinished() as run_end:
                self.runs.append(run_end)
            case TurnFinished() as finished:
                self.finished = finished
                if self.end != "approval_required":  # the reason why the turn was ended
                    self.end = finished.end
            case _:
                pass

    def as_object(self) -> dict[str, Any]:
        """The turn as one JSON object; money is text, as exact as it was."""
        finished = self.finished
        return {
            "answer": self.answer,
            "figures": [_figure(self.known[name]) for name in self.cited if name in self.known],
            "printed_by": [name for name in self.cited if name.startswith(RUN)],
            "unsourced": [
                name for name in self.cited if name not in self.known and not name.startswith(RUN)
            ],
            "runs": [_run(run, self.languages.get(run.run, "")) for run in self.runs],
            "files": [dict(file) for run in self.runs for file in run.files],
            "account": self.account,
            "model": self.model,
            "session": self.session,
            "end": self.end,
            "failure": finished.failure if finished else "",
            "cost": {
                "model_usd": finished.model_usd if finished else "0",
                "aws_usd": finished.aws_usd if finished else "0",
            },
        }


@dataclass(slots=True)
class _Face:
    """Follows a turn's events and writes them where the output format wants them."""

    record: _Record
    output: OutputFormat
    stdout: TextIO
    stderr: TextIO
    _printed: dict[str, FoldedOutput] = field(default_factory=dict)

    async def follow(self, conversation: Conversation, events: AsyncIterator[Event]) -> None:
        try:
            async for event in events:
                self.record.note(event)
                if self.output == "stream-json":
                    self.stdout.write(json.dumps(to_json(event), default=str) + "\n")
                    self.stdout.flush()
                else:
                    self._narrate(event)
                if isinstance(event.fact, ApprovalRequested):
                    self._decline(conversation, event.fact)
        finally:
            # Left half-way, the turn must end now: its container goes, its history is mended.
            close = getattr(events, "aclose", None)
            if close is not None:
                await close()

    def tell(self, line: str) -> None:
        """A line of the story."""
        self.stderr.write(plain(line) + "\n")
        self.stderr.flush()

    def conclude(self) -> None:
        """The answer itself."""
        if self.output == "json":
            json.dump(self.record.as_object(), self.stdout, default=str, ensure_ascii=False)
            self.stdout.write("\n")
        elif self.output == "text" and self.record.answer:
            self.stdout.write(plain(self.record.answer).rstrip() + "\n")
            if notes := footnotes(self.record.cited, self.record.known):
                lines = (f"{note.mark or '    '} {note.text}" for note in notes)
                self.stdout.write("\n" + "\n".join(lines) + "\n")
        self.stdout.flush()

    def _narrate(self, event: Event) -> None:
        match event.fact:
            case CodeStarted() as fact:
                self.tell(f"▸ {story.started_line(fact)}\n{visible(fact.code).rstrip()}")
                self._printed[fact.run] = FoldedOutput()
            case CodeOutput(run=run, stream=stream, text=text) if run in self._printed:
                self._tell_all(self._printed[run].feed(stream, text))
            case CodeFinished() as fact:
                self._tell_rest(fact.run)
                end = f"▪ {story.finished_line(fact)}"
                lines = (end, *story.warning_lines(fact), *story.file_lines(fact))
                self.tell("\n  ".join(lines))
            case ToolFinished(is_error=True) as fact if not self._is_told(fact):
                self.tell(f"✗ {story.tool_failed_line(fact)}")
            case ModelRetried() as fact:
                self.tell(f"↻ {story.retried_line(fact)}")
            case MendAsked() | MendEnded() as fact if line := story.mend_line(fact):
                self.tell(f"↻ {line}")
            case ModelReplaced() as fact:
                self.tell(f"↻ {story.replaced_line(fact)}")
            case ConversationCompacted() as fact:
                self.tell(f"↻ {story.compacted_line(fact)}")
            case BudgetWarned() as fact:
                self.tell(f"! {story.warned_line(fact)}")
            case ModelFailed() as fact:
                self.tell(f"✗ {story.failed_line(fact)}")
            case TurnFinished() if self.record.end == "interrupted":
                for run in list(self._printed):
                    self._tell_rest(run)
                self.tell("interrupted")
            case _:
                pass

    def _is_told(self, failed: ToolFinished) -> bool:
        """Whether a call's failure shows by its run, or ends the turn with a line of its own."""
        return self.record.has_run(failed.call_id) or self.record.end == "approval_required"

    def _tell_rest(self, run: str) -> None:
        if printed := self._printed.pop(run, None):
            self._tell_all(printed.finish())

    def _tell_all(self, lines: list[OutputLine]) -> None:
        for line in lines:
            self.tell(line.text)

    def _decline(self, conversation: Conversation, asked: ApprovalRequested) -> None:
        """Refuse and end the turn, unless the agent's own policy has done so."""
        self.record.end = "approval_required"
        try:
            conversation.answer(asked.approval_id, "no", "nobody is there to approve it")
        except InputError:
            return
        conversation.interrupt()
        flag = asked.kind.replace("_", "-")
        self.tell(f"needs a yes: {asked.title} (to give it in advance: --approve {flag})")


def _figure(figure: FigureRegistered) -> dict[str, Any]:
    return {
        "id": figure.figure_id,
        "value": figure.value,
        "unit": figure.unit,
        "shown": shown_value(figure.value, figure.unit),
        "label": figure.label,
        "made_by": made_by(figure.pedigree),
        "pedigree": dict(figure.pedigree),
    }


def _run(run: CodeFinished, language: str) -> dict[str, Any]:
    return {
        "run": run.run,
        "language": language,
        "reason": run.reason,
        "exit_code": run.exit_code,
        "elapsed_s": run.elapsed_s,
        "aws_calls": run.aws_calls,
        "aws_calls_cached": run.aws_calls_cached,
        "aws_usd": run.aws_usd,
        "script": run.script,
        "files": [file.get("name") for file in run.files],
        "rejected": list(run.rejected),
        "warnings": list(run.warnings),
    }
