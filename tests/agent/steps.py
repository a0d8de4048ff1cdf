"""Ctrl-C at an await of one's choice: a turn's task is counted through all its suspensions."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Coroutine, Generator
from typing import Any

__all__ = ["Steps"]


class Steps:
    """Cancels the agent's turn at the suspensions numbered in `at`, counted from 1."""

    def __init__(self, *at: int) -> None:
        self._at = at
        self.count = 0

    def watch(self) -> None:
        """Count every turn that the running loop starts from here on."""
        asyncio.get_running_loop().set_task_factory(self._factory)

    def _factory(
        self, loop: asyncio.AbstractEventLoop, coro: Any, **options: Any
    ) -> asyncio.Task[Any]:
        if getattr(coro, "__qualname__", "") != "Agent._turn":
            return asyncio.Task(coro, loop=loop, **options)
        task: asyncio.Task[Any] = asyncio.Task(self._counted(coro), loop=loop, **options)
        return task

    async def _counted(self, coro: Coroutine[Any, Any, Any]) -> Any:
        return await self._each(coro)

    @types.coroutine
    def _each(self, coro: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
        task = asyncio.current_task()
        assert task is not None
        value: Any = None
        error: BaseException | None = None
        while True:
            try:
                waits_for = coro.send(value) if error is None else coro.throw(error)
            except StopIteration as end:
                return end.value
            self.count += 1
            if self.count in self._at:
                task.get_loop().call_soon(task.cancel)
            value, error = None, None
            try:
                value = yield waits_for
            except BaseException as thrown:  # handed on, whatever it is
                error = thrown
