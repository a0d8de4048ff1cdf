"""How many bytes of requests and responses the host holds for one box at a time."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

__all__ = ["MOST_HELD_BYTES", "Allowance", "Share"]

MOST_HELD_BYTES = 256 * 1024 * 1024
"""Thirty of the largest requests, or two responses of 100 MB: more than a script has use for."""


class Allowance:
    """What the connections of one box may hold, all together."""

    def __init__(self, most: int = MOST_HELD_BYTES) -> None:
        self.most = most
        self._held = 0
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """Bytes that are held now."""
        return self._held

    def share(self) -> Share:
        """One connection's part of it; used as a context, it is given back at the end."""
        return Share(self)

    def change(self, size: int) -> bool:
        """Hold `size` bytes more, or fewer; whether they fit, and nothing is held where not."""
        with self._lock:
            if size > 0 and self._held + size > self.most:
                return False
            self._held += size
            return True


class Share:
    """The bytes that one connection holds."""

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        self._held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.give_back()

    def take(self, size: int) -> bool:
        """Hold so many bytes more; False where the box holds too many already."""
        if not self.allowance.change(size):
            return False
        self._held += size
        return True

    def give_back(self) -> None:
        """Hold nothing any more."""
        self.allowance.change(-self._held)
        self._held = 0
