"""What is piped into a question: read to its end, or left alone where nobody writes.

Who starts us may hand down a pipe that nobody writes to and nobody closes (cron, ssh, CI). So the
first byte is waited for a little, and what has begun is waited for a little longer.
"""

from __future__ import annotations

import os
import queue
import stat
import sys
import threading
from collections.abc import Callable

from finops_repl.base.errors import InputError, LimitReached

__all__ = ["MOST_BYTES", "read_piped"]

MOST_BYTES = 64 * 1024
"""Some 20,000 tokens; more is a matter for a script, not for a model's eyes."""
FIRST_WAIT_S = 3.0
NEXT_WAIT_S = 30.0
PIECE_BYTES = 64 * 1024


def read_piped(say: Callable[[str], None]) -> str:
    """The text on stdin, empty where there is none; `say` tells what was left out.

    Raises `InputError` for what is no text or too much of it, `LimitReached` where it stops in
    the middle.
    """
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    content = _read(sys.stdin.fileno(), say)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"what is piped in is not UTF-8 text: byte {error.start + 1} is"
            f" 0x{content[error.start]:02x}",
            hint="pipe text in; other files belong into workspace/data, where scripts read them",
        ) from error
    if "\0" in text:
        raise InputError("what is piped in holds NUL bytes", hint="pipe text in")
    return text if text.strip() else ""


def _read(descriptor: int, say: Callable[[str], None]) -> bytes:
    pieces: queue.Queue[bytes] = queue.Queue()

    def follow() -> None:
        # Not by way of sys.stdin: a thread that still waits in it at our end would hold its lock.
        while piece := _piece(descriptor):
            pieces.put(piece)
        pieces.put(b"")

    threading.Thread(target=follow, name="stdin", daemon=True).start()
    # A file, and a device such as /dev/null, answer at once.
    waits = stat.S_ISFIFO(os.fstat(descriptor).st_mode) or stat.S_ISSOCK(
        os.fstat(descriptor).st_mode
    )
    content, wait_s = b"", FIRST_WAIT_S if waits else NEXT_WAIT_S
    while True:
        try:
            piece = pieces.get(timeout=wait_s)
        except queue.Empty:
            if content:
                raise LimitReached(
                    f"stdin stopped after {len(content):,} bytes, before its end",
                    hint="see what writes to it, or leave it out: < /dev/null",
                ) from None
            say(f"stdin stayed silent for {wait_s:g} s and is left out (< /dev/null says so)")
            return b""
        if not piece:
            return content
        content += piece
        if len(content) > MOST_BYTES:
            raise InputError(
                f"what is piped in is larger than {MOST_BYTES >> 10} KB",
                hint="put it into workspace/data and name the file in the question: scripts read"
                " it there",
            )
        wait_s = NEXT_WAIT_S


def _piece(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, PIECE_BYTES)
    except OSError:  # closed by whoever started us
        return b""
