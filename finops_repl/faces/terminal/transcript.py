"""A turn as it is read: each fact appended once, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import assert_never

from finops_repl.agent.resume import turns_of
from finops_repl.base.events import (
    AnswerBlock,
    ApprovalAnswered,
    ApprovalRequested,
    ApprovalRevoked,
    BranchOpened,
    BudgetWarned,
    CodeFinished,
    CodeOutput,
    CodeStarted,
    ConversationCompacted,
    Event,
    FigureRegistered,
    MendAsked,
    MendEnded,
    ModelFailed,
    ModelReplaced,
    ModelRetried,
    QuestionAsked,
    RetryAwaited,
    ThinkingShown,
    ToolFinished,
    ToolRequested,
    TurnEnd,
    TurnFinished,
)
from finops_repl.base.events import Fact as AnyFact
from finops_repl.faces import story
from finops_repl.faces.cells import clip
from finops_repl.faces.escapes import plain, visible
from finops_repl.faces.evidence import Evidence, Exhibit
from finops_repl.faces.figures import footnotes, spent_usd
from finops_repl.faces.terminal.approval import Code
from finops_repl.faces.terminal.code_runs import CodeRuns
from finops_repl.faces.terminal.screen import Screen

__all__ = ["THINKING", "Transcript"]

THINKING = "thinking"
ENDS: dict[TurnEnd, str] = {
    "answered": "",
    "interrupted": "interrupted; what is above stays",
    "failed": "no answer",
    "limit": "stopped at a limit",
    "refused": "the model declined to answer",
    "approval_required": "not done: it needs a yes",
}


class Transcript:
    """Writes the facts of one session's turns to the screen."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.evidence = Evidence()
        self._requests: dict[str, ToolRequested] = {}
        self.runs = CodeRuns(screen)

    def tell(self, event: Event) -> None:
        """Append what `event` says, if anything."""
        self.tell_fact(event.fact)

    def tell_fact(self, fact: AnyFact) -> None:
        """Append one fact; an approval is only shown here, asking is another's work."""
        screen = self._screen
        self.evidence.note(fact)
        match fact:
            case QuestionAsked():
                screen.doing(THINKING)
            case ThinkingShown(text=text):
                screen.gap()
                screen.say(text.strip(), "story", indent=2)
            case AnswerBlock(text=text):
                from finops_repl.faces.terminal.markdown import Answer

                screen.gap()
                screen.show(Answer(text))
            case ToolRequested():
                self._tool_requested(fact)
            case ApprovalRequested():
                self._approval_requested(fact)
            case ApprovalAnswered():
                if fact.decision == "no" and fact.by == "policy":
                    screen.say(f"not approved by policy {fact.reason}", "warning")
            case ApprovalRevoked() | BranchOpened():
                pass  # whoever asked for it says so
            case CodeStarted():
                self.runs.started(fact)
                screen.doing(f"running {plain(fact.language)}")
            case CodeOutput():
                self.runs.printed(fact)
            case CodeFinished():
                self.runs.finished(fact)
                screen.doing(THINKING)
            case FigureRegistered():
                pass  # shown where it is cited
            case ToolFinished():
                self._tool_finished(fact)
            case ModelRetried():
                screen.say(f"↻ {story.retried_line(fact)}", "warning")
                screen.doing(THINKING)
            case RetryAwaited():
                screen.doing(story.awaited_line(fact))
            case MendAsked() | MendEnded():
                if line := story.mend_line(fact):
                    screen.gap()
                    screen.say(f"↻ {line}", "warning")
            case ModelReplaced():
                screen.say(f"↻ {story.replaced_line(fact)}", "warning")
                screen.doing(THINKING)
            case ConversationCompacted():
                screen.say(f"↻ {story.compacted_line(fact)}", "story")
            case BudgetWarned():
                screen.say(f"! {story.warned_line(fact)}", "warning")
            case ModelFailed():
                screen.say(f"✗ {story.failed_line(fact)}", "error")
            case TurnFinished():
                self._turn_finished(fact)
            case _:
                assert_never(fact)

    def waiting_code(self, call_id: str) -> Code | None:
        """The code of a call that waits for a yes, where it has some."""
        requested = self._requests.get(call_id)
        code = requested.input.get("code") if requested else None
        if requested is None or not isinstance(code, str):
            return None
        return Code(str(requested.input.get("language", "python")), code)

    def show_edited(self, call_id: str, code: Code) -> None:
        """Append what the user made of a call's code; it is not shown again when it starts."""
        self.runs.show_waiting(call_id, code, ", edited")

    def show_earlier(self, facts: Sequence[AnyFact]) -> None:
        """What an earlier part of the session leaves to see: its last exchange."""
        for fact in facts:
            self.evidence.note(fact)
        turns = turns_of(facts)
        if not turns:
            return
        for fact in turns[-1]:
            match fact:
                case QuestionAsked(text=text):
                    self._screen.say(f"> {text}")
                case AnswerBlock() | TurnFinished():
                    self.tell_fact(fact)
                case _:
                    pass
        self._screen.gap()

    def show_evidence(self, exhibits: Iterable[Exhibit]) -> None:
        """Append the evidence behind a figure, code as code."""
        for exhibit in exhibits:
            self._screen.gap()
            self._screen.say(exhibit.heading, "bold")
            if exhibit.language:
                self.runs.show(exhibit.text, exhibit.language)
            else:
                self._screen.verbatim(plain(exhibit.text).splitlines(), gutter="  ")

    def broken_off(self) -> None:
        """Work was left without an end of its own: what it printed so far is shown."""
        self.runs.broken_off()
        self._screen.say(ENDS["interrupted"], "warning")

    def _tool_requested(self, fact: ToolRequested) -> None:
        self._requests[fact.call_id] = fact
        self._screen.doing(fact.tool.replace("_", " "))
        if fact.tool == "execute_code":
            return  # its code is shown when it is approved or starts
        self._screen.gap()
        sql = fact.input.get("sql")
        if isinstance(sql, str):
            self._screen.say(f"▸ {fact.tool}", "story")
            self.runs.show(sql.strip(), "sql")
            return
        shown = {name: value for name, value in fact.input.items() if name != "code"}
        given = ", ".join(f"{name}={value!r}" for name, value in shown.items())
        line = visible(f"▸ {fact.tool}({given})")
        self._screen.say(clip(line, 2 * self._screen.width), "story")

    def _approval_requested(self, fact: ApprovalRequested) -> None:
        self._screen.doing("")
        if code := self.waiting_code(fact.call_id):
            self.runs.show_waiting(fact.call_id, code)
            return
        self._screen.gap()
        if fact.detail:
            self._screen.verbatim(visible(fact.detail).splitlines(), gutter="  ")

    def _tool_finished(self, fact: ToolFinished) -> None:
        self._requests.pop(fact.call_id, None)
        self._screen.doing(THINKING)
        if fact.is_error and not self.runs.has_run(fact.call_id):  # else its run's end says it
            self._screen.say(f"✗ {story.tool_failed_line(fact)}", "warning")

    def _turn_finished(self, fact: TurnFinished) -> None:
        self._screen.doing("")
        self.runs.broken_off()
        if said := ENDS[fact.end]:
            self._screen.say(said, "warning")
        if notes := footnotes(fact.cited, self.evidence.figures):
            self._screen.gap()
            whole = f"(/evidence {fact.cited[0]} shows all)"
            self._screen.say(f"How each figure was made {whole}", "story")
            margin = max(len(note.mark) for note in notes) + 1
            for note in notes:
                self._screen.hanging(f"{note.mark:<{margin}}", note.text, head_style="citation")
        costs = {"model": fact.model_usd, "AWS": fact.aws_usd}
        spent = [
            f"{who} cost unknown" if amount == "unknown" else f"{who} {spent_usd(Decimal(amount))}"
            for who, amount in costs.items()
            if amount.strip("0.")
        ]
        if spent:
            self._screen.say(" · ".join(spent), "story")
