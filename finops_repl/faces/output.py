"""What a script prints, as lines for people: harmless, and when it is long, head and tail."""

from __future__ import annotations

from collections import deque
from typing import Literal, NamedTuple

from finops_repl.faces.escapes import plain

__all__ = ["FoldedOutput", "OutputLine"]

ScriptStream = Literal["stdout", "stderr"]
LONGEST_LINE = 500
MOST_PENDING = 4096


class OutputLine(NamedTuple):
    """A line to show; `note` marks words of ours, not of the script."""

    stream: Literal["stdout", "stderr", "note"]
    text: str


class FoldedOutput:
    """Passes on the first `head` lines as they come and keeps the last `tail` for the end.

    Lines are whole before they are shown, so that an escape sequence cannot hide in the seam
    of two chunks; stdout and stderr never mix within a line.
    """

    def __init__(self, *, head: int = 20, tail: int = 8) -> None:
        self._head = head
        self._kept: deque[OutputLine] = deque(maxlen=tail)
        self._pending: dict[ScriptStream, str] = {"stdout": "", "stderr": ""}
        self._seen = 0

    def feed(self, stream: ScriptStream, text: str) -> list[OutputLine]:
        """The lines to show now."""
        *whole, rest = (self._pending[stream] + text).split("\n")
        # A redrawn line (a progress bar) is known by its last state; an endless one is cut.
        self._pending[stream] = rest if len(rest) <= MOST_PENDING else rest[-MOST_PENDING:]
        return [line for text in whole if (line := self._take(stream, text))]

    def finish(self) -> list[OutputLine]:
        """The lines to show at the end: unfinished ones, and the tail of a long output."""
        now = []
        for stream, rest in self._pending.items():
            if rest and (line := self._take(stream, rest)):
                now.append(line)
        self._pending = {"stdout": "", "stderr": ""}
        hidden = self._seen - self._head - len(self._kept)
        if hidden > 0:
            plural = "" if hidden == 1 else "s"
            now.append(OutputLine("note", f"… {hidden:,} line{plural} not shown …"))
        return [*now, *self._kept]

    def _take(self, stream: ScriptStream, text: str) -> OutputLine | None:
        self._seen += 1
        shown = plain(text).expandtabs()
        if len(shown) > LONGEST_LINE:
            left_out = len(shown) - LONGEST_LINE
            shown = f"{shown[:LONGEST_LINE]} … {left_out:,} characters more"
        line = OutputLine(stream, shown)
        if self._seen <= self._head:
            return line
        self._kept.append(line)
        return None
