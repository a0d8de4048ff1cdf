"""What a face needs of the house: someone to converse with, and what the slash commands do."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from finops_repl.base.events import CodeFinished, Event, Fact
from finops_repl.base.setting_values import ApprovalKind
from finops_repl.base.table import Table

if TYPE_CHECKING:  # pydantic stands behind them: a question without a chat does without
    from finops_repl.agent.approval import Standing
    from finops_repl.agent.session_list import SessionSummary

__all__ = [
    "Banner",
    "Commands",
    "Conversation",
    "Decision",
    "OnOutput",
    "Resumed",
    "SessionCommands",
    "Status",
    "WorkflowSummary",
]

Decision = Literal["yes", "no", "always"]
OnOutput = Callable[[Literal["stdout", "stderr"], str], None]


class Conversation(Protocol):
    """An agent in one session, asked one question at a time."""

    def run(self, question: str) -> AsyncIterator[Event]:
        """The events of one turn, ending in `TurnFinished`.

        Leaving them half-way (a consumer cancelled, the iterator closed) interrupts the turn.
        """
        ...

    def compact(self) -> AsyncIterator[Event]:
        """Go on from a summary of the conversation; its events are as those of `run`."""
        ...

    def answer(
        self, approval_id: str, decision: Decision, reason: str = "", code: str | None = None
    ) -> None:
        """Answer an `ApprovalRequested` of the running turn; `reason` is for the model, `code`
        what the user made of the code that was shown.

        Raises `InputError` when it waits no more: expired, or answered by policy.
        """
        ...

    def interrupt(self) -> None:
        """End the running turn and its container; `run` still gives its last events."""
        ...


@dataclass(frozen=True, slots=True)
class WorkflowSummary:
    """What a list of workflows shows, and the parameter names that `/run` completes."""

    slug: str
    name: str
    description: str
    tags: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """What the toolbar shows, as it is now; what is empty, or None, is not known.

    `context_tokens` is what the conversation fills of the model's context by the last reply,
    `window_tokens` how much that holds.
    """

    account: str
    model: str
    region: str
    as_of: str
    spent_usd: Decimal
    sandbox: str
    context_tokens: int | None = None
    window_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Banner:
    """What the chat says of itself when it opens, and where it records what happens."""

    version: str
    account: str
    model: str
    workspace: Path
    session: Path
    is_simulated: bool
    is_offline: bool
    as_of: str = ""
    first_run: bool = False


@dataclass(frozen=True, slots=True)
class Resumed:
    """A session's earlier part: its facts in order, and how many turns it has."""

    facts: tuple[Fact, ...]
    turns: int


class SessionCommands(Protocol):
    """What the slash commands do to the session itself; each raises `InputError` or its like."""

    def sessions(self) -> Sequence[SessionSummary]:
        """The kept sessions, the last used first."""
        ...

    async def undo(self) -> str:
        """Take the last turn back; returns its question."""
        ...

    async def clear(self) -> None:
        """Begin a new conversation within the session."""
        ...

    def models(self) -> Sequence[str]:
        """The names of models that are known."""
        ...

    async def use_model(self, name: str) -> str:
        """Answer with this model from here on; returns its name."""
        ...

    def export(self, file: str, *, as_script: bool, replace: bool) -> Path:
        """Write the session, as Markdown or as a script; without a name, under one of its own.

        Raises `FileExistsError` for a named file that is there, unless it may be replaced.
        """
        ...

    def last_answer(self) -> str:
        """The last answer with its footnotes, in Markdown; empty where there is none."""
        ...

    async def costs(self) -> Sequence[tuple[str, str]]:
        """What the session cost: model, cache and AWS apart."""
        ...

    async def approvals(self) -> Sequence[Standing]:
        """How each kind of action is approved now."""
        ...

    async def revoke(self, kind: ApprovalKind) -> None:
        """Ask again for what is of this kind."""
        ...


class Commands(Protocol):
    """What the slash commands do; `sql` and `run_workflow` are called in a thread.

    Both return soon after `cancelled` is set, with nothing left running.
    """

    @property
    def session(self) -> SessionCommands: ...

    def resumed(self) -> Resumed | None:
        """The session's earlier part; None for a session that begins."""
        ...

    def status(self) -> Status: ...

    def prepare(self, changed: Callable[[], None]) -> None:
        """Begin, aside, what a first question would else wait for.

        `changed` is called, from any thread, whenever `status` has changed by it.
        """
        ...

    def account_lines(self) -> Sequence[str]:
        """The account in plain lines: name, id, where its figures come from."""
        ...

    def list_workflows(self) -> Sequence[WorkflowSummary]: ...

    def sql(self, statement: str, *, cancelled: threading.Event) -> Table:
        """One SELECT on the bill; raises `InputError` or `LimitReached`."""
        ...

    def run_workflow(
        self,
        name: str,
        params: Mapping[str, str],
        *,
        on_output: OnOutput,
        cancelled: threading.Event,
    ) -> CodeFinished:
        """Run a saved workflow; raises `UnknownName` or `SandboxUnavailable`.

        `on_output` is called from the running thread.
        """
        ...
