"""The prompt: where a question is written, edited, recalled and sent."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session, get_app
from prompt_toolkit.completion import Completer
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.plain_text import PlainTextOutput
from prompt_toolkit.styles import Style

from finops_repl.faces.terminal.console import Look
from finops_repl.faces.terminal.keys import more_is_coming
from finops_repl.faces.terminal.pastes import Pastes, QuestionHistory

__all__ = ["STYLE", "Interrupted", "QuestionPrompt", "ask_line", "prompting"]

LEAVE_WITHIN_S = 1.0
LEAVE_HINT = "Ctrl-C again to leave"
STYLE = Style.from_dict(
    {
        "bottom-toolbar": "noreverse dim",
        "prompt": "bold",
        "completion-menu": "noreverse bg:default",
        "completion-menu.completion": "bg:default fg:default",
        "completion-menu.completion.current": "bold reverse",
        "completion-menu.meta.completion": "bg:default fg:default dim",
        "completion-menu.meta.completion.current": "bg:default fg:default dim reverse",
    }
)


@contextlib.contextmanager
def prompting(look: Look) -> Iterator[None]:
    """Prompts within write what `look` allows: to a dumb terminal not one escape."""
    if look.ansi:
        yield
        return
    with create_app_session(output=PlainTextOutput(sys.stdout)):
        yield


class Interrupted(Exception):
    """Ctrl-C at a prompt within a turn."""


class QuestionPrompt:
    """Reads one question after the other; Enter sends, Ctrl-J and Alt-Enter begin a new line."""

    def __init__(
        self,
        look: Look,
        *,
        toolbar: Callable[[int], str],
        completer: Completer,
        history: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._toolbar = toolbar
        self._pastes = Pastes()
        self._clock = clock
        self._interrupted_at = float("-inf")
        self._asking: asyncio.Task[str] | None = None
        self._when_shown: Callable[[], None] | None = None
        self._outcome: Literal["left", "dropped"] | None = None
        self._session: PromptSession[str] = PromptSession(
            [("class:prompt", "> ")],
            multiline=True,
            prompt_continuation="  ",
            key_bindings=self._bindings(),
            completer=completer,
            complete_while_typing=Condition(_is_command),
            history=QuestionHistory(history, self._pastes) if history else None,
            bottom_toolbar=self._toolbar_text,
            style=STYLE,
            color_depth=None if look.colour else ColorDepth.DEPTH_1_BIT,
            enable_suspend=True,
        )

    @property
    def keys(self) -> Input:
        return self._session.input

    def when_shown(self, react: Callable[[], None]) -> None:
        """Call `react` once, as soon as a prompt is on the screen."""
        if not self._look.ansi:
            self._when_shown = react  # a dumb terminal's prompt is rendered by another application
            return
        rendered = self._session.app.after_render

        def once(_app: object) -> None:
            rendered.remove_handler(once)
            react()

        rendered.add_handler(once)

    def refresh(self) -> None:
        """Draw an open prompt anew, its toolbar has changed; any thread may call this."""
        if self._look.ansi:
            self._session.app.invalidate()

    async def ask(self) -> str:
        """The next question, pastes written out; raises EOFError when the user leaves."""
        self._outcome = None
        self._asking = asyncio.create_task(self._session.prompt_async(handle_sigint=False))
        if self._when_shown is not None:
            asyncio.get_running_loop().call_soon(self._when_shown)
            self._when_shown = None
        try:
            line = await self._asking
        except asyncio.CancelledError:
            match self._outcome:
                case "left":
                    raise EOFError from None
                case "dropped":
                    return ""
                case _:
                    raise
        return self._pastes.expand(line).strip()

    def leave(self) -> None:
        """End an open prompt, as Ctrl-D does."""
        self._end("left")

    def interrupt(self) -> None:
        """Ctrl-C: drop what is written; twice within a second on an empty line, leave."""
        now = self._clock()
        if self._session.default_buffer.text:
            self._drop()
        elif now - self._interrupted_at < LEAVE_WITHIN_S:
            self.leave()
        else:
            self._interrupted_at = now
            self._hint()

    def _drop(self) -> None:
        if self._look.ansi:
            self._session.default_buffer.reset()
            self._session.app.invalidate()
        else:
            self._end("dropped")  # a dumb terminal cannot take text back: a new line, then

    def _hint(self) -> None:
        if self._look.ansi:
            self._session.app.invalidate()
            asyncio.get_running_loop().call_later(LEAVE_WITHIN_S, self._session.app.invalidate)
        else:
            self._session.output.write(f"({LEAVE_HINT}) ")
            self._session.output.flush()

    def _end(self, outcome: Literal["left", "dropped"]) -> None:
        if self._asking is not None and not self._asking.done():
            self._outcome = outcome
            self._asking.cancel()

    def _toolbar_text(self) -> str:
        if self._clock() - self._interrupted_at < LEAVE_WITHIN_S:
            return LEAVE_HINT
        return self._toolbar(get_app().output.get_size().columns)

    def _bindings(self) -> KeyBindings:
        keys = KeyBindings()
        writing = has_focus("DEFAULT_BUFFER")

        @keys.add("enter", filter=writing)
        def _send(event: KeyPressEvent) -> None:
            if more_is_coming(event.app):
                event.current_buffer.newline(copy_margin=False)
            else:
                event.current_buffer.validate_and_handle()

        @keys.add("c-j", filter=writing)
        @keys.add("escape", "enter", filter=writing)
        def _new_line(event: KeyPressEvent) -> None:
            event.current_buffer.newline(copy_margin=False)

        @keys.add(Keys.BracketedPaste, filter=writing)
        def _paste(event: KeyPressEvent) -> None:
            text = event.data.replace("\r\n", "\n").replace("\r", "\n")
            event.current_buffer.insert_text(self._pastes.mark(text))

        @keys.add("backspace", filter=writing)
        def _delete(event: KeyPressEvent) -> None:
            before = event.current_buffer.document.text_before_cursor
            event.current_buffer.delete_before_cursor(len(self._pastes.mark_before(before)) or 1)

        # Eager: on a dumb terminal the session's own bindings would come first.
        @keys.add("c-c", filter=writing, eager=True)
        def _interrupt(event: KeyPressEvent) -> None:
            self.interrupt()

        @keys.add("c-d", filter=writing & Condition(_nothing_to_delete), eager=True)
        def _leave(event: KeyPressEvent) -> None:
            self.leave()

        return keys


def _is_command() -> bool:
    return get_app().current_buffer.text.startswith("/")


def _nothing_to_delete() -> bool:
    return get_app().current_buffer.document.is_cursor_at_the_end


async def ask_line(message: str, look: Look) -> str:
    """One short line within a turn; raises `Interrupted` at Ctrl-C, EOFError at Ctrl-D."""
    session: PromptSession[str] = PromptSession(
        message,
        style=STYLE,
        color_depth=None if look.colour else ColorDepth.DEPTH_1_BIT,
        interrupt_exception=Interrupted,
    )
    return (await session.prompt_async(handle_sigint=False)).strip()
