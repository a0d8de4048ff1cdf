"""One at a time for each name: whoever asks the same waits, everybody else passes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Turns"]

CANCEL_POLL_S = 0.05


@dataclass(slots=True)
class _Turn:
    lock: threading.Lock = field(default_factory=threading.Lock)
    wanted: int = 0


class Turns:
    """Locks by name, each there for as long as somebody wants it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[str, _Turn] = {}

    @contextmanager
    def taken(self, name: str, cancelled: threading.Event) -> Iterator[bool]:
        """Wait for one's turn; False where `cancelled` was set before it came."""
        with self._lock:
            turn = self._turns.setdefault(name, _Turn())
            turn.wanted += 1
        try:
            while not (taken := turn.lock.acquire(timeout=CANCEL_POLL_S)):
                if cancelled.is_set():
                    break
            try:
                yield taken
            finally:
                if taken:
                    turn.lock.release()
        finally:
            with self._lock:
                turn.wanted -= 1
                if not turn.wanted:
                    del self._turns[name]
