"""The chat from the command line: a prompt first, then what a question needs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.cli.options import say

if TYPE_CHECKING:
    from finops_repl.assembly.house import House

__all__ = ["open_chat"]


def open_chat(house: House) -> int:
    """Converse in this terminal until the user leaves; returns the exit code."""
    from finops_repl.faces.house_commands import HouseCommands
    from finops_repl.faces.later import LaterConversation
    from finops_repl.faces.terminal.chat import chat  # prompt_toolkit

    commands = HouseCommands(house, sandbox=_first_image())
    conversation = LaterConversation(lambda: house.agent)
    return asyncio.run(chat(conversation, commands, commands.banner()))


def _first_image() -> str:
    """The sandbox's state; a first chat builds its image, which takes a minute, in sight."""
    from finops_repl.assembly.engine import build_sandbox_image, image_was_seen

    if image_was_seen():
        return "starting"
    try:
        build_sandbox_image(None, say)
    except SandboxUnavailable as error:
        say(f"Scripts cannot run: {error.message}\n  {error.hint}")
        say("SQL, and questions that need no script, work all the same.\n")
        return "unavailable"
    return "starting"
