"""A streamed answer on the screen: finished blocks appended, against rich's Live repainted.

Both get the same answer in the same 126 pieces, as a model would send it.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from finops_repl.agent.blocks import BlockSplitter
from finops_repl.faces.terminal.console import Look, open_console
from finops_repl.faces.terminal.screen import Screen

__all__ = ["ANSWER", "PIECES", "Drawn", "appended", "live"]

PIECES = 126
COLUMNS, LINES = 100, 40

SECTION = """\
## EC2 in account {number}

Spend rose by **$12,345.67** in `sim-shop-prod`, from the second of the month on: an auto-scaling
group grew from 6 to 40 instances and kept them over the weekend, when nobody was shopping.

| Service | Before | After |
|---|---|---|
| AmazonEC2 | $4,115.22 | $16,460.89 |
| AmazonRDS | $980.00 | $1,001.17 |

- On-Demand hours grew by 312 %, covered ones not at all.
- The group's maximum was raised on the day before.

"""
ANSWER = "".join(SECTION.format(number=number) for number in range(1, 13))[:5_000]


@dataclass(frozen=True)
class Drawn:
    """What drawing an answer took: bytes to the terminal, and milliseconds of CPU."""

    size: int
    cpu_ms: float


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def appended() -> Drawn:
    """As the chat does it: a block goes to the screen when it is finished, once."""
    from finops_repl.faces.terminal.markdown import Answer

    terminal = _Terminal()

    def draw() -> None:
        screen = Screen(terminal, Look(ansi=True, colour=True), width=COLUMNS)
        splitter = BlockSplitter()
        for piece in _pieces():
            for block in splitter.feed(piece):
                screen.gap()
                screen.show(Answer(block))
        for block in splitter.flush():
            screen.gap()
            screen.show(Answer(block))

    return _measured(draw, terminal)


def live() -> Drawn:
    """As many agents do it: all that has come, repainted with every piece."""
    from rich.live import Live
    from rich.markdown import Markdown

    terminal = _Terminal()

    def draw() -> None:
        console = open_console(terminal, Look(ansi=True, colour=True), width=COLUMNS)
        console.height = LINES
        text = ""
        with Live(console=console, auto_refresh=False, vertical_overflow="visible") as shown:
            for piece in _pieces():
                text += piece
                shown.update(Markdown(text), refresh=True)

    return _measured(draw, terminal)


def _pieces() -> Iterator[str]:
    for number in range(PIECES):
        yield ANSWER[number * len(ANSWER) // PIECES : (number + 1) * len(ANSWER) // PIECES]


def _measured(draw: Callable[[], None], terminal: io.StringIO) -> Drawn:
    began = time.process_time()
    draw()
    return Drawn(len(terminal.getvalue().encode()), (time.process_time() - began) * 1_000)
