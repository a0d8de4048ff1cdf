"""The one place that decides what a terminal can take: escapes, colour, width.

rich is imported where an answer is set in type, not for a line of ours: it would keep the first
prompt waiting.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TextIO

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "CODE_THEME",
    "Look",
    "Pictures",
    "height_of",
    "look_of",
    "open_console",
    "painted",
    "width_of",
]

CODE_THEME = "ansi_dark"
"""Code in the terminal's own sixteen colours, so that light and dark screens both can read it."""

STYLES = {
    "story": "dim",
    "warning": "yellow",
    "error": "bold red",
    "stderr": "yellow",
    "citation": "dim cyan",
    "account": "bold",
    "simulated": "bold magenta",
    # Backgrounds would leave their padding in copied text.
    "markdown.code": "cyan",
    "markdown.code_block": "cyan",
    "markdown.block_quote": "italic",
    "markdown.h1": "bold underline",
    "markdown.h2": "bold",
    "markdown.h3": "bold",
    "markdown.table.header": "bold",
    "markdown.table.border": "dim",
    "markdown.item.bullet": "none",
    "markdown.item.number": "none",
    "markdown.link_url": "dim",
}
CODES = {"bold": "1", "dim": "2", "red": "31", "yellow": "33", "magenta": "35", "cyan": "36"}
COLOURS = frozenset({"red", "yellow", "magenta", "cyan"})
NARROWEST, FEWEST_LINES = 20, 6
"""A window that is smaller is written to as if it had these columns and lines."""


Pictures = Literal["", "kitty", "iterm2"]
"""How a terminal takes a picture; empty where it takes none, or does not say so."""


@dataclass(frozen=True, slots=True)
class Look:
    """What may be written: `ansi` escapes at all, `colour` among them, pictures by a protocol."""

    ansi: bool
    colour: bool
    pictures: Pictures = ""


def look_of(stream: TextIO, env: Mapping[str, str] | None = None) -> Look:
    """Decide by TTY, TERM and NO_COLOR (https://no-color.org: set and not empty)."""
    env = os.environ if env is None else env
    is_dumb = env.get("TERM", "").lower() in ("dumb", "unknown")
    ansi = stream.isatty() and not is_dumb
    return Look(
        ansi=ansi,
        colour=ansi and not env.get("NO_COLOR"),
        pictures=_pictures(env) if ansi else "",
    )


def _pictures(env: Mapping[str, str]) -> Pictures:
    """By what the terminal says of itself in the environment.

    None is asked: one that does not know the question would not answer, or print it.
    """
    term, program = env.get("TERM", ""), env.get("TERM_PROGRAM", "")
    if env.get("TMUX") or env.get("STY") or term.startswith(("tmux", "screen")):
        return ""  # a multiplexer swallows them
    if env.get("KITTY_WINDOW_ID") or "kitty" in term or "ghostty" in term + program:
        return "kitty"
    if program in ("iTerm.app", "WezTerm"):
        return "iterm2"
    return ""


def width_of(stream: TextIO) -> int:
    """The columns of the terminal behind `stream`, as they are now; 80 where there is none."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
        return max(columns, NARROWEST) if columns else 80
    except (OSError, ValueError):
        return 80


def height_of(stream: TextIO) -> int:
    """The lines of the terminal behind `stream`, as they are now; 24 where there is none."""
    try:
        lines = os.get_terminal_size(stream.fileno()).lines
        return max(lines, FEWEST_LINES) if lines else 24
    except (OSError, ValueError):
        return 24


def painted(text: str, style: str, look: Look) -> str:
    """`text` in one of the styles above, as far as `look` allows."""
    words = STYLES.get(style, style).split()
    codes = [CODES[word] for word in words if look.colour or word not in COLOURS]
    if not (look.ansi and codes and text):
        return text
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m"


def open_console(stream: TextIO, look: Look, *, width: int | None = None) -> Console:
    """A rich console that writes to `stream` what `look` allows, within the terminal's width."""
    from rich.console import Console
    from rich.theme import Theme

    return Console(
        file=stream,
        force_terminal=look.ansi,
        color_system="auto" if look.ansi else None,
        no_color=not look.colour,
        width=width,
        theme=Theme(STYLES),
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
