"""How many bytes of answers may be on their way from AWS at a time, over all connections.

What a run holds is counted once an answer is there; until then it is counted here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["MOST_UNDER_WAY_BYTES", "BodyRoom"]

MOST_UNDER_WAY_BYTES: Final = 128 * 1024 * 1024
"""Two of the largest objects that are read."""
LOOK_EVERY_S: Final = 0.05


class BodyRoom:
    """Room for so many bytes; who wants more than is free waits for it."""

    def __init__(self, most: int = MOST_UNDER_WAY_BYTES) -> None:
        self.most = most
        self._taken = 0
        self._changed = threading.Condition()

    @property
    def taken(self) -> int:
        """Bytes that are counted now."""
        return self._taken

    @contextmanager
    def of(self, size: int, cancelled: threading.Event) -> Iterator[bool]:
        """Count `size` bytes within the block; False where `cancelled` came first."""
        got = False
        with self._changed:
            while not got and not cancelled.is_set():
                got = self._taken + size <= self.most or not self._taken
                if not got:
                    self._changed.wait(LOOK_EVERY_S)
            self._taken += size if got else 0
        try:
            yield got
        finally:
            with self._changed:
                self._taken -= size if got else 0
                self._changed.notify_all()
