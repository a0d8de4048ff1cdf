"""Code changed by the user before it runs: in their own editor, else at a prompt."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.output import ColorDepth

from finops_repl.base.errors import InputError
from finops_repl.base.files import write_new
from finops_repl.base.places import state_dir
from finops_repl.base.scope import new_id
from finops_repl.faces.terminal.console import Look
from finops_repl.faces.terminal.keys import as_found
from finops_repl.faces.terminal.prompt import STYLE, Interrupted

__all__ = ["edit_code", "own_editor"]

SUFFIXES = {"python": ".py", "javascript": ".cjs"}


def own_editor(env: Mapping[str, str] | None = None) -> str:
    """The command of the user's editor (VISUAL, EDITOR); empty where they named none."""
    env = os.environ if env is None else env
    return env.get("VISUAL") or env.get("EDITOR") or ""


async def edit_code(code: str, language: str, editor: str, look: Look) -> str | None:
    """What the user made of `code` in their editor, or at a prompt where they have none.

    None where they gave the edit up or left the code as it was. Raises `InputError` for an editor
    that cannot be started or fails.
    """
    edited = await (_in_editor(editor, code, language) if editor else _at_prompt(code, look))
    if edited is None or not edited.strip() or edited.rstrip() == code.rstrip():
        return None
    return edited


async def _in_editor(editor: str, code: str, language: str) -> str:
    """The file that the editor leaves; it lies in a private folder, for as long as it is open."""
    place = state_dir("edits") / f"{new_id()}{SUFFIXES.get(language, '.txt')}"
    words = _command(editor)
    write_new(place, code.encode(), mode=0o600)
    try:
        with as_found():
            running = await asyncio.create_subprocess_exec(*words, str(place))
            try:
                code_of_end = await running.wait()
            except asyncio.CancelledError:
                running.terminate()  # it holds the terminal
                await running.wait()
                raise
        if code_of_end:
            raise InputError(f"the editor ended with {code_of_end}", hint="the code is as it was")
        return _read(place)
    finally:
        place.unlink(missing_ok=True)


def _command(editor: str) -> list[str]:
    try:
        words = shlex.split(editor)
    except ValueError:
        words = []
    if not words or shutil.which(words[0]) is None:
        raise InputError(
            f"the editor {editor!r} cannot be started", hint="set VISUAL or EDITOR to one"
        )
    return words


def _read(place: Path) -> str:
    try:
        return place.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"what the editor left cannot be read: {error}") from error


async def _at_prompt(code: str, look: Look) -> str | None:
    session: PromptSession[str] = PromptSession(
        "  ",
        multiline=True,
        prompt_continuation="  ",
        style=STYLE,
        color_depth=None if look.colour else ColorDepth.DEPTH_1_BIT,
        interrupt_exception=Interrupted,
    )
    try:
        return await session.prompt_async(default=code.rstrip("\n"), handle_sigint=False)
    except (Interrupted, EOFError):
        return None
