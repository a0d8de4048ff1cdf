"""What the slash commands do to a session: its branches, its record, its approvals."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from finops_repl.agent.branches import emptied, last_question, without_last_turn
from finops_repl.agent.session_list import SessionSummary, kept_sessions, summary_of
from finops_repl.assembly.house import House
from finops_repl.assembly.models import known_models
from finops_repl.base.errors import InputError
from finops_repl.base.events import CodeFinished, Fact, TurnFinished
from finops_repl.base.files import write_atomic, write_new
from finops_repl.base.recorded import recorded_fact
from finops_repl.base.setting_values import ApprovalKind
from finops_repl.faces.figures import spent_usd
from finops_repl.faces.session_markdown import last_answer, session_markdown
from finops_repl.faces.session_script import session_script

if TYPE_CHECKING:
    # pydantic stands behind them: no prompt waits for it
    from finops_repl.agent.approval import Standing
    from finops_repl.agent.costs import Costs
    from finops_repl.agent.loop import Agent

__all__ = ["HouseSession", "export_place"]

SAFE_NAME = re.compile(r"[^\x00-\x1f\x7f/\\:*?\"<>|]{1,200}")
UNKNOWN = "unknown"


class HouseSession:
    """The session of a house, between its turns."""

    def __init__(self, house: House) -> None:
        self._house = house

    def sessions(self) -> Sequence[SessionSummary]:
        return [summary_of(path) for path in kept_sessions()]

    async def undo(self) -> str:
        agent = await self._agent()
        branch = without_last_turn(agent.messages)
        found = last_question(agent.messages)
        agent.open_branch(branch)
        return found[1] if found else ""

    async def clear(self) -> None:
        (await self._agent()).open_branch(emptied())

    def models(self) -> Sequence[str]:
        return known_models()

    async def use_model(self, name: str) -> str:
        await self._house.use_model(name)
        return self._house.model_name

    def export(self, file: str, *, as_script: bool, replace: bool) -> Path:
        facts, head = self._facts(), self._house.session_file.head
        text = session_script(head, facts) if as_script else session_markdown(head, facts)
        if not any(isinstance(fact, TurnFinished) for fact in facts):
            raise InputError("nothing was asked yet", hint="ask first, then export")
        if not text:
            raise InputError("no code ran in this session", hint="/export without --script")
        folder = self._house.workspace.data
        suffix = ".sh" if as_script else ".md"
        if file:
            place = export_place(file, folder, suffix)
            (write_atomic if replace else write_new)(place, text.encode())
            return place
        for number in count(1):
            name = f"session-{head.session}{f'-{number}' if number > 1 else ''}{suffix}"
            try:
                write_new(folder / name, text.encode())
            except FileExistsError:
                continue
            return folder / name
        raise AssertionError("there is always a next number")

    def last_answer(self) -> str:
        return last_answer(self._facts())

    async def costs(self) -> Sequence[tuple[str, str]]:
        models = (await self._agent()).costs().session
        facts = self._facts()
        turns = [fact for fact in facts if isinstance(fact, TurnFinished)]
        runs = [fact for fact in facts if isinstance(fact, CodeFinished)]
        known = [Decimal(turn.model_usd) for turn in turns if turn.model_usd != UNKNOWN]
        model = spent_usd(sum(known, Decimal(0)))
        if len(known) < len(turns):
            model += " and what a model without a listed price cost"
        cached, calls = sum(run.aws_calls_cached for run in runs), sum(r.aws_calls for r in runs)
        cap = self._house.scope.spend.cap_usd
        aws = spent_usd(sum((Decimal(turn.aws_usd) for turn in turns), Decimal(0)))
        return (
            ("model", model),
            ("its cache", _cache_told(models)),
            ("AWS", f"{aws}; {cached:,} of {calls:,} calls of scripts came from the cache"),
            ("cap", f"${cap} for the session" if cap is not None else "none (--session-usd)"),
        )

    async def approvals(self) -> Sequence[Standing]:
        return (await self._agent()).approvals.standing()

    async def revoke(self, kind: ApprovalKind) -> None:
        agent = await self._agent()
        agent.approvals.revoke(kind, agent.tell)

    async def _agent(self) -> Agent:
        """The agent, which may have to be made first."""
        return await asyncio.to_thread(lambda: self._house.agent)

    def _facts(self) -> list[Fact]:
        lines = self._house.session_file.events()
        return [fact for line in lines if (fact := recorded_fact(line)) is not None]


def _cache_told(costs: Costs) -> str:
    """What the model's server took from its cache of the conversation, and what that saved."""
    read, written = costs.cache_read_tokens, costs.cache_write_tokens
    told = f"{read:,} tokens read, {written:,} written"
    if costs.cache_saved_usd:
        spared = spent_usd(abs(costs.cache_saved_usd))
        told += f", {spared} {'saved' if costs.cache_saved_usd > 0 else 'more than without it'}"
    return told


def export_place(file: str, folder: Path, suffix: str) -> Path:
    """Where a typed name leads: a bare one into `folder`, a path where it says.

    Raises `InputError` for a name that not every system can hold, and for a folder.
    """
    typed = Path(file).expanduser()
    if not SAFE_NAME.fullmatch(typed.name) or typed.name.startswith((".", "-")):
        raise InputError(
            f"{file!r} is no name for a file", hint="letters, digits, spaces, . - and _ always do"
        )
    place = (folder if typed.name == file else Path()) / typed
    is_folder = place.is_dir() or file.endswith("/")
    if is_folder or not (place.parent.is_dir() or place.parent == folder):
        raise InputError(f"{place} is no place for a file", hint="name a file in a folder that is")
    return place if place.suffix else place.with_name(f"{place.name}{suffix}")
