"""The slash commands on the session: its branches, what it leaves behind, what it may do."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence

from prompt_toolkit.input import Input

from finops_repl.agent.session_list import SessionSummary
from finops_repl.base.errors import InputError, UnknownName
from finops_repl.base.setting_values import APPROVAL_KINDS, ApprovalKind
from finops_repl.faces.cells import clip
from finops_repl.faces.escapes import plain
from finops_repl.faces.listings import session_line
from finops_repl.faces.port import SessionCommands
from finops_repl.faces.terminal.clipboard import copy_out
from finops_repl.faces.terminal.keys import drop_typed_ahead
from finops_repl.faces.terminal.prompt import Interrupted, ask_line
from finops_repl.faces.terminal.screen import Screen

__all__ = ["SESSION_SUMMARIES", "SessionSlashCommands"]

SESSION_SUMMARIES = {
    "/undo": "take the last turn back",
    "/clear": "begin a new conversation in this session",
    "/compact": "go on from a summary of the conversation",
    "/model": "who answers: /model [NAME]",
    "/export": "write the session as Markdown: /export [FILE]; its code: /export --script [FILE]",
    "/copy": "copy the last answer",
    "/cost": "what this session has cost",
    "/approvals": "what runs unasked: /approvals; ask again: /approvals revoke KIND",
    "/sessions": "the sessions that can be gone on with",
}
MOST_SESSIONS = 20
LONGEST_QUESTION = 60
STAYS = "its files, workflows and figures stay"


class SessionSlashCommands:
    """Does what is typed to the session; `keys` are those of the terminal."""

    def __init__(self, session: SessionCommands, screen: Screen, keys: Callable[[], Input]) -> None:
        self._session = session
        self._screen = screen
        self._keys = keys

    def by_name(self) -> Mapping[str, Callable[[str], Awaitable[None]]]:
        """Each command's doing."""
        return {
            "/undo": self._undo,
            "/clear": self._clear,
            "/model": self._model,
            "/export": self._export,
            "/copy": self._copy,
            "/cost": self._cost,
            "/approvals": self._approvals,
            "/sessions": self._sessions,
        }

    async def _undo(self, _rest: str) -> None:
        question = clip(" ".join(plain(await self._session.undo()).split()), LONGEST_QUESTION)
        self._screen.say(f"undone: {question}")
        self._screen.say(f"The model no longer knows of that turn; {STAYS}.", "story")

    async def _clear(self, _rest: str) -> None:
        await self._session.clear()
        self._screen.say("A new conversation begins.")
        self._screen.say(f"The model knows nothing of what was said; {STAYS}.", "story")

    async def _model(self, rest: str) -> None:
        if rest:
            name = plain(await self._session.use_model(rest))
            self._screen.say(f"From here on answers {name}.")
            return
        self._screen.say("/model NAME, one of:")
        self._screen.verbatim([plain(name) for name in self._session.models()], gutter="  ")

    async def _export(self, rest: str) -> None:
        words = _words(rest)
        as_script = "--script" in words
        names = [word for word in words if word != "--script"]
        if len(names) > 1 or any(name.startswith("--") for name in names):
            raise InputError(f"/export {rest} is not understood", hint=SESSION_SUMMARIES["/export"])
        file = names[0] if names else ""
        try:
            place = self._session.export(file, as_script=as_script, replace=False)
        except FileExistsError:
            if not await self._may_replace(file):
                self._screen.say("not exported: the file stays as it is", "warning")
                return
            place = self._session.export(file, as_script=as_script, replace=True)
        self._screen.say(f"written: {place}")

    async def _may_replace(self, file: str) -> bool:
        """By policy, else by a question; typed-ahead keys answer nothing."""
        how = next(each for each in await self._session.approvals() if each.kind == "file_export")
        if how.granted or how.mode == "never":
            return bool(how.granted)
        self._screen.doing("")
        drop_typed_ahead(self._keys())
        self._screen.say(f"? Replace {plain(file)}", "warning")
        try:
            answer = await ask_line("  [y]es, [n]o: ", self._screen.look)
        except (EOFError, Interrupted):
            return False
        return answer.lower() in ("y", "yes")

    async def _copy(self, _rest: str) -> None:
        answer = self._session.last_answer()
        if not answer:
            raise InputError("there is no answer to copy", hint="ask first")
        for line in copy_out(answer, self._screen):
            self._screen.say(line)

    async def _cost(self, _rest: str) -> None:
        self._aligned(await self._session.costs())

    async def _approvals(self, rest: str) -> None:
        words = rest.replace("-", "_").split()
        if words[:1] == ["revoke"] and len(words) == 2:
            await self._session.revoke(_kind(words[1]))
            self._screen.say(f"{words[1].replace('_', ' ')}: you are asked again")
            return
        if words:
            kinds = ", ".join(kind.replace("_", "-") for kind in APPROVAL_KINDS)
            raise InputError(
                f"/approvals {rest} is not understood",
                hint=f"{SESSION_SUMMARIES['/approvals']}, which is one of {kinds}",
            )
        for_rest = {"ask": "you are asked each time", "never": "never", "auto": ""}
        self._aligned(
            [
                (each.kind.replace("_", " "), each.granted or for_rest[each.mode])
                for each in await self._session.approvals()
            ]
        )

    async def _sessions(self, _rest: str) -> None:
        sessions = self._session.sessions()
        if not sessions:
            self._screen.say("No sessions yet.")
        for summary in sessions[:MOST_SESSIONS]:
            self._tell_session(summary)
        if len(sessions) > MOST_SESSIONS:
            self._screen.say(
                f"{len(sessions) - MOST_SESSIONS} older ones: finops-repl sessions", "story"
            )

    def _tell_session(self, summary: SessionSummary) -> None:
        self._screen.say(session_line(summary), "bold")
        question = " ".join(plain(summary.problem or summary.first_question).split())
        self._screen.say(clip(question, max(20, self._screen.width - 4)), indent=4)

    def _aligned(self, entries: Sequence[tuple[str, str]]) -> None:
        widest = max(len(name) for name, _ in entries)
        for name, told in entries:
            self._screen.hanging(f"{name:<{widest}}  ", told)


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest)
    except ValueError as error:
        raise InputError(f"{rest!r} cannot be read: {error}", hint="close the quote") from error


def _kind(name: str) -> ApprovalKind:
    kind = next((known for known in APPROVAL_KINDS if known == name), None)
    if kind is None:
        raise UnknownName("kind of approval", name, APPROVAL_KINDS)
    return kind
