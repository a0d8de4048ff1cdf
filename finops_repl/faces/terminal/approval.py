"""Asking for a yes: what was typed before the question counts for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from prompt_toolkit.input import Input

from finops_repl.base.errors import InputError
from finops_repl.base.events import ApprovalRequested, Choice
from finops_repl.faces.escapes import plain
from finops_repl.faces.port import Decision
from finops_repl.faces.story import error_line
from finops_repl.faces.terminal.editing import edit_code, own_editor
from finops_repl.faces.terminal.keys import drop_typed_ahead
from finops_repl.faces.terminal.prompt import ask_line
from finops_repl.faces.terminal.screen import Screen

__all__ = ["Code", "Reply", "ask_approval", "read_reply"]

SHORT: dict[Choice, str] = {
    "yes": "[y]es",
    "no": "[n]o",
    "edit": "[e]dit",
    "always": "[a]lways",
}
HELP: dict[Choice, str] = {
    "yes": "y or Enter   yes, this once",
    "no": "n            no; n and a reason tells the model why: n use the monthly table",
    "edit": "e            edit the code first; yours is what runs, and the model is told so",
    "always": "a            always, for what is of this kind in this session",
}
STOP = "Ctrl-C       stop the whole turn"
ALWAYS_CODE = "a            always: scripts of this session run unasked, in this sandbox"
OFFER = "With a, scripts of this session run unasked from now on, in this sandbox."


class Code(NamedTuple):
    """Code that waits for a yes."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the user decided; `reason` is for the model, `code` what they made of the code."""

    decision: Decision
    reason: str = ""
    code: str | None = None


def read_reply(line: str, choices: tuple[Choice, ...]) -> Reply | Literal["edit"] | None:
    """The decision in a typed line, or None where it is none of `choices` and help is due."""
    word, _, reason = line.strip().partition(" ")
    match word.lower():
        case "" | "y" | "yes" if not reason:
            return Reply("yes")
        case "a" | "always" if not reason and "always" in choices:
            return Reply("always")
        case "e" | "edit" if not reason and "edit" in choices:
            return "edit"
        case "n" | "no":
            return Reply("no", plain(reason).strip())
        case _:
            return None


async def ask_approval(
    asked: ApprovalRequested,
    screen: Screen,
    keys: Input,
    *,
    code: Code | None = None,
    show: Callable[[Code], None] = lambda code: None,
    is_first: bool = False,
) -> Reply:
    """Ask until there is an answer; at the request's expiry the answer is a no.

    `code` is what an edit begins with and `show` puts what came of it on the screen. The first
    question of a session offers not to ask again. Raises `Interrupted` at Ctrl-C. Ctrl-D is a no.
    """
    drop_typed_ahead(keys)
    screen.say(f"? {asked.title}", "warning")
    if is_first and asked.kind == "code" and "always" in asked.choices:
        screen.say(OFFER, "story", indent=2)
    left_s = (asked.expires_at - datetime.now(UTC)).total_seconds()
    try:
        async with asyncio.timeout(max(left_s, 0)):
            return await _Question(asked, screen, keys, code, show).ask()
    except TimeoutError:
        screen.say("nobody answered in time: not done", "warning")
        return Reply("no", "nobody answered in time")
    except EOFError:
        return Reply("no")


class _Question:
    """One question until its answer; an edit leads back to it."""

    def __init__(
        self,
        asked: ApprovalRequested,
        screen: Screen,
        keys: Input,
        code: Code | None,
        show: Callable[[Code], None],
    ) -> None:
        self._asked = asked
        self._screen = screen
        self._keys = keys
        self._code = code
        self._show = show
        self._edited: str | None = None
        may_edit = code is not None
        self._choices = tuple(
            choice for choice in SHORT if choice in asked.choices and (may_edit or choice != "edit")
        )

    async def ask(self) -> Reply:
        message = f"  {', '.join(SHORT[choice] for choice in self._choices)}, ? help: "
        while True:
            reply = read_reply(await ask_line(message, self._screen.look), self._choices)
            if reply is None:
                self._help()
            elif reply == "edit":
                await self._edit()
            elif reply.decision != "no":
                return Reply(reply.decision, code=self._edited)
            elif reply.reason:
                return reply
            else:
                why = await ask_line("  why? (Enter: no reason) ", self._screen.look)
                return Reply("no", plain(why))

    def _help(self) -> None:
        always = ALWAYS_CODE if self._asked.kind == "code" else HELP["always"]
        lines = (always if choice == "always" else HELP[choice] for choice in self._choices)
        self._screen.verbatim([*lines, STOP], "story", gutter="  ")

    async def _edit(self) -> None:
        """Let the user change the code; nothing they typed meanwhile is taken for a yes."""
        assert self._code is not None
        editor, screen = own_editor(), self._screen
        if not editor:
            screen.say("Alt-Enter when it is done, Ctrl-C leaves it as it was.", "story", indent=2)
        try:
            edited = await edit_code(self._code.text, self._code.language, editor, screen.look)
        except InputError as error:
            screen.say(error_line(error), "error")
            return
        drop_typed_ahead(self._keys)
        if edited is None:
            screen.say("the code is as it was", "story", indent=2)
            return
        self._edited = edited
        self._code = Code(self._code.language, edited)
        self._show(self._code)
