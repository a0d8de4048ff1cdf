"""The terminal during a turn: finished lines are appended, one last line may change."""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
from collections.abc import AsyncIterator, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from finops_repl.faces.cells import cell_width, clip, fold, wrap
from finops_repl.faces.escapes import plain
from finops_repl.faces.terminal.console import Look, height_of, open_console, painted, width_of

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.segment import Segment

__all__ = ["Screen"]

ERASE_LINE = "\r\x1b[K"


class Screen:
    """Owns the terminal while no prompt is open; nothing it has printed is ever repainted."""

    def __init__(self, stream: TextIO, look: Look, *, width: int | None = None) -> None:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
        self.look = look
        self._stream = stream
        self._width = width
        self._doing = ""
        self._since = 0.0
        self._drawn = False
        self._after_blank = True

    @property
    def width(self) -> int:
        """Columns, as they are now."""
        return self._width or width_of(self._stream)

    @property
    def height(self) -> int:
        """Lines, as they are now."""
        return height_of(self._stream)

    @cached_property
    def _console(self) -> Console:
        return open_console(self._stream, self.look, width=self._width)

    def show(self, renderable: RenderableType, *, indent: int = 0) -> None:
        """Append a block of rich's; its lines end where their text ends, so that copies carry no
        padding."""
        from rich.padding import Padding
        from rich.segment import Segment, Segments

        self._erase()
        block = Padding(renderable, (0, 0, 0, indent)) if indent else renderable
        for line in _without_blank_ends(self._console.render_lines(block, pad=False)):
            self._console.print(Segments([*line, Segment.line()]), end="")
            self._after_blank = False
        self._draw()

    def say(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """Append words, wrapped between words; what begins with blanks goes on below them."""
        for line in plain(text).rstrip().strip("\n").split("\n"):
            words = line.lstrip(" ")
            margin = " " * (indent + len(line) - len(words))
            pieces = wrap(words, max(1, self.width - len(margin)))
            self._append(margin + painted(piece.rstrip(), style, self.look) for piece in pieces)

    def verbatim(self, lines: Iterable[str], style: str = "", *, gutter: str = "") -> None:
        """Append lines as they are, cut where the screen ends; `gutter` precedes each piece."""
        room = max(1, self.width - cell_width(gutter))
        for line in lines:
            if not (gutter or line):
                self.gap()
                continue
            pieces = (piece.rstrip() for piece in fold(line, room))
            self._append(
                painted(gutter if piece else gutter.rstrip(), "story", self.look)
                + painted(piece, style, self.look)
                for piece in pieces
            )

    def hanging(self, head: str, text: str, style: str = "story", *, head_style: str = "") -> None:
        """Append `text` behind `head`, its further lines indented as far."""
        margin = cell_width(head)
        first, *more = wrap(plain(text), max(1, self.width - margin))
        self._append(
            [
                painted(head, head_style, self.look) + painted(first, style, self.look),
                *(" " * margin + painted(piece, style, self.look) for piece in more),
            ]
        )

    def picture(self, escape: str) -> None:
        """Append a picture as the terminal's own protocol has it."""
        self._append([escape])

    def _append(self, lines: Iterable[str]) -> None:
        self._erase()
        for line in lines:
            self._stream.write(f"{line}\n")
            self._after_blank = False
        self._draw()
        self._stream.flush()

    def send(self, sequence: str) -> None:
        """Tell the terminal something that leaves nothing on the screen."""
        self._console.file.write(sequence)
        self._console.file.flush()

    def gap(self) -> None:
        """One blank line, unless there is one already."""
        if not self._after_blank:
            self._erase()
            self._stream.write("\n")
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
            self._stream.write(painted(line, "story", self.look))
            self._stream.flush()
            self._drawn = True

    def _erase(self) -> None:
        if self._drawn:
            self._stream.write(ERASE_LINE)
            self._drawn = False


def _without_blank_ends(lines: list[list[Segment]]) -> list[list[Segment]]:
    trimmed = [_trimmed(line) for line in lines]
    while trimmed and not trimmed[0]:
        trimmed.pop(0)
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    return trimmed


def _trimmed(line: list[Segment]) -> list[Segment]:
    from rich.segment import Segment

    kept = list(line)
    while kept:
        last = kept.pop()
        if text := last.text.rstrip(" "):
            return [*kept, Segment(text, last.style)]
    return []
