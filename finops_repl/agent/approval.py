"""Who must agree before something is done, and the questions that wait for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from finops_repl.base.errors import ApprovalRequired, InputError
from finops_repl.base.events import ApprovalAnswered, ApprovalRequested, Fact
from finops_repl.base.scope import new_id
from finops_repl.tools.tool import ApprovalKind, ApprovalNeed

__all__ = ["ApprovalDesk", "ApprovalMode", "ApprovalPolicy", "Decision", "Verdict"]

ApprovalMode = Literal["auto", "ask", "never"]
Decision = Literal["yes", "no", "always"]


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """What is approved without a question (`auto`), with one, or never, by kind.

    A kind that is not listed is asked for. `attended` says that somebody can answer; where
    nobody can, a question ends the turn. An unanswered question expires as a no.
    """

    modes: Mapping[ApprovalKind, ApprovalMode] = field(default_factory=dict)
    attended: bool = True
    expiry_s: float = 900.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call may run; `reason` is told to the model where it may not."""

    approved: bool
    reason: str = ""


APPROVED = Verdict(True)


@dataclass(slots=True)
class _Pending:
    kind: ApprovalKind
    answered: asyncio.Future[tuple[Decision, str]]


class ApprovalDesk:
    """Asks for approvals of one session and remembers what was granted for good."""

    def __init__(self, policy: ApprovalPolicy, grants: frozenset[str] = frozenset()) -> None:
        self._policy = policy
        self._grants = set(grants)
        self._pending: dict[str, _Pending] = {}

    @property
    def grants(self) -> frozenset[str]:
        """The kinds that need no question any more in this session."""
        return frozenset(self._grants)

    def answer(self, approval_id: str, decision: Decision, reason: str = "") -> None:
        """Answer a waiting question; a second or late answer is an `InputError`."""
        pending = self._pending.get(approval_id)
        if pending is None or pending.answered.done():
            raise InputError(
                f"the approval {approval_id} no longer waits",
                hint="it was answered, it expired, or its turn ended",
            )
        pending.answered.set_result((decision, reason))

    async def decide(
        self, call_id: str, need: ApprovalNeed, emit: Callable[[Fact], None]
    ) -> Verdict:
        """Approve by policy or by asking; raises `ApprovalRequired` when nobody can be asked."""
        mode = self._policy.modes.get(need.kind, "ask")
        if mode == "never":
            return Verdict(False, f"the policy never approves {need.kind}")
        if mode == "auto" or need.kind in self._grants:
            return APPROVED
        approval_id = new_id()
        expires = datetime.now(UTC) + timedelta(seconds=self._policy.expiry_s)
        emit(ApprovalRequested(approval_id, call_id, need.kind, need.title, need.detail, expires))
        if not self._policy.attended:
            flag = need.kind.replace("_", "-")
            raise ApprovalRequired(
                f"{need.title}: this needs an approval, and nobody is there to give it",
                hint=f"start with --approve {flag}, or ask in the chat",
            )
        return await self._ask(approval_id, need.kind, emit)

    async def _ask(
        self, approval_id: str, kind: ApprovalKind, emit: Callable[[Fact], None]
    ) -> Verdict:
        answered: asyncio.Future[tuple[Decision, str]] = asyncio.get_running_loop().create_future()
        self._pending[approval_id] = _Pending(kind, answered)
        try:
            decision, reason = await asyncio.wait_for(answered, self._policy.expiry_s)
        except TimeoutError:
            emit(ApprovalAnswered(approval_id, "no", "expiry"))
            return Verdict(False, "nobody answered in time")
        except asyncio.CancelledError:
            emit(ApprovalAnswered(approval_id, "no", "interrupt"))
            raise
        finally:
            del self._pending[approval_id]
        emit(ApprovalAnswered(approval_id, decision, "user", reason))
        if decision == "always":
            self._grants.add(kind)
        if decision == "no":
            return Verdict(False, reason or "the user declined")
        return APPROVED
