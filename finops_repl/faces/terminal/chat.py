"""The chat: a prompt, a turn, a prompt; Ctrl-C ends the turn and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from finops_repl.base.errors import FinopsError, InputError
from finops_repl.base.events import ApprovalRequested, Event
from finops_repl.base.places import state_dir
from finops_repl.faces import interrupts
from finops_repl.faces.port import Banner, Commands, Conversation
from finops_repl.faces.story import error_line
from finops_repl.faces.terminal.approval import Reply, ask_approval
from finops_repl.faces.terminal.banner import show_banner
from finops_repl.faces.terminal.commands import LEAVING, SUMMARIES, SlashCommands
from finops_repl.faces.terminal.completion import SlashCompleter
from finops_repl.faces.terminal.console import Look, look_of
from finops_repl.faces.terminal.keys import unseen
from finops_repl.faces.terminal.prompt import Interrupted, QuestionPrompt, prompting
from finops_repl.faces.terminal.screen import Screen
from finops_repl.faces.terminal.toolbar import toolbar_line
from finops_repl.faces.terminal.transcript import THINKING, Transcript

__all__ = ["chat"]

ENDED_BY_SIGNAL = 130
COMPACT = "/compact"


async def chat(
    conversation: Conversation,
    commands: Commands,
    banner: Banner,
    *,
    ask_first: str = "",
    history: Path | None = None,
) -> int:
    """Converse until the user leaves; returns the exit code.

    `ask_first` is asked before the first prompt; `history` holds former questions (by default a
    private file). Raises `InputError` where there is no terminal on both sides.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(
            "the chat needs a terminal", hint='to ask once without one: finops-repl -p "question"'
        )
    look = look_of(sys.stdout)
    with prompting(look), unseen():
        session = _Chat(conversation, commands, banner, history or state_dir() / "questions", look)
        with (
            interrupts.handling((signal.SIGINT,), session.interrupt),
            interrupts.handling(interrupts.ENDING, session.end),
        ):
            return await session.converse(ask_first)


class _Chat:
    """One session at one terminal."""

    def __init__(
        self,
        conversation: Conversation,
        commands: Commands,
        banner: Banner,
        history: Path,
        look: Look,
    ) -> None:
        self._conversation = conversation
        self._commands = commands
        self._earlier = commands.resumed()
        self._has_asked = self._earlier is not None
        self._has_approved = False
        self._banner = banner
        self._screen = Screen(sys.stdout, look)
        self._transcript = Transcript(self._screen)
        self._slash = SlashCommands(
            commands, self._screen, self._transcript, lambda: self._prompt.keys
        )
        self._prompt = QuestionPrompt(
            look,
            toolbar=lambda width: toolbar_line(commands.status(), width),
            completer=SlashCompleter(SUMMARIES, commands.list_workflows),
            history=history,
        )
        self._work: asyncio.Task[None] | None = None
        self._approving: asyncio.Task[Reply] | None = None
        self._in_turn = False
        self._interrupted = False
        self._ended = False

    async def converse(self, ask_first: str) -> int:
        self._prompt.when_shown(lambda: self._commands.prepare(self._prompt.refresh))
        show_banner(self._banner, self._screen)
        self._show_earlier()
        line = ask_first.strip()
        if line:
            self._screen.say(f"> {line}")
        while line not in LEAVING:
            if line == COMPACT:
                await self._attend(self._compact(), "compacting")
            elif line.startswith("/"):
                await self._attend(self._slash.run(line), "working")
            elif line:
                self._has_asked = True
                await self._attend(self._turn(partial(self._conversation.run, line)), THINKING)
            if self._ended:
                break
            try:
                line = await self._prompt.ask()
            except EOFError:
                break
            self._screen.at_fresh_line()
        self._say_how_to_resume()
        return ENDED_BY_SIGNAL if self._ended else 0

    def interrupt(self) -> None:
        """Ctrl-C: stop what is under way, once; a second one must not break off its tidying."""
        if self._work is None:
            self._prompt.interrupt()
        elif not self._interrupted:
            self._interrupted = True
            self._screen.doing("stopping")
            if self._approving is not None:
                self._approving.cancel()
            if self._in_turn:
                self._conversation.interrupt()  # it still tells its end
            else:
                self._work.cancel()

    def end(self) -> None:
        """The terminal is gone or the machine wants us to end: stop, tidy up, leave."""
        self._ended = True
        if self._work is None:
            self._prompt.leave()
        else:
            self.interrupt()

    async def _attend(self, work: Coroutine[Any, Any, None], what: str) -> None:
        """See one turn or command to its end; its failure is told, the session goes on."""
        self._interrupted = False
        self._work = asyncio.create_task(work)
        try:
            async with self._screen.working(what):
                await self._work
        except asyncio.CancelledError:
            if not self._interrupted:
                raise
            self._transcript.broken_off()
        except FinopsError as error:
            self._screen.say(error_line(error), "error")
        finally:
            self._work = None
        self._screen.gap()

    def _show_earlier(self) -> None:
        if self._earlier is None:
            return
        turns = self._earlier.turns
        told = f"{turns} turn{'' if turns == 1 else 's'} so far"
        self._screen.say(f"Session {self._banner.session.stem} goes on: {told}.", "story")
        self._screen.gap()
        self._transcript.show_earlier(self._earlier.facts)

    def _say_how_to_resume(self) -> None:
        """Where the session lies and what goes on with it; one without a question is not kept."""
        if self._has_asked:
            session = self._banner.session
            self._screen.say(f"session recorded in {session}", "story")
            self._screen.say(f"go on with: finops-repl --resume {session.stem}", "story")

    async def _compact(self) -> None:
        await self._turn(self._conversation.compact)
        self._screen.say("The conversation goes on from a summary.", "story")

    async def _turn(self, begin: Callable[[], AsyncIterator[Event]]) -> None:
        events = begin()
        self._in_turn = True
        try:
            async for event in events:
                self._transcript.tell(event)
                if isinstance(event.fact, ApprovalRequested):
                    await self._ask(event.fact)
        finally:
            self._in_turn = False
            # Left half-way, the turn must end now: its container goes, its history is mended.
            close = getattr(events, "aclose", None)
            if close is not None:
                await close()

    async def _ask(self, asked: ApprovalRequested) -> None:
        asking = ask_approval(
            asked,
            self._screen,
            self._prompt.keys,
            code=self._transcript.waiting_code(asked.call_id),
            show=lambda code: self._transcript.show_edited(asked.call_id, code),
            is_first=not self._has_approved,
        )
        self._has_approved = True
        self._approving = asyncio.create_task(asking)
        try:
            reply = await self._approving
        except Interrupted:
            self._approving = None
            self.interrupt()
            return
        except asyncio.CancelledError:
            if self._interrupted:
                return
            raise
        finally:
            self._approving = None
        with contextlib.suppress(InputError):  # it has expired meanwhile, and says so itself
            self._conversation.answer(asked.approval_id, reply.decision, reply.reason, reply.code)
