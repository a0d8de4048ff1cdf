"""Keys pressed while no prompt is open: unseen on the screen, and dropped before a yes counts."""

from __future__ import annotations

import contextlib
import select
import sys
from collections.abc import Iterator

from prompt_toolkit.application import Application
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.keys import Keys

try:
    import termios
except ImportError:  # Windows: the console shows no keys that nobody reads
    termios = None  # type: ignore[assignment]

__all__ = ["as_found", "drop_typed_ahead", "more_is_coming", "unseen"]

LEAST_PASTED = 5
"""Keys behind an Enter that make a paste of it."""
IN_ONE_GO_S = 0.01
"""Nobody types the next key within it; a terminal that pastes does."""


@contextlib.contextmanager
def unseen() -> Iterator[None]:
    """Keep typed keys off the screen and for the next prompt; Ctrl-C still interrupts.

    Enter stays Enter (no ICRNL), so that a line typed ahead is sent and not taken for Ctrl-J.
    """
    if termios is None or not sys.stdin.isatty():
        yield
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    quiet = termios.tcgetattr(descriptor)
    quiet[0] &= ~termios.ICRNL
    quiet[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(descriptor, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSANOW, before)


@contextlib.contextmanager
def as_found() -> Iterator[None]:
    """A terminal as other programs expect it, for as long as one of them holds it."""
    if termios is None or not sys.stdin.isatty():
        yield
        return
    descriptor = sys.stdin.fileno()
    quiet = termios.tcgetattr(descriptor)
    usual = termios.tcgetattr(descriptor)
    usual[0] |= termios.ICRNL
    usual[3] |= termios.ECHO | termios.ICANON
    termios.tcsetattr(descriptor, termios.TCSANOW, usual)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSANOW, quiet)


def drop_typed_ahead(keys: Input) -> None:
    """Forget what was typed so far, read by us or still with the kernel.

    Whoever asks for a yes calls this first: an Enter pressed before the question was there
    answers nothing.
    """
    clear_typeahead(keys)
    keys.flush_keys()
    if termios is not None and sys.stdin.isatty():
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def more_is_coming(app: Application[str]) -> bool:
    """Whether so much came in one go with the key at hand that it was pasted, not typed.

    Terminals without bracketed paste send a paste as if it were typed. A line typed ahead comes
    in one go as well, but with little behind its Enter.
    """
    behind = [press for press in app.key_processor.input_queue if press.key != Keys.CPRResponse]
    if len(behind) >= LEAST_PASTED or "\n" not in app.current_buffer.text:
        return len(behind) >= LEAST_PASTED
    if behind:
        return True
    if termios is None or app.renderer.waiting_for_cpr:  # what comes may be the terminal's answer
        return False
    ready, _, _ = select.select([app.input.fileno()], [], [], IN_ONE_GO_S)
    return bool(ready)
