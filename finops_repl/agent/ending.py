"""Waiting for the end of what was cancelled, which a second Ctrl-C does not cut short."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

__all__ = ["ended"]


async def ended(tasks: Iterable[asyncio.Task[Any]], timeout_s: float | None = None) -> None:
    """Return when the tasks have ended, or after the time; only then a cancel passes.

    Left earlier, a box could outlive its turn, and the turn the next question.
    """
    waiting = asyncio.ensure_future(asyncio.wait(tasks, timeout=timeout_s))
    cancelled = False
    while not waiting.done():
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
