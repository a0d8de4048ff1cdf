"""Asking for a yes: what was typed before the question counts for nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from prompt_toolkit.input import Input

from finops_repl.base.events import ApprovalRequested
from finops_repl.faces.escapes import plain
from finops_repl.faces.port import Decision
from finops_repl.faces.terminal.keys import drop_typed_ahead
from finops_repl.faces.terminal.prompt import ask_line
from finops_repl.faces.terminal.screen import Screen

__all__ = ["Reply", "ask_approval", "read_reply"]

HELP = (
    "y or Enter   yes, this once",
    "n            no; n and a reason tells the model why: n use the monthly table",
    "a            always, for what is of this kind in this session",
    "Ctrl-C       stop the whole turn",
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the user decided; `reason` is for the model."""

    decision: Decision
    reason: str = ""


def read_reply(line: str) -> Reply | None:
    """The decision in a typed line, or None where it is none and help is due."""
    word, _, reason = line.strip().partition(" ")
    match word.lower():
        case "" | "y" | "yes" if not reason:
            return Reply("yes")
        case "a" | "always" if not reason:
            return Reply("always")
        case "n" | "no":
            return Reply("no", plain(reason).strip())
        case _:
            return None


async def ask_approval(asked: ApprovalRequested, screen: Screen, keys: Input) -> Reply:
    """Ask until there is an answer; at the request's expiry the answer is a no.

    Raises `Interrupted` at Ctrl-C. Ctrl-D is a no.
    """
    drop_typed_ahead(keys)
    screen.say(f"? {asked.title}", "warning")
    left_s = (asked.expires_at - datetime.now(UTC)).total_seconds()
    try:
        async with asyncio.timeout(max(left_s, 0)):
            return await _ask(screen)
    except TimeoutError:
        screen.say("nobody answered in time: not done", "warning")
        return Reply("no", "nobody answered in time")
    except EOFError:
        return Reply("no")


async def _ask(screen: Screen) -> Reply:
    while True:
        line = await ask_line("  [y]es, [n]o, [a]lways, ? help: ", screen.look)
        reply = read_reply(line)
        if reply is None:
            screen.verbatim(HELP, "story", gutter="  ")
        elif reply.decision == "no" and not reply.reason:
            why = await ask_line("  why? (Enter: no reason) ", screen.look)
            return Reply("no", plain(why))
        else:
            return reply
