"""A table that is taller than the screen, a screenful at a time; what was shown stays above."""

from __future__ import annotations

from finops_repl.faces.tables import TableText
from finops_repl.faces.terminal.prompt import Interrupted, ask_line
from finops_repl.faces.terminal.screen import Screen

__all__ = ["show_paged"]

KEPT_LINES = 3
"""Of a screenful, for the question below it and what stood above."""
ENOUGH = ("q", "n", "no", "quit")


async def show_paged(text: TableText, screen: Screen) -> None:
    """Append the table; ask before each further screenful. Ctrl-C and Ctrl-D mean enough."""
    *rows, count = text.lines
    screen.verbatim(rows[: text.header], "bold")
    at = text.header
    room = max(1, screen.height - KEPT_LINES - text.header)
    while len(rows) - at > room + 1:
        screen.verbatim(rows[at : at + room])
        at += room
        left = len(rows) - at
        screen.doing("")  # no status line may be drawn into the question
        try:
            said = await ask_line(f"  {left:,} more lines: Enter shows them, q ends ", screen.look)
        except (Interrupted, EOFError):
            said = "q"
        if said.lower() in ENOUGH:
            break
        room = max(1, screen.height - KEPT_LINES)
    else:
        screen.verbatim(rows[at:])
    screen.verbatim([count], "story")
