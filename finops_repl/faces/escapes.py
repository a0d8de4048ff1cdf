"""Other people's text made harmless for a terminal: it may not move the cursor or hide a word.

`plain` removes what a terminal would obey, for output and prose. `visible` spells it out, for
code that is about to run: what is approved must be what is seen.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["plain", "visible"]

ESCAPES = re.compile(
    # Strings that a terminal reads to their end (OSC, DCS, ...), then CSI, then the short ones.
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\n\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")
SURROGATES = re.compile(r"[\ud800-\udfff]")


def plain(text: str) -> str:
    """`text` without escape sequences, control and bidirectional characters.

    Of a line redrawn with carriage returns, such as a progress bar, the last state stays.
    """
    text = ESCAPES.sub("", text)
    if "\r" in text:
        text = "\n".join(_last_state(line) for line in text.split("\n"))
    return SURROGATES.sub("\ufffd", CONTROLS.sub("", text))


def _last_state(line: str) -> str:
    states = [state for state in line.split("\r") if state]
    return states[-1] if states else ""


def visible(text: str) -> str:
    """`text` with every character that a reader would not see written as an escape."""
    return "".join(c if _is_seen(c) else ascii(c)[1:-1] for c in text.replace("\r\n", "\n"))


def _is_seen(character: str) -> bool:
    # C: controls, formats such as bidirectional marks, surrogates; Zl and Zp: line separators.
    category = unicodedata.category(character)
    return character in "\n\t" or not (category[0] == "C" or category in ("Zl", "Zp"))
