"""Runs of code on the screen: the code once, its output folded, the end with what it left."""

from __future__ import annotations

from finops_repl.base.events import CodeFinished, CodeOutput, CodeStarted
from finops_repl.faces import story
from finops_repl.faces.escapes import plain, visible
from finops_repl.faces.output import FoldedOutput, OutputLine
from finops_repl.faces.terminal.approval import Code
from finops_repl.faces.terminal.pictures import picture_escape
from finops_repl.faces.terminal.screen import Screen

__all__ = ["CodeRuns"]

GUTTER = "  │ "


class CodeRuns:
    """Writes the runs of one session to the screen."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._seen: dict[str, str] = {}
        self._outputs: dict[str, FoldedOutput] = {}
        self._ran: set[str] = set()

    def show(self, code: str, language: str) -> None:
        """Append code as code."""
        from finops_repl.faces.terminal.markdown import highlighted

        self._screen.show(highlighted(visible(code).strip("\n"), language), indent=2)

    def show_waiting(self, call_id: str, code: Code, note: str = "") -> None:
        """Append the code of a call before it runs; it is not shown again when it starts."""
        self._screen.gap()
        self._screen.say(f"▸ {plain(code.language)}{note}", "story")
        self.show(code.text, code.language)
        self._seen[call_id] = code.text

    def begin(self, run: str) -> None:
        """A run without its code, such as a saved workflow: only its output follows."""
        self._outputs[run] = FoldedOutput()

    def started(self, fact: CodeStarted) -> None:
        self.begin(fact.run)
        seen = self._seen.pop(fact.call_id, None) == fact.code
        if not seen:
            self._screen.gap()
        self._screen.say(f"▸ {story.started_line(fact)}", "story")
        if not seen:
            self.show(fact.code, fact.language)

    def printed(self, fact: CodeOutput) -> None:
        if fact.run in self._outputs:
            self._print(self._outputs[fact.run].feed(fact.stream, fact.text))

    def finished(self, fact: CodeFinished) -> None:
        screen = self._screen
        if output := self._outputs.pop(fact.run, None):
            self._print(output.finish())
        self._ran.add(fact.call_id)
        went_well = fact.reason == "exit" and fact.exit_code == 0
        style = "story" if went_well else "error"
        screen.say(f"{'✓' if went_well else '✗'} {story.finished_line(fact)}", style)
        for line in story.warning_lines(fact):
            screen.say(line, "warning", indent=2)
        for line in story.file_lines(fact):
            screen.say(line, "story", indent=2)
        for path, size in story.pictures(fact):
            if escape := picture_escape(path, size, screen.look.pictures, screen.width):
                screen.picture(escape)

    def has_run(self, call_id: str) -> bool:
        """Whether the call ran a script: how that ended has been told then."""
        return call_id in self._ran

    def broken_off(self) -> None:
        """What runs that never ended printed so far is shown."""
        for output in self._outputs.values():
            self._print(output.finish())
        self._outputs.clear()

    def _print(self, lines: list[OutputLine]) -> None:
        for stream, text in lines:
            style = {"stdout": "", "stderr": "stderr", "note": "story"}[stream]
            self._screen.verbatim([text], style, gutter=GUTTER)
