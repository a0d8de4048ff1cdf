"""The end of a query that lasts too long or that nobody waits for any more."""

from __future__ import annotations

import threading
import time

from finops_repl.base.errors import LimitReached
from finops_repl.trino.store import Store

__all__ = ["Watch"]

WATCH_EVERY_S = 0.02


class Watch:
    """Interrupts one query at its time limit or when it is cancelled."""

    def __init__(self, cursor: Store, timeout_s: float, cancelled: threading.Event | None) -> None:
        self.limit: LimitReached | None = None
        self._cursor, self._timeout_s = cursor, timeout_s
        self._cancelled = cancelled or threading.Event()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name="sql-watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        end = time.monotonic() + self._timeout_s
        while not self._done.wait(WATCH_EVERY_S):
            if self.limit is None and self._cancelled.is_set():
                self.limit = LimitReached("the query was cancelled")
            if self.limit is None and time.monotonic() > end:
                self.limit = LimitReached(
                    f"the query ran longer than {self._timeout_s:g} s",
                    hint="ask for a shorter period or fewer columns, or raise --timeout",
                )
            if self.limit is not None:
                self._cursor.interrupt()
