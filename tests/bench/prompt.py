"""How soon a chat shows its first prompt, in a pseudo-terminal."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import pexpect
import pyte

__all__ = ["first_prompt_ms"]

PATIENCE_S = 60.0


class _Screen(pyte.Screen):
    """Answers where its cursor is, as every terminal does."""

    chat: pexpect.spawn[bytes]

    def write_process_input(self, data: str) -> None:
        self.chat.send(data)


def first_prompt_ms(command: Sequence[str]) -> float:
    """Milliseconds from the start of a chat to its prompt; the chat is left by Ctrl-D."""
    screen = _Screen(80, 24)
    stream = pyte.ByteStream(screen)
    began = time.perf_counter()
    chat: pexpect.spawn[bytes] = pexpect.spawn(
        command[0],
        list(command[1:]),
        dimensions=(24, 80),
        env={**os.environ, "TERM": "xterm-256color"},
    )
    chat.delaybeforesend = None
    screen.chat = chat
    try:
        while True:
            stream.feed(chat.read_nonblocking(65536, timeout=PATIENCE_S))
            if any(line.startswith("> ") for line in screen.display):
                shown = time.perf_counter()
                break
        chat.send("\x04")
        chat.expect(pexpect.EOF, timeout=PATIENCE_S)
    finally:
        chat.close(force=True)
    return (shown - began) * 1_000
