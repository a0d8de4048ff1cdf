"""A real pseudo-terminal with a screen that can be read as text."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pexpect
import pyte

PATIENCE_S = 15.0
CHECKOUT = Path(__file__).parents[2]


class _AnsweringScreen(pyte.HistoryScreen):
    """Answers where the cursor is, as every terminal does."""

    def __init__(self, columns: int, lines: int, answer: Callable[[str], object]) -> None:
        super().__init__(columns, lines, history=2000)
        self._answer = answer

    def write_process_input(self, data: str) -> None:
        self._answer(data)


class PseudoTerminal:
    """A program in a terminal of its own; its `folder` takes its notes and its history."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        columns: int = 80,
        lines: int = 24,
        program: str = "tests.faces.chat_program",
        account: str = "sim-acme-payer",
        **env: str,
    ) -> None:
        self._account = account
        self.history = folder / "history"
        self._notes = folder / "notes"
        self._child: pexpect.spawn[bytes] = pexpect.spawn(
            sys.executable,
            ["-W", "error", "-m", program, str(folder), *arguments],
            dimensions=(lines, columns),
            cwd=str(CHECKOUT),
            env={
                "HOME": str(folder),
                "PATH": os.environ["PATH"],
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                "PYTHONPATH": str(CHECKOUT),
                **env,
            },
        )
        self._child.delaybeforesend = None
        self._screen = _AnsweringScreen(columns, lines, self._child.send)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def begin_again(self) -> bool:
        """Forget what was seen and noted; False where the program has ended."""
        if not self._child.isalive():
            return False
        self.until(self.at_prompt)
        self._screen.reset()
        self._screen.history.top.clear()
        self._notes.unlink(missing_ok=True)
        self.send("\x0c")  # Ctrl-L: the program clears and draws its prompt again
        self.until(self.at_prompt)
        return True

    def close(self) -> None:
        """End the program, whatever it does."""
        self._child.close(force=True)

    def send(self, keys: str) -> None:
        self._child.send(keys)

    def paste(self, text: str) -> None:
        """Paste as a terminal with bracketed paste does: line ends become carriage returns."""
        self.send("\x1b[200~" + text.replace("\n", "\r") + "\x1b[201~")

    def resize(self, columns: int, lines: int) -> None:
        """Make the window another size, as its user drags it."""
        self._screen.resize(lines, columns)
        self._child.setwinsize(lines, columns)

    def signal(self, number: signal.Signals) -> None:
        self._child.kill(number)

    def screen(self) -> list[str]:
        """What is to be seen now, without trailing blanks."""
        return [line.rstrip() for line in self._screen.display]

    def text(self) -> str:
        """All that was ever written and scrolled away, and the screen."""
        past = [_line(row, self._screen.columns) for row in self._screen.history.top]
        return "\n".join([*past, *self.screen()]).rstrip("\n")

    def since(self, words: str) -> list[str]:
        """The lines from the last one that contains `words` to the one before the toolbar."""
        lines = self.text().split("\n")
        start = max(number for number, line in enumerate(lines) if words in line)
        told = [line for line in lines[start:] if not line.startswith(f"{self._account} · ")]
        return "\n".join(told).rstrip().split("\n")

    def until(self, wanted: str | Callable[[], bool]) -> None:
        """Read until `wanted` is to be seen, or holds."""

        def seen() -> bool:
            return wanted in self.text() if isinstance(wanted, str) else wanted()

        deadline = time.monotonic() + PATIENCE_S
        while not seen():
            if time.monotonic() > deadline:
                raise AssertionError(f"never came: {wanted!r}; the screen:\n{self.text()}")
            while not self._read() and time.monotonic() < deadline:
                pass

    def at_prompt(self) -> bool:
        """Whether the prompt waits, empty, with its toolbar."""
        lines = [line for line in self.screen() if line]
        return ">" in lines[-2:-1] and self._account in lines[-1]

    def exit_code(self) -> int | None:
        """Read to the end of the program."""
        deadline = time.monotonic() + PATIENCE_S
        while self._child.isalive():
            assert time.monotonic() < deadline, f"still alive; the screen:\n{self.text()}"
            self._read()
        self._read()
        return self._child.exitstatus

    def notes(self) -> list[str]:
        """What the scripted conversation and commands saw."""
        return self._notes.read_text().splitlines() if self._notes.exists() else []

    def colours(self) -> list[bytes]:
        """Every escape that sets a colour."""
        codes = re.findall(rb"\x1b\[([\d;]*)m", self.raw)
        return [code for code in codes if re.search(rb"(?:^|;)(?:3[0-8]|4[0-8]|9\d|10\d)", code)]

    def _read(self) -> bool:
        """Whether something new came within a moment."""
        try:
            data: Any = self._child.read_nonblocking(65536, timeout=0.1)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        self.raw += data
        self._stream.feed(data)
        return True


def _line(row: Any, columns: int) -> str:
    return "".join(row[column].data for column in range(columns)).rstrip()
