"""What the gateway remembers of each run: its calls, their price, whether it was cancelled."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from finops_repl.gateway.record import CallRecord

__all__ = ["Runs"]

RUNS_KEPT = 64
CALLS_KEPT = 10_000


@dataclass(slots=True)
class _Run:
    cancelled: threading.Event = field(default_factory=threading.Event)
    calls: deque[CallRecord] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
    price: Decimal = Decimal(0)
    under_way: int = 0


class Runs:
    """The latest runs, by id; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._runs: OrderedDict[str, _Run] = OrderedDict()

    def cancelled(self, run: str) -> threading.Event:
        """The event that is set when the run is cancelled."""
        with self._lock:
            return self._of(run).cancelled

    def add(self, record: CallRecord) -> None:
        """Keep a call under its run; of a run's calls the latest 10,000 are kept."""
        with self._lock:
            known = self._of(record.run)
            known.calls.append(record)
            known.price += record.price_usd

    @contextmanager
    def under_way(self, run: str) -> Iterator[None]:
        """A call of the run is being answered, or watched, until it is added."""
        with self._lock:
            known = self._of(run)
            known.under_way += 1
        try:
            yield
        finally:
            with self._lock:
                known.under_way -= 1
                self._lock.notify_all()

    def wait_for_calls(self, run: str, patience_s: float) -> None:
        """Wait until all that the run had under way is added, but no longer than this."""
        with self._lock:
            known = self._of(run)
            self._lock.wait_for(lambda: not known.under_way, patience_s)

    def calls(self, run: str) -> tuple[CallRecord, ...]:
        """The run's calls in the order in which they ended."""
        with self._lock:
            known = self._runs.get(run)
            return tuple(known.calls) if known else ()

    def price(self, run: str) -> Decimal:
        """Dollars of all the run's calls, also of those that are not kept."""
        with self._lock:
            known = self._runs.get(run)
            return known.price if known else Decimal(0)

    def _of(self, run: str) -> _Run:
        known = self._runs.setdefault(run, _Run())
        self._runs.move_to_end(run)
        while len(self._runs) > RUNS_KEPT:
            self._runs.popitem(last=False)
        return known
