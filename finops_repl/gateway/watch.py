"""Watches the queries that run: what they scan is counted while they do, and none outlives its run.

Athena has no cap for a single query, and a script need not look at its own. So each is looked at
once a second, and stopped where it passed a cap, where the run that started it ended, however it
ended, and where the session does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Final

from finops_repl.aws.call import Answer, Call
from finops_repl.base.errors import FinopsError
from finops_repl.gateway.meter import Meter, Tab
from finops_repl.gateway.runs import Runs
from finops_repl.gateway.started import StartedQueries, StartedQuery

__all__ = ["LOOK_EVERY_S", "PATIENCE_S", "AskUpstream", "QueryWatch", "RecordLook"]

LOOK_EVERY_S: Final = 1.0
PATIENCE_S: Final = 5.0
"""How long an end waits until its queries have ended too; the watch goes on after that."""

AskUpstream = Callable[[Call, threading.Event], Answer]
"""Asks who answers for a call's service; gives up soon after the event is set."""
RecordLook = Callable[[StartedQuery, str, Decimal, str], None]
"""Puts on record what the watch did on its own: the query, the operation, its price and why."""


class QueryWatch:
    """One thread, there only while a query runs; any number of others may call it."""

    def __init__(
        self,
        meter: Meter,
        queries: StartedQueries,
        ask_upstream: AskUpstream,
        runs: Runs,
        record: RecordLook,
        *,
        every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._meter = meter
        self._queries = queries
        self._ask_upstream = ask_upstream
        self._runs = runs
        self._record = record
        self._every_s = every_s
        self._given_up = threading.Event()
        self._changed = threading.Condition()
        self._in_haste = False
        self._thread: threading.Thread | None = None

    def attend(self) -> None:
        """Watch what runs from now on; called when a query was started."""
        with self._changed:
            if self._thread is None and not self._given_up.is_set():
                self._thread = threading.Thread(target=self._watch, name="queries", daemon=True)
                self._thread.start()

    def look_at_all(self) -> None:
        """Look at what runs at once, so that the caps know of it."""
        for query in self._queries.running():
            self._look(query)

    def stop_soon(self, run: str | None, why: str) -> None:
        """Have the queries of a run ended, or all of them."""
        running = self._queries.running(run)
        for query in running:
            query.ending = query.ending or why
        if running:
            with self._changed:
                self._in_haste = True
                self._changed.notify_all()

    def end(self, run: str | None, why: str) -> None:
        """End the queries of a run, or all of them, and wait a while until that is done."""
        self.stop_soon(run, why)
        with self._changed:
            self._changed.wait_for(lambda: not self._queries.running(run), PATIENCE_S)

    def close(self) -> None:
        """End all queries, and the watch."""
        self.end(None, "the session ended")
        self._given_up.set()
        with self._changed:
            self._in_haste = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(PATIENCE_S)

    def _watch(self) -> None:
        try:
            while self._is_needed():
                self.look_at_all()
        finally:  # whatever broke it, the next query is watched again
            with self._changed:
                if self._thread is threading.current_thread():
                    self._thread = None

    def _is_needed(self) -> bool:
        """Whether there is something to look at, after a pause; else the thread is forgotten."""
        with self._changed:
            self._changed.notify_all()
            if self._given_up.is_set() or not self._queries.running():
                self._thread = None
                return False
            self._changed.wait_for(lambda: self._in_haste, self._every_s)
            self._in_haste = False
            return True

    def _look(self, query: StartedQuery) -> None:
        """Look at a query; what cannot be asked now is asked next time."""
        with self._runs.under_way(query.caller.run):
            tab = Tab(query.caller)
            was_stopped = bool(query.stopped)
            with suppress(FinopsError):
                self._meter.look(query, self._ask, tab)
                why = query.stopped or query.ending
                if query.runs and why:
                    self._meter.stop(query, why, self._ask)
                    self._meter.look(query, self._ask, tab)
            if tab.price:
                self._record(query, query.kind.look, tab.price, "a look at a query that runs")
            if query.stopped and not was_stopped:
                self._record(query, query.kind.stop, Decimal(0), query.stopped)

    def _ask(self, call: Call) -> Answer:
        return self._ask_upstream(call, self._given_up)
