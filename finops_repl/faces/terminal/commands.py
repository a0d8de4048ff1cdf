"""The slash commands: what can be done at the prompt without asking anybody."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Literal

from prompt_toolkit.input import Input

from finops_repl.base.errors import InputError, UnknownName
from finops_repl.base.events import CodeOutput
from finops_repl.faces.background import in_thread
from finops_repl.faces.escapes import plain
from finops_repl.faces.port import Commands
from finops_repl.faces.tables import table_text
from finops_repl.faces.terminal.paging import show_paged
from finops_repl.faces.terminal.screen import Screen
from finops_repl.faces.terminal.session_commands import SESSION_SUMMARIES, SessionSlashCommands
from finops_repl.faces.terminal.transcript import Transcript

__all__ = ["LEAVING", "SUMMARIES", "SlashCommands"]

UNNAMED = ""
"""The run of a workflow while it runs: its id is known when it has ended."""
LEAVING = ("/exit", "/quit")
SUMMARIES = {
    "/help": "what can be typed here",
    "/workflows": "the saved workflows",
    "/run": "run a workflow: /run NAME [key=value ...]",
    "/sql": "one SELECT on the bill: /sql select ...",
    "/evidence": "how a figure was made, whole: /evidence f12, /evidence run 3fa9c1d2",
    "/account": "the account and where its figures come from",
    **SESSION_SUMMARIES,
    "/exit": "leave (so do /quit and Ctrl-D)",
}
KEYS = (
    ("Enter", "send"),
    ("Ctrl-J, Alt-Enter", "new line"),
    ("Up, Ctrl-R", "former questions"),
    ("Tab", "complete a command"),
    ("Ctrl-C", "stop the turn; clear the line; twice on an empty line: leave"),
)


class SlashCommands:
    """Runs one line that begins with a slash."""

    def __init__(
        self,
        commands: Commands,
        screen: Screen,
        transcript: Transcript,
        keys: Callable[[], Input],
    ) -> None:
        self._commands = commands
        self._screen = screen
        self._transcript = transcript
        self._run_by_name: dict[str, Callable[[str], Awaitable[None]]] = {
            "/help": self._help,
            "/workflows": self._workflows,
            "/run": self._run,
            "/sql": self._sql,
            "/evidence": self._evidence,
            "/account": self._account,
            **SessionSlashCommands(commands.session, screen, keys).by_name(),
        }

    async def run(self, line: str) -> None:
        """Do what `line` says; raises `UnknownName`, or what the command raises."""
        name, _, rest = line.partition(" ")
        action = self._run_by_name.get(name)
        if action is None:
            raise UnknownName("command", plain(name), [*SUMMARIES, *LEAVING])
        self._screen.gap()
        await action(rest.strip())

    async def _help(self, _rest: str) -> None:
        entries = [*SUMMARIES.items(), *KEYS]
        widest = max(len(name) for name, _ in entries)
        for name, summary in entries:
            if name == KEYS[0][0]:
                self._screen.gap()
            self._screen.hanging(f"{name:<{widest}}  ", summary)

    async def _workflows(self, _rest: str) -> None:
        workflows = self._commands.list_workflows()
        if not workflows:
            self._screen.say("No workflows yet: ask for one to be saved.")
        for workflow in workflows:
            tags = " ".join(f"#{tag}" for tag in workflow.tags)
            self._screen.say(f"{workflow.slug}  {tags}".rstrip(), "bold")
            self._screen.say(workflow.description or workflow.name, indent=4)
            if workflow.parameters:
                given = " ".join(f"{name}=" for name in workflow.parameters)
                self._screen.say(f"parameters {given}", "story", indent=4)

    async def _account(self, _rest: str) -> None:
        self._screen.verbatim([plain(line) for line in self._commands.account_lines()])

    async def _evidence(self, name: str) -> None:
        if not name:
            raise InputError(
                "/evidence needs a figure", hint="the id behind it, as in /evidence f12"
            )
        self._transcript.show_evidence(self._transcript.evidence.of(name))

    async def _sql(self, statement: str) -> None:
        if not statement:
            raise InputError("/sql needs a statement", hint="/sql select ... from ...")
        table = await in_thread(lambda stop: self._commands.sql(statement, cancelled=stop))
        await show_paged(table_text(table, width=self._screen.width), self._screen)

    async def _run(self, rest: str) -> None:
        from finops_repl.workflows.parameters import split_assignments

        try:
            words = shlex.split(rest)
        except ValueError as error:
            raise InputError(f"{rest!r} cannot be read: {error}", hint="close the quote") from error
        named = [word for word in words if "=" not in word]
        if not named:
            raise InputError("/run needs a workflow", hint="/workflows lists them")
        params = split_assignments(word for word in words if "=" in word)
        loop, transcript = asyncio.get_running_loop(), self._transcript

        def print_soon(stream: Literal["stdout", "stderr"], text: str) -> None:
            loop.call_soon_threadsafe(transcript.tell_fact, CodeOutput(UNNAMED, stream, text))

        transcript.runs.begin(UNNAMED)
        finished = await in_thread(
            lambda stop: self._commands.run_workflow(
                " ".join(named), params, on_output=print_soon, cancelled=stop
            )
        )
        transcript.tell_fact(replace(finished, run=UNNAMED))
        self._screen.say(finished.script, "story", indent=2)
