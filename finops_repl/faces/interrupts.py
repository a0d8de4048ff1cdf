"""Ctrl-C as a plain callback in the event loop, and the same for being asked to end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

__all__ = ["ENDING", "handling"]

ENDING: tuple[signal.Signals, ...] = tuple(
    signal.Signals[name] for name in ("SIGTERM", "SIGHUP") if name in signal.Signals.__members__
)
"""The signals that ask a program to end: a closed terminal, a CI job's time limit."""


@contextlib.contextmanager
def handling(signals: tuple[signal.Signals, ...], react: Callable[[], None]) -> Iterator[None]:
    """Call `react` in the running loop at each of `signals`; the former handlers come back.

    Where the loop takes no signal handlers (Windows), the interpreter's own handler passes the
    call on to the loop.
    """
    loop = asyncio.get_running_loop()

    def pass_on(_signal: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(react)

    with contextlib.ExitStack() as undo:
        for number in signals:
            undo.callback(signal.signal, number, signal.getsignal(number) or signal.SIG_DFL)
            try:
                loop.add_signal_handler(number, react)
            except NotImplementedError:
                signal.signal(number, pass_on)
            else:
                undo.callback(loop.remove_signal_handler, number)
        yield
