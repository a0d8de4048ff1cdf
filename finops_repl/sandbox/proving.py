"""An engine's verdict, found once and aside while its first box starts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from finops_repl.base.setting_values import WhenUnproven
from finops_repl.sandbox.verdict import Verdict

__all__ = ["Proving"]


class Proving:
    """Finds a verdict in a thread of its own, and holds whoever wants a box to it.

    Where limits do not hold, `unproven` says whether boxes are refused or warned of. A search
    that failed begins anew with the next box.
    """

    def __init__(self, find: Callable[[], Verdict], unproven: WhenUnproven) -> None:
        self._find = find
        self._unproven = unproven
        self._lock = threading.Lock()
        self._found: Future[Verdict] | None = None

    def begin(self) -> None:
        """Begin to find the verdict; raises `SandboxUnavailable` where it is known and against."""
        with self._lock:
            found = self._found
            if found is None or (found.done() and found.exception() is not None):
                self._found = Future()
                threading.Thread(
                    target=self._search, args=(self._found,), name="sandbox proof", daemon=True
                ).start()
                return
        if found.done():
            self._judge(found.result())

    def require(self) -> None:
        """Wait for the verdict; raises `SandboxUnavailable` where it is against."""
        with self._lock:
            found = self._found
        if found is not None:
            self._judge(found.result())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What does not hold, a line each, once that is known."""
        with self._lock:
            found = self._found
        if found is None or not found.done() or found.exception() is not None:
            return ()
        return found.result().warnings

    def _search(self, found: Future[Verdict]) -> None:
        try:
            found.set_result(self._find())
        except BaseException as error:
            found.set_exception(error)  # for whoever waits

    def _judge(self, verdict: Verdict) -> None:
        if self._unproven == "refuse":
            verdict.require()
