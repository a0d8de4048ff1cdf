"""Completion of slash commands, and of the workflows and parameters that `/run` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from finops_repl.faces.port import WorkflowSummary

__all__ = ["SlashCompleter"]


class SlashCompleter(Completer):
    """Completes a line that begins with a slash; plain questions are left alone."""

    def __init__(
        self, summaries: Mapping[str, str], workflows: Callable[[], Sequence[WorkflowSummary]]
    ) -> None:
        self._summaries = summaries
        self._workflows = workflows

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        line = document.text_before_cursor
        if not line.startswith("/") or "\n" in line:
            return
        command, *rest = line.split(" ")
        if not rest:
            for name, summary in self._summaries.items():
                if name.startswith(command):
                    yield Completion(name, -len(command), display_meta=summary)
        elif command == "/run":
            yield from self._run_words(rest)

    def _run_words(self, words: list[str]) -> Iterable[Completion]:
        *done, word = words
        for workflow in self._workflows():
            if not done and workflow.slug.startswith(word.lower()):
                yield Completion(workflow.slug, -len(word), display_meta=workflow.name)
            elif done and done[0] == workflow.slug:
                given = {assignment.partition("=")[0] for assignment in done[1:]}
                for name in workflow.parameters:
                    if name.startswith(word) and name not in given:
                        yield Completion(f"{name}=", -len(word))
