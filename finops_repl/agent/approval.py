"""Who must agree before something is done, and the questions that wait for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

from finops_repl.base.errors import ApprovalRequired, InputError
from finops_repl.base.events import (
    ApprovalAnswered,
    ApprovalRequested,
    ApprovalRevoked,
    Choice,
    Fact,
)
from finops_repl.base.scope import new_id
from finops_repl.base.setting_values import APPROVAL_KINDS, ApprovalKind, ApprovalMode
from finops_repl.tools.tool import ApprovalNeed

__all__ = [
    "ApprovalDesk",
    "ApprovalPolicy",
    "Decision",
    "SandboxState",
    "Standing",
    "SteadySandbox",
    "Verdict",
]

Decision = Literal["yes", "no", "always"]


class SandboxState(Protocol):
    """What code that nobody looks at runs in; both may take a second and are asked in a thread."""

    def profile(self) -> str:
        """Names engine, image and limits: what an `always` was said for."""
        ...

    def holds(self) -> bool:
        """Whether the sandbox's self-test holds, or nothing runs in it where it does not."""
        ...


@dataclass(frozen=True, slots=True)
class SteadySandbox:
    """A sandbox that stays as it is."""

    name: str = "steady"
    proven: bool = True

    def profile(self) -> str:
        return self.name

    def holds(self) -> bool:
        return self.proven


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """What is approved without a question (`auto`), with one, or never, by kind.

    A kind that is not listed is asked for. `attended` says that somebody can answer; where
    nobody can, a question ends the turn. An unanswered question expires as a no. `always` and
    `revoked` are what an earlier part of the session granted, for which sandbox, and took back.
    """

    modes: Mapping[ApprovalKind, ApprovalMode] = field(default_factory=dict)
    attended: bool = True
    expiry_s: float = 900.0
    sandbox: SandboxState = SteadySandbox()
    always: Mapping[str, str] = field(default_factory=dict)
    revoked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call may run; `reason` is told to the model where it may not.

    `code` is what the user made of the code before the yes; None where it stays as it is.
    """

    approved: bool
    reason: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How one kind is decided now; `granted` says by what, where no question is asked."""

    kind: ApprovalKind
    mode: ApprovalMode
    granted: str = ""


APPROVED = Verdict(True)


@dataclass(slots=True)
class _Pending:
    asked: ApprovalRequested
    profile: str
    answered: asyncio.Future[tuple[Decision, str, str | None]]


class ApprovalDesk:
    """Asks for approvals of one session and remembers what was granted for good.

    `grants` are the kinds that were approved when the program was started.
    """

    def __init__(self, policy: ApprovalPolicy, grants: frozenset[str] = frozenset()) -> None:
        self._policy = policy
        self._grants = set(grants - policy.revoked)
        self._always = dict(policy.always)
        self._revoked = set(policy.revoked)
        self._pending: dict[str, _Pending] = {}

    @property
    def attended(self) -> bool:
        """Whether somebody is there who can answer."""
        return self._policy.attended

    def standing(self) -> list[Standing]:
        """Each kind with how it is decided now, and for how long."""
        return [Standing(kind, self.mode(kind), self._granted(kind)) for kind in APPROVAL_KINDS]

    def mode(self, kind: ApprovalKind) -> ApprovalMode:
        """What the policy says of a kind."""
        mode = self._policy.modes.get(kind, "ask")
        return "ask" if mode == "auto" and kind in self._revoked else mode

    def revoke(self, kind: ApprovalKind, emit: Callable[[Fact], None]) -> None:
        """Ask again for what is of this kind; `InputError` where it is asked for anyway."""
        if not self._granted(kind):
            raise InputError(
                f"nothing of the kind {kind} is granted", hint="/approvals lists what is"
            )
        emit(ApprovalRevoked(kind))
        self._grants.discard(kind)
        self._always.pop(kind, None)
        self._revoked.add(kind)

    def answer(
        self, approval_id: str, decision: Decision, reason: str = "", code: str | None = None
    ) -> None:
        """Answer a waiting question; `code` is what shall run in place of what was shown.

        A second or late answer, and one that the question does not take, is an `InputError`.
        """
        pending = self._pending.get(approval_id)
        if pending is None or pending.answered.done():
            raise InputError(
                f"the approval {approval_id} no longer waits",
                hint="it was answered, it expired, or its turn ended",
            )
        wanted: set[Choice] = {decision} | (set() if code is None else {"edit"})
        if not wanted <= set(pending.asked.choices):
            raise InputError(
                f"the approval {approval_id} does not take {' and '.join(sorted(wanted))}",
                hint=f"it takes {', '.join(pending.asked.choices)}",
            )
        pending.answered.set_result((decision, reason, code))

    async def decide(
        self, call_id: str, need: ApprovalNeed, emit: Callable[[Fact], None]
    ) -> Verdict:
        """Approve by policy or by asking; raises `ApprovalRequired` when nobody can be asked."""
        if self.mode(need.kind) == "never":
            return Verdict(False, f"the policy never approves {need.kind}")
        profile, holds = await self._sandbox_of(need.kind)
        if self._stands(need.kind, profile, holds):
            return APPROVED
        choices: list[Choice] = ["yes", "no"]
        # A cap that raises itself would be none.
        choices += ["always"] if holds and need.kind != "budget_rise" else []
        choices += ["edit"] if need.editable else []
        asked = ApprovalRequested(
            new_id(),
            call_id,
            need.kind,
            need.title,
            need.detail,
            datetime.now(UTC) + timedelta(seconds=self._policy.expiry_s),
            tuple(choices),
        )
        emit(asked)
        if not self._policy.attended:
            flag = need.kind.replace("_", "-")
            raise ApprovalRequired(
                f"{need.title}: this needs an approval, and nobody is there to give it",
                hint=f"start with --approve {flag}, or ask in the chat",
            )
        return await self._ask(asked, need.kind, profile, emit)

    def _granted(self, kind: ApprovalKind) -> str:
        if self.mode(kind) == "never":
            return ""
        if kind in self._grants:
            return "unasked: approved when this was started, for as long as it runs"
        tested = ", while the sandbox's self-test holds" if kind == "code" else ""
        if kind in self._always:
            profile = self._always[kind]
            here = f" and the sandbox {profile}" if profile else ""
            return f"unasked in this session{here}{tested}"
        return f"unasked by policy{tested}" if self.mode(kind) == "auto" else ""

    def _stands(self, kind: ApprovalKind, profile: str, holds: bool) -> bool:
        """Whether no question is due. What was approved by name at the start needs no test."""
        if kind in self._grants:
            return True
        by_policy = self.mode(kind) == "auto"
        return holds and (by_policy or self._always.get(kind) == profile)

    async def _sandbox_of(self, kind: ApprovalKind) -> tuple[str, bool]:
        """The profile that a grant of this kind is bound to, and whether one may be given."""
        if kind != "code" or kind in self._grants:
            return "", True
        holds = await asyncio.to_thread(self._policy.sandbox.holds)
        if self.mode(kind) == "auto":
            return "", holds
        profile = await asyncio.to_thread(self._policy.sandbox.profile)
        return profile, holds and bool(profile)  # nothing is granted to a sandbox without a name

    async def _ask(
        self,
        asked: ApprovalRequested,
        kind: ApprovalKind,
        profile: str,
        emit: Callable[[Fact], None],
    ) -> Verdict:
        answered: asyncio.Future[tuple[Decision, str, str | None]] = (
            asyncio.get_running_loop().create_future()
        )
        approval_id = asked.approval_id
        self._pending[approval_id] = _Pending(asked, profile, answered)
        try:
            decision, reason, code = await asyncio.wait_for(answered, self._policy.expiry_s)
        except TimeoutError:
            emit(ApprovalAnswered(approval_id, "no", "expiry", kind=kind))
            return Verdict(False, "nobody answered in time")
        except asyncio.CancelledError:
            emit(ApprovalAnswered(approval_id, "no", "interrupt", kind=kind))
            raise
        finally:
            del self._pending[approval_id]
        bound = profile if decision == "always" else ""
        emit(
            ApprovalAnswered(
                approval_id, decision, "user", reason, kind, bound, edited=code is not None
            )
        )
        if decision == "always":
            self._always[kind] = profile
            self._revoked.discard(kind)
        if decision == "no":
            return Verdict(False, reason or "the user declined")
        return Verdict(True, code=code)
