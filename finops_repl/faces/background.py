"""Blocking work beside the event loop, stopped by its own token when nobody waits any more."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from finops_repl.base.errors import FinopsError

__all__ = ["in_thread"]

Result = TypeVar("Result")


async def in_thread(work: Callable[[threading.Event], Result]) -> Result:
    """What `work` returns, called in a thread with a token that says when to give up.

    A cancelled caller sets the token and waits until the thread has stopped: a container that
    it holds is gone before the prompt is back.
    """
    cancelled = threading.Event()
    running = asyncio.ensure_future(asyncio.to_thread(work, cancelled))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        cancelled.set()
        with contextlib.suppress(FinopsError):
            await running
        raise
