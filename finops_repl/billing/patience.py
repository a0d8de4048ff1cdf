"""How long somebody waits for a query, and whether they still do."""

from __future__ import annotations

import threading
import time

from finops_repl.base.errors import LimitReached

__all__ = ["Patience"]


class Patience:
    """Looks at clock and cancellation while a query is worked on."""

    def __init__(self, timeout_s: float, cancelled: threading.Event | None) -> None:
        self._timeout_s = timeout_s
        self._end = time.monotonic() + timeout_s
        self._cancelled = cancelled

    def look(self, *_: object) -> None:
        """Raise `LimitReached` when it is time to stop."""
        if self._cancelled is not None and self._cancelled.is_set():
            raise LimitReached("the query was cancelled")
        if time.monotonic() > self._end:
            raise LimitReached(
                f"the query ran longer than {self._timeout_s:g} s",
                hint="ask for a shorter period or fewer columns, or raise --timeout",
            )
