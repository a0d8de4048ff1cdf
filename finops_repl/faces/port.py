"""What a face needs of the house: someone to converse with, and what the slash commands do."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal, Protocol

from finops_repl.base.events import CodeFinished, Event
from finops_repl.base.table import Table

__all__ = [
    "Banner",
    "Commands",
    "Conversation",
    "Decision",
    "OnOutput",
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

    def answer(self, approval_id: str, decision: Decision, reason: str = "") -> None:
        """Answer an `ApprovalRequested` of the running turn; `reason` is for the model.

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

    `context_tokens` is what the conversation fills of the model's context by the last reply.
    """

    account: str
    model: str
    region: str
    as_of: str
    spent_usd: Decimal
    sandbox: str
    context_tokens: int | None = None


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


class Commands(Protocol):
    """What the slash commands do; `sql` and `run_workflow` are called in a thread.

    Both return soon after `cancelled` is set, with nothing left running.
    """

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
