"""What a written investigation is: calls of tools, their outcomes, and in the end an answer."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from finops_repl.base.errors import FinopsError

__all__ = ["Cited", "Outcome", "PastCall", "Playbook", "PlaybookStopped", "Step", "ToolCall"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool to call with this input."""

    tool: str
    input: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """Calls to make together, and in a sentence why."""

    why: str
    calls: tuple[ToolCall, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call brought, as the tool's result told it."""

    content: Mapping[str, Any]
    is_error: bool = False

    def checked(self) -> Mapping[str, Any]:
        """The content; `PlaybookStopped` with the tool's own words where the call failed."""
        if self.is_error:
            raise PlaybookStopped(
                str(self.content.get("error", "a tool failed")),
                hint=str(self.content.get("hint") or self.content.get("reason") or ""),
            )
        return self.content

    def records(self) -> list[dict[str, Any]]:
        """The rows of a query's result by column name."""
        names = [str(column).partition(":")[0] for column in self.checked()["columns"]]
        return [
            dict(zip(names, row, strict=True))
            for row in self.content["rows"]
            if isinstance(row, list)
        ]


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call made earlier in the session, with what it brought."""

    call: ToolCall
    outcome: Outcome


Playbook = Generator[Step, tuple[Outcome, ...], str]
"""Yields steps, is sent their outcomes in the order of the calls, returns the answer.

It must depend on nothing but its arguments and the outcomes: it is replayed from its start for
every step, so that a session can stop and go on anywhere.
"""


class PlaybookStopped(FinopsError):
    """An investigation cannot go on; the message is its answer."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A number of a tool's result with the id by which an answer cites it."""

    text: str
    figure_id: str

    @staticmethod
    def of(cell: object) -> Cited:
        """From a cell such as `1234.5678 [f3]`; a cell without an id stays without one."""
        found = re.fullmatch(r"(-?[\d.]+) \[(f\d+)\]", str(cell))
        return Cited(found[1], found[2]) if found else Cited(str(cell), "")

    @property
    def citation(self) -> str:
        return f" [{self.figure_id}]" if self.figure_id else ""
