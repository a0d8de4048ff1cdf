"""What the services of the simulated account look at: its world, its days, its tables."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from finops_repl.aws.call import Answer, Call, Refusal
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.world import World
from finops_repl.trino.store import Store, connect

__all__ = ["Handler", "View", "invalid"]


class Handler(Protocol):
    """One service of the account."""

    @property
    def operations(self) -> frozenset[str]:
        """The operations that are answered."""
        ...

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one of them."""
        ...


class View:
    """Reads the ledger's tables; safe to use from several threads."""

    def __init__(self, world: World, calendar: Calendar, path: Path) -> None:
        self.world, self.calendar, self.path = world, calendar, path
        self._store: Store = connect(path, read_only=True)
        self._lock = threading.Lock()

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query of ours; `values` take the places of its question marks."""
        with self._lock:
            cursor = self._store.cursor()
        try:
            return cursor.execute(sql, list(values)).fetchall()
        finally:
            cursor.close()

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()


def invalid(message: str, code: str = "ValidationException") -> Refusal:
    """A refusal of parameters, in AWS's form."""
    return Refusal(code, message)
