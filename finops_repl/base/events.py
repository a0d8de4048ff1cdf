"""What happened, as frozen facts in the past tense; faces decide how they look.

One stream of events feeds the terminal, `--json`, the session file and later faces. Each is
wrapped in an `Event` that carries the scope's ids and a sequence number.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from finops_repl.base.caps import CapOf, CapWhat
from finops_repl.base.scope import Scope

__all__ = [
    "AnswerBlock",
    "ApprovalAnswered",
    "ApprovalRequested",
    "ApprovalRevoked",
    "BranchOpened",
    "BranchReason",
    "BudgetRaised",
    "BudgetWarned",
    "Choice",
    "CodeFinished",
    "CodeOutput",
    "CodeStarted",
    "ConversationCompacted",
    "Event",
    "EventLog",
    "Fact",
    "FigureRegistered",
    "MendAsked",
    "MendEnded",
    "ModelFailed",
    "ModelReplaced",
    "ModelRetried",
    "ModelUsed",
    "QuestionAsked",
    "RetryAwaited",
    "ThinkingShown",
    "ToolFinished",
    "ToolRequested",
    "TurnFinished",
    "to_json",
]

TurnEnd = Literal["answered", "interrupted", "failed", "limit", "refused", "approval_required"]
Choice = Literal["yes", "no", "always", "edit"]
BranchReason = Literal["undo", "clear", "compact", "model", "instructions"]


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """`instructions` names the system prompt and tools that the model has, by their hash."""

    text: str
    model: str
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class ThinkingShown:
    """A finished paragraph of the model's summarized thinking."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerBlock:
    """A finished block of the answer in Markdown; blocks are appended, never repainted."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolRequested:
    call_id: str
    tool: str
    input: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    """Something waits for a yes; any face may answer it by id until it expires.

    `choices` are the answers that it takes; `edit` is a yes to changed code.
    """

    approval_id: str
    call_id: str
    kind: str
    title: str
    detail: str
    expires_at: datetime
    choices: tuple[Choice, ...] = ("yes", "no", "always")


@dataclass(frozen=True, slots=True)
class ApprovalAnswered:
    """How a question ended. An `always` is of a `kind`, and for code of one sandbox's `profile`;
    `edited` says that the user changed the code before the yes.
    """

    approval_id: str
    decision: Literal["yes", "no", "always"]
    by: Literal["user", "policy", "expiry", "interrupt"]
    reason: str = ""
    kind: str = ""
    profile: str = ""
    edited: bool = False


@dataclass(frozen=True, slots=True)
class ApprovalRevoked:
    """The user is asked again for what is of this kind."""

    kind: str


@dataclass(frozen=True, slots=True)
class BranchOpened:
    """The conversation goes on from its first `kept` messages and the `added` ones.

    What followed the kept ones is no part of it any more; it stays in the record. `added` are
    messages as the Messages API writes them, `model` who answers from here on and `instructions`
    the hash of what it is told, where they change. The last `turns_undone` turns were taken back.
    """

    why: BranchReason
    kept: int
    added: tuple[Mapping[str, Any], ...] = ()
    model: str = ""
    turns_undone: int = 0
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class CodeStarted:
    call_id: str
    run: str
    language: str
    code: str
    timeout_s: float


@dataclass(frozen=True, slots=True)
class CodeOutput:
    run: str
    stream: Literal["stdout", "stderr"]
    text: str


@dataclass(frozen=True, slots=True)
class CodeFinished:
    """The end of a run as the host and the engine saw it.

    Of its `aws_calls`, `aws_calls_cached` came from the cache; `aws_usd` is what they cost. A run
    was `capped` that failed when a cap in dollars had refused calls of it.
    """

    call_id: str
    run: str
    reason: str
    exit_code: int | None
    elapsed_s: float
    files: tuple[Mapping[str, Any], ...] = ()
    rejected: tuple[str, ...] = ()
    aws_calls: int = 0
    script: str = ""
    warnings: tuple[str, ...] = ()
    aws_calls_cached: int = 0
    aws_usd: str = "0"
    capped: bool = False


@dataclass(frozen=True, slots=True)
class FigureRegistered:
    """A figure and where it comes from; `[f12]` in an answer points to `figure_id`."""

    figure_id: str
    value: str
    unit: str
    label: str
    pedigree: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolFinished:
    call_id: str
    tool: str
    is_error: bool
    content: str


@dataclass(frozen=True, slots=True)
class MendAsked:
    """So many `figures` of the answer above do not hold, and the model was asked to mend it.

    The answer blocks from here on are a correction.
    """

    figures: int


@dataclass(frozen=True, slots=True)
class MendEnded:
    """A correction took the place of the answer before it, or that one stands with its marks."""

    mended: bool


@dataclass(frozen=True, slots=True)
class ModelRetried:
    """The model is asked again after `wait_s`; blocks of this reply shown so far may be void.

    `attempt` of `attempts` has failed.
    """

    attempt: int
    wait_s: float
    why: str
    restarts_answer: bool = False
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class RetryAwaited:
    """`left_s` seconds are left until the model is asked again: a long wait counts down."""

    left_s: float


@dataclass(frozen=True, slots=True)
class ModelReplaced:
    """`model` stays away, so `by` goes on in its place until the end of this turn."""

    model: str
    by: str
    why: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ConversationCompacted:
    """The model goes on from a summary of the conversation instead of all of it.

    `before` and `after` are bytes of the messages as they are sent; `summary_by` names the model
    that wrote the summary, or the host where none could.
    """

    before: int
    after: int
    why: str
    summary_by: str


@dataclass(frozen=True, slots=True)
class BudgetWarned:
    """Four fifths of a cap are used; `used` and `cap` are plain numbers in the unit of `what`."""

    of: CapOf
    what: CapWhat
    used: str
    cap: str


@dataclass(frozen=True, slots=True)
class BudgetRaised:
    """A cap is `raised` with the user's approval: for the rest of a question, or of a session
    until its process ends. Amounts are plain numbers in the unit of `what`.
    """

    of: CapOf
    what: CapWhat
    cap: str
    raised: str


@dataclass(frozen=True, slots=True)
class ModelUsed:
    """A call of a model and what it cost, also one that broke off after its input was taken.

    `uncached_usd` is what the same tokens would have cost without a cache. Both amounts are
    `unknown` for a model without a listed price.
    """

    model: str
    input_tokens: int
    output_tokens: int
    cache_write_tokens: int
    cache_read_tokens: int
    usd: str
    uncached_usd: str

    @property
    def tokens(self) -> int:
        """Input and output together."""
        fresh = self.input_tokens + self.output_tokens
        return fresh + self.cache_write_tokens + self.cache_read_tokens


@dataclass(frozen=True, slots=True)
class ModelFailed:
    why: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """The end of a turn; `answer` is the whole text, `cited` the figure ids in it.

    `model_usd` is `unknown` for a model without a listed price. `failure` names the class of the
    `FinopsError` that kept the turn from its full answer, such as `SandboxUnavailable`. `seconds`
    are those of work, without the time in which the user was asked something.
    """

    end: TurnEnd
    answer: str
    cited: tuple[str, ...] = ()
    model_usd: str = "0"
    aws_usd: str = "0"
    failure: str = ""
    tool_calls: int = 0
    seconds: float = 0.0


Fact = (
    QuestionAsked
    | ThinkingShown
    | AnswerBlock
    | ToolRequested
    | ApprovalRequested
    | ApprovalAnswered
    | ApprovalRevoked
    | BranchOpened
    | CodeStarted
    | CodeOutput
    | CodeFinished
    | FigureRegistered
    | ToolFinished
    | MendAsked
    | MendEnded
    | ModelRetried
    | RetryAwaited
    | ModelReplaced
    | ConversationCompacted
    | BudgetWarned
    | BudgetRaised
    | ModelUsed
    | ModelFailed
    | TurnFinished
)


@dataclass(frozen=True, slots=True)
class Event:
    """A fact with the ids of its scope, its place in the session and its moment (UTC)."""

    seq: int
    at: datetime
    session: str
    job: str
    agent: str
    parent: str
    run: str
    account: str
    fact: Fact


@dataclass(slots=True)
class EventLog:
    """Numbers the facts of one session."""

    scope: Scope
    _next: int = field(default=1)

    def wrap(self, fact: Fact) -> Event:
        """The fact as the session's next event."""
        seq, self._next = self._next, self._next + 1
        s = self.scope
        run = getattr(fact, "run", s.run)
        return Event(
            seq, datetime.now(UTC), s.session, s.job, s.agent, s.parent, run, s.account, fact
        )


def to_json(event: Event) -> dict[str, Any]:
    """The event as JSON-safe fields; `type` is the fact's name."""
    fields = dataclasses.asdict(event)
    fact = fields.pop("fact")
    fields["at"] = event.at.isoformat(timespec="milliseconds")
    for name, value in fact.items():
        if isinstance(value, datetime):
            fact[name] = value.isoformat(timespec="seconds")
    return {"type": type(event.fact).__name__, **fields, **fact}
