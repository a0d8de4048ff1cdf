"""What the gateway remembers of each run: its calls, and whether it was cancelled."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from finops_repl.gateway.record import CallRecord

__all__ = ["Runs"]

RUNS_KEPT = 64
CALLS_KEPT = 10_000


@dataclass(slots=True)
class _Run:
    cancelled: threading.Event = field(default_factory=threading.Event)
    calls: deque[CallRecord] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))


class Runs:
    """The latest runs, by id; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, _Run] = OrderedDict()

    def cancelled(self, run: str) -> threading.Event:
        """The event that is set when the run is cancelled."""
        with self._lock:
            return self._of(run).cancelled

    def add(self, record: CallRecord) -> None:
        """Keep a call under its run; of a run's calls the latest 10,000 are kept."""
        with self._lock:
            self._of(record.run).calls.append(record)

    def calls(self, run: str) -> tuple[CallRecord, ...]:
        """The run's calls in the order in which they ended."""
        with self._lock:
            known = self._runs.get(run)
            return tuple(known.calls) if known else ()

    def _of(self, run: str) -> _Run:
        known = self._runs.setdefault(run, _Run())
        self._runs.move_to_end(run)
        while len(self._runs) > RUNS_KEPT:
            self._runs.popitem(last=False)
        return known
