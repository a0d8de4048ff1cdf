"""What the policy says of a call: a closed set, so that every reader handles each case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from finops_repl.aws.call import Call

__all__ = ["Allow", "Decision", "Deny", "Policy"]


@dataclass(frozen=True, slots=True)
class Allow:
    """The call may pass, and why; where `call` is given, it passes in that form alone."""

    reason: str
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Deny:
    """The call may not pass; `remedy` says what to do instead."""

    reason: str
    remedy: str


Decision = Allow | Deny


class Policy(Protocol):
    """Decides on parsed calls; holds no state and asks nobody."""

    def decide(self, call: Call) -> Decision:
        """Whether the call may pass; a reason quotes no parameter, because the audit keeps it."""
        ...
