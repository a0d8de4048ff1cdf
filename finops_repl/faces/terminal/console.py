"""The one place that decides what a terminal can take: escapes, colour, width."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.theme import Theme

__all__ = ["CODE_THEME", "Look", "look_of", "open_console"]

CODE_THEME = "ansi_dark"
"""Code in the terminal's own sixteen colours, so that light and dark screens both can read it."""

THEME = Theme(
    {
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
)


@dataclass(frozen=True, slots=True)
class Look:
    """What may be written: `ansi` escapes at all, `colour` among them."""

    ansi: bool
    colour: bool


def look_of(stream: TextIO, env: Mapping[str, str] | None = None) -> Look:
    """Decide by TTY, TERM and NO_COLOR (https://no-color.org: set and not empty)."""
    env = os.environ if env is None else env
    is_dumb = env.get("TERM", "").lower() in ("dumb", "unknown")
    ansi = stream.isatty() and not is_dumb
    return Look(ansi=ansi, colour=ansi and not env.get("NO_COLOR"))


def open_console(stream: TextIO, look: Look, *, width: int | None = None) -> Console:
    """A rich console that writes to `stream` what `look` allows, within the terminal's width."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return Console(
        file=stream,
        force_terminal=look.ansi,
        color_system="auto" if look.ansi else None,
        no_color=not look.colour,
        width=width,
        theme=THEME,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
