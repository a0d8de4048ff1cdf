"""A script's output on its way to the session: whole lines, without secrets and escapes.

A secret may come in two pieces, so a line is held back until it is whole, a private key until its
end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Literal

from finops_repl.tools.encoding import clean_text
from finops_repl.tools.redaction import redact

__all__ = ["CleanOutput"]

Stream = Literal["stdout", "stderr"]

LONGEST_HELD = 16_000
"""Characters that wait for the end of their line; a longer line goes on in pieces."""

KEY_BEGINS, KEY_ENDS = "-----BEGIN ", "PRIVATE KEY-----\n"


class CleanOutput:
    """Passes on what a script prints; what is held back at its end follows then."""

    def __init__(self, show: Callable[[Stream, str], None]) -> None:
        self._show = show
        self._held: dict[Stream, str] = {"stdout": "", "stderr": ""}
        self._lock = threading.Lock()

    def __enter__(self) -> CleanOutput:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            for stream, text in self._held.items():
                self._pass_on(stream, text)

    def add(self, stream: Stream, text: str) -> None:
        """What came; may be called from any thread."""
        with self._lock:
            held = self._held[stream] + text
            end = len(held) if len(held) > LONGEST_HELD else _end_of_lines(held)
            self._held[stream] = held[end:]
            self._pass_on(stream, held[:end])

    def _pass_on(self, stream: Stream, text: str) -> None:
        # Of a line redrawn with carriage returns, such as a progress bar, the last state stays.
        lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
        if cleaned := redact(clean_text("\n".join(lines))):
            self._show(stream, cleaned)


def _end_of_lines(text: str) -> int:
    """Where the last whole line ends, or where a private key begins that is not whole yet."""
    end = text.rfind("\n") + 1
    key = text.rfind(KEY_BEGINS, 0, end)
    if key != -1 and "PRIVATE KEY" in text[key:end] and text.count(KEY_ENDS, key, end) < 2:
        return key
    return end
