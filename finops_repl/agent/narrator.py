"""Facts become events: numbered, recorded, and only then shown, from whatever thread they come."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

from finops_repl.base.events import Event, EventLog, Fact

__all__ = ["Narrator"]


class Narrator:
    """The events of one turn. `record` is called before a reader sees the event."""

    def __init__(self, log: EventLog, record: Callable[[Event], None]) -> None:
        self._log = log
        self._record = record
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._lock = threading.Lock()
        self._closed = False

    def emit(self, fact: Fact) -> None:
        """Tell a fact. After the end of the turn nobody listens: a late one is dropped."""
        with self._lock:
            if self._closed:
                return
            event = self._log.wrap(fact)
            self._record(event)
            self._loop.call_soon_threadsafe(self._queue.put_nowait, event)

    def close(self) -> None:
        """End the story; `events` ends when it has given what was told."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._loop.call_soon_threadsafe(self._queue.put_nowait, None)

    async def events(self) -> AsyncIterator[Event]:
        """What was told, in order, until the story is closed."""
        while (event := await self._queue.get()) is not None:
            yield event
