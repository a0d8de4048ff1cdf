"""What waits to be sent to a box."""

from __future__ import annotations

import threading
from collections import deque

from finops_repl.sandbox.port import Bytes

__all__ = ["Outbox"]


class Outbox:
    """Frames on their way to a box, and how many bytes of them wait."""

    def __init__(self) -> None:
        self._parts: deque[Bytes] = deque()
        self._waiting = 0
        self._changed = threading.Condition()

    def put(self, *frame: Bytes) -> int:
        """Add a frame in its parts, between which nothing else leaves; how many bytes wait now."""
        with self._changed:
            self._parts.extend(frame)
            self._waiting += sum(map(len, frame))
            self._changed.notify_all()
            return self._waiting

    def take(self, most: int, patience_s: float) -> Bytes:
        """The next parts, joined up to so many bytes; one that is longer alone, as it was given.

        Empty when none came in time.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._parts, patience_s)
            batch: list[Bytes] = []
            size = 0
            while self._parts and (not batch or size + len(self._parts[0]) <= most):
                batch.append(self._parts.popleft())
                size += len(batch[-1])
            self._waiting -= size
            self._changed.notify_all()
        return batch[0] if len(batch) == 1 else b"".join(batch)

    def shorter_than(self, limit: int, patience_s: float) -> bool:
        """Whether fewer bytes than the limit wait, now or within the time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._waiting < limit, patience_s)
