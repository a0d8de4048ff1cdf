"""The terminal during a turn: finished lines are appended, one last line may change."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from finops_repl.faces.cells import clip, fold
from finops_repl.faces.escapes import plain
from finops_repl.faces.terminal.console import Look

__all__ = ["Screen"]

ERASE_LINE = "\r\x1b[K"


class Screen:
    """Owns the terminal while no prompt is open; nothing it has printed is ever repainted."""

    def __init__(self, console: Console, look: Look) -> None:
        self.look = look
        self._console = console
        self._doing = ""
        self._since = 0.0
        self._drawn = False
        self._after_blank = True

    @property
    def width(self) -> int:
        return self._console.width

    def show(self, renderable: RenderableType, *, indent: int = 0) -> None:
        """Append a block; its lines end where their text ends, so that copies carry no padding."""
        self._erase()
        block = Padding(renderable, (0, 0, 0, indent)) if indent else renderable
        for line in _without_blank_ends(self._console.render_lines(block, pad=False)):
            self._console.print(Segments([*line, Segment.line()]), end="")
            self._after_blank = False
        self._draw()

    def say(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """Append words, wrapped between words."""
        self.show(Text(plain(text), style=style), indent=indent)

    def verbatim(self, lines: Iterable[str], style: str = "", *, gutter: str = "") -> None:
        """Append lines as they are, cut where the screen ends; `gutter` precedes each piece."""
        for line in lines:
            if not (gutter or line):
                self.gap()
            for piece in fold(line, max(1, self.width - len(gutter))):
                self.show(Text.assemble((gutter, "story"), (piece, style), overflow="ignore"))

    def hanging(self, head: str, text: str) -> None:
        """Append `text` behind `head`, its further lines indented as far."""
        grid = Table.grid()
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(Text(head), Text(plain(text), style="story"))
        self.show(grid)

    def send(self, sequence: str) -> None:
        """Tell the terminal something that leaves nothing on the screen."""
        self._console.file.write(sequence)
        self._console.file.flush()

    def gap(self) -> None:
        """One blank line, unless there is one already."""
        if not self._after_blank:
            self._erase()
            self._console.print()
            self._after_blank = True
            self._draw()

    def at_fresh_line(self) -> None:
        """A prompt has written since; the next gap is a real one."""
        self._after_blank = False

    def doing(self, what: str) -> None:
        """Name in the last line what is going on; an empty text takes the line away."""
        if what != self._doing:
            self._doing, self._since = what, time.monotonic()
            self._draw()

    @contextlib.asynccontextmanager
    async def working(self, what: str) -> AsyncIterator[None]:
        """Keep the last line alive while something goes on, and take it away at the end."""
        self.doing(what)
        ticking = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            ticking.cancel()
            self.doing("")

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self._draw()

    def _draw(self) -> None:
        if not self.look.ansi:
            return
        self._erase()
        if self._doing:
            seconds = int(time.monotonic() - self._since)
            passed = f" · {seconds} s" if seconds else ""
            line = clip(f"… {self._doing}{passed} · Ctrl-C stops it", self.width - 1)
            self._console.print(Text(line, style="story"), end="")
            self._console.file.flush()
            self._drawn = True

    def _erase(self) -> None:
        if self._drawn:
            self._console.file.write(ERASE_LINE)
            self._drawn = False


def _without_blank_ends(lines: list[list[Segment]]) -> list[list[Segment]]:
    trimmed = [_trimmed(line) for line in lines]
    while trimmed and not trimmed[0]:
        trimmed.pop(0)
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    return trimmed


def _trimmed(line: list[Segment]) -> list[Segment]:
    kept = list(line)
    while kept:
        last = kept.pop()
        if text := last.text.rstrip(" "):
            return [*kept, Segment(text, last.style)]
    return []
