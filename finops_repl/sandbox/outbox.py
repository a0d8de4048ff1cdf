"""What waits to be sent to a box."""

from __future__ import annotations

import threading
from collections import deque

__all__ = ["Outbox"]


class Outbox:
    """Frames on their way to a box, and how many bytes of them wait."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self._waiting = 0
        self._changed = threading.Condition()

    def put(self, data: bytes) -> int:
        """Add a frame; how many bytes wait now."""
        with self._changed:
            self._frames.append(data)
            self._waiting += len(data)
            self._changed.notify_all()
            return self._waiting

    def take(self, most: int, patience_s: float) -> bytes:
        """About so many bytes of the next frames; empty when none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._frames, patience_s)
            batch, size = [], 0
            while self._frames and size < most:
                batch.append(self._frames.popleft())
                size += len(batch[-1])
            self._waiting -= size
            self._changed.notify_all()
        return b"".join(batch)

    def shorter_than(self, limit: int, patience_s: float) -> bool:
        """Whether fewer bytes than the limit wait, now or within the time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._waiting < limit, patience_s)
