"""A picture that a script left, in the escapes of a terminal that shows pictures.

Sources: kitty's "Terminal graphics protocol", iTerm2's "Inline Images Protocol". Neither waits
for an answer: kitty is told to give none.
"""

from __future__ import annotations

import base64
import math
import re
from pathlib import Path

from finops_repl.faces.terminal.console import Pictures

__all__ = ["picture_escape"]

PNG = b"\x89PNG\r\n\x1a\n"
LARGEST_BYTES = 4 * 1024 * 1024
KITTY_PIECE = 4096
"""Characters of base64 in one escape, as kitty's protocol has it."""
PIXELS_OF_A_COLUMN = 9
"""About; a picture is shown no wider than it is, and never wider than the screen."""


def picture_escape(path: Path, size: str, protocol: Pictures, columns: int) -> str:
    """What shows the picture of `size` (`640 x 480`); empty where that cannot be done."""
    width = re.match(r"\d+", size)
    if not protocol or width is None:
        return ""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError:  # the next run has replaced it, say
        return ""
    if len(content) > LARGEST_BYTES or not content.startswith(PNG):
        return ""
    columns = max(1, min(columns, math.ceil(int(width.group()) / PIXELS_OF_A_COLUMN)))
    text = base64.b64encode(content).decode()
    if protocol == "iterm2":
        given = f"inline=1;size={len(content)};width={columns};preserveAspectRatio=1"
        return f"\x1b]1337;File={given}:{text}\x07"
    return _kitty(text, columns)


def _kitty(text: str, columns: int) -> str:
    pieces = [text[start : start + KITTY_PIECE] for start in range(0, len(text), KITTY_PIECE)]
    escapes = []
    for number, piece in enumerate(pieces):
        first = f"a=T,f=100,q=2,c={columns}," if number == 0 else ""
        more = int(number < len(pieces) - 1)
        escapes.append(f"\x1b_G{first}m={more};{piece}\x1b\\")
    return "".join(escapes)
