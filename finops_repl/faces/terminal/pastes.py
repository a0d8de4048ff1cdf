"""Long pastes: kept whole, shown as one short mark while the question is being written."""

from __future__ import annotations

from pathlib import Path

from prompt_toolkit.history import FileHistory

__all__ = ["Pastes", "QuestionHistory"]

MOST_LINES_SHOWN = 5


class Pastes:
    """The pasted texts of one session, by their marks."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def mark(self, text: str) -> str:
        """What to put in the line for `text`: itself when short, else a mark of its own."""
        lines = text.rstrip("\n").count("\n") + 1
        if lines <= MOST_LINES_SHOWN:
            return text
        mark = f"[pasted {lines} lines #{len(self._texts) + 1}]"
        self._texts[mark] = text
        return mark

    def expand(self, line: str) -> str:
        """`line` with every mark replaced by what was pasted."""
        for mark, text in self._texts.items():
            line = line.replace(mark, text)
        return line

    def mark_before(self, text: str) -> str:
        """The mark that `text` ends with, or an empty string: it is deleted as one."""
        return next((mark for mark in self._texts if text.endswith(mark)), "")


class QuestionHistory(FileHistory):
    """Questions of former sessions in a private file, with their pastes written out."""

    def __init__(self, path: Path, pastes: Pastes) -> None:
        path.touch(mode=0o600)
        super().__init__(path)
        self._pastes = pastes

    def append_string(self, string: str) -> None:
        super().append_string(self._pastes.expand(string))
