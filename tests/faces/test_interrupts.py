"""A signal is a plain callback, also where the event loop takes no signal handlers (Windows)."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from finops_repl.faces.interrupts import handling


class WithoutHandlers(asyncio.SelectorEventLoop):
    """A loop as on Windows."""

    def add_signal_handler(self, *_: Any) -> None:  # type: ignore[override]  # no handler at all
        raise NotImplementedError


@pytest.mark.parametrize("make_loop", [asyncio.SelectorEventLoop, WithoutHandlers])
def test_a_signal_calls_back_in_the_loop_and_the_former_handler_comes_back(
    make_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    before = signal.getsignal(signal.SIGUSR1)

    async def wait_for_it() -> bool:
        seen = asyncio.Event()
        with handling((signal.SIGUSR1,), seen.set):
            os.kill(os.getpid(), signal.SIGUSR1)
            await asyncio.wait_for(seen.wait(), 10)
        return seen.is_set()

    loop = make_loop()
    try:
        assert loop.run_until_complete(wait_for_it())
    finally:
        loop.close()
    assert signal.getsignal(signal.SIGUSR1) == before
