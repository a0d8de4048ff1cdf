"""Text measured in terminal columns: East Asian wide characters take two, accents none."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["cell_width", "clip", "fold", "wrap"]


def cell_width(text: str) -> int:
    """How many columns `text` takes."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def clip(text: str, width: int) -> str:
    """`text` cut to `width` columns, with an ellipsis where something was left out."""
    if cell_width(text) <= width:
        return text
    return fold(text, max(1, width - 1))[0] + "…"


def fold(text: str, width: int) -> list[str]:
    """`text` in pieces of at most `width` columns, cut anywhere; nothing is lost."""
    pieces, start, used = [], 0, 0
    for position, character in enumerate(text):
        cells = _cells(character)
        if used + cells > width and position > start:
            pieces.append(text[start:position])
            start, used = position, 0
        used += cells
    return [*pieces, text[start:]]


def wrap(text: str, width: int) -> list[str]:
    """One line in pieces of at most `width` columns, cut between words where that is possible.

    A word that is wider than that begins a piece of its own and is folded. Blanks at a cut go.
    """
    pieces, line = [], ""
    for word in re.findall(r"\s*\S+", text):
        bare = word.lstrip()
        if cell_width(line + word) <= width:
            line += word
            continue
        if line.strip():
            pieces.append(line)
            word = bare
        *whole, line = fold(word, width)
        pieces += whole
    return [*pieces, line]


def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
