"""An answer out of the terminal: to the clipboard where the terminal takes it, to a file always."""

from __future__ import annotations

import base64
import os

from finops_repl.base.files import write_atomic
from finops_repl.base.places import state_dir
from finops_repl.faces.terminal.screen import Screen

__all__ = ["copy_out"]

MOST_BYTES = 74_994
"""What base64 makes 99,992 characters of: xterm reads no longer sequence."""
DEAF = ("linux", "screen")
"""Terminals that print such a sequence or swallow it: the console, and GNU screen."""


def copy_out(text: str, screen: Screen) -> list[str]:
    """Copy `text` as it is, without padding or wraps; says in lines where it is now.

    The sequence is OSC 52. No terminal says whether it obeyed, so the file is always written.
    """
    content = text.encode()
    place = state_dir() / "last-answer.md"
    write_atomic(place, content + b"\n", mode=0o600)
    said = [f"in {place}"]
    term = os.environ.get("TERM", "")
    if screen.look.ansi and not term.startswith(DEAF) and len(content) <= MOST_BYTES:
        screen.send(f"\x1b]52;c;{base64.b64encode(content).decode()}\x07")
        said.insert(0, "copied, if this terminal lets programs copy (OSC 52)")
    return said
