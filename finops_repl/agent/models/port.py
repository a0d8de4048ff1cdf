"""What a model is to the loop: a conversation goes in, a stream of pieces and one reply come out.

The blocks are those of the Messages API, typed; what we do not interpret (thinking with its
signature, kinds that are new) is kept verbatim, because the server checks what comes back.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from finops_repl.agent.models.prices import Price
from finops_repl.base.errors import FinopsError

__all__ = [
    "Block",
    "KeptBlock",
    "Message",
    "Model",
    "ModelError",
    "ModelErrorKind",
    "ModelEvent",
    "ModelRequest",
    "Replied",
    "Reply",
    "Role",
    "Started",
    "Stop",
    "TextBlock",
    "TextPiece",
    "ThinkingPiece",
    "ToolResultBlock",
    "ToolSpec",
    "ToolUse",
    "Usage",
]

Role = Literal["user", "assistant"]

Stop = Literal[
    "end_turn",
    "tool_use",
    "max_tokens",
    "pause_turn",
    "refusal",
    "context_full",
    "gave_up",  # the text says why there is no answer
    "unknown",
]


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Words of the user, of the host or of the model."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolUse:
    """The model asks for a tool. A `fault` says why its input must not be used."""

    id: str
    name: str
    input: Mapping[str, Any]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ToolResultBlock:
    """The answer to one `ToolUse`: JSON text, so that data never speaks as the user."""

    tool_use_id: str
    content: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class KeptBlock:
    """A block sent back exactly as it came: thinking, and kinds we do not know."""

    fields: Mapping[str, Any]

    @property
    def is_thinking(self) -> bool:
        """Whether only the model that wrote it accepts it back."""
        return self.fields.get("type") in ("thinking", "redacted_thinking")


Block = TextBlock | ToolUse | ToolResultBlock | KeptBlock


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the conversation."""

    role: Role
    content: tuple[Block, ...]

    @property
    def tool_uses(self) -> tuple[ToolUse, ...]:
        return tuple(block for block in self.content if isinstance(block, ToolUse))


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model sees it; `schema` is the JSON schema of its input."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """Everything the model gets. Between requests of a session only `messages` grows."""

    system: str
    tools: tuple[ToolSpec, ...]
    messages: tuple[Message, ...]
    max_tokens: int = 16_000
    may_use_tools: bool = True


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one reply; the whole input is the sum of the three input fields."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0

    @property
    def prompt_tokens(self) -> int:
        """The whole input."""
        return self.input_tokens + self.cache_write_tokens + self.cache_read_tokens

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.prompt_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete reply: the stream was seen to its end."""

    content: tuple[Block, ...]
    stop: Stop
    usage: Usage = field(default_factory=Usage)
    stop_detail: str = ""

    @property
    def text(self) -> str:
        return "".join(block.text for block in self.content if isinstance(block, TextBlock))

    @property
    def tool_uses(self) -> tuple[ToolUse, ...]:
        return tuple(block for block in self.content if isinstance(block, ToolUse))

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing and asks for nothing."""
        return not self.tool_uses and not self.text.strip()


@dataclass(frozen=True, slots=True)
class Started:
    """The server took the request: from here on its input is paid for."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class TextPiece:
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingPiece:
    text: str


@dataclass(frozen=True, slots=True)
class Replied:
    """The last event of every stream that did not raise."""

    reply: Reply


ModelEvent = Started | TextPiece | ThinkingPiece | Replied

ModelErrorKind = Literal[
    "cut",  # the stream ended before the message did
    "timeout",  # nothing came for too long
    "unreachable",  # no connection
    "overloaded",  # 529, or the same inside the stream
    "rate_limited",  # 429 with a time to wait
    "server",  # another 5xx
    "spend_cap",  # 429 without a time to wait: the account's own cap
    "identity",  # 401, 403: the key is not accepted
    "too_long",  # the conversation does not fit any more
    "rejected",  # another 4xx: sending it again cannot help
]

RETRYABLE: frozenset[ModelErrorKind] = frozenset(
    {"cut", "timeout", "unreachable", "overloaded", "rate_limited", "server"}
)
STAYS_AWAY: frozenset[ModelErrorKind] = RETRYABLE | {"spend_cap", "identity"}
"""Of these another model knows nothing: it may well answer."""


class ModelError(FinopsError):
    """Why there is no reply; `retry_after_s` is the server's own wish, uncapped."""

    def __init__(
        self,
        kind: ModelErrorKind,
        message: str,
        *,
        hint: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        self.retry_after_s = retry_after_s

    @property
    def retryable(self) -> bool:
        return self.kind in RETRYABLE

    @property
    def stays_away(self) -> bool:
        return self.kind in STAYS_AWAY


class Model(Protocol):
    """A model, live or offline."""

    @property
    def name(self) -> str:
        """What the banner, the toolbar and the session file call it."""
        ...

    @property
    def price(self) -> Price | None:
        """Dollars per token; None where nobody told us."""
        ...

    @property
    def can_mend(self) -> bool:
        """Whether a word of the host may change its answer."""
        ...

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Pieces as they come, then one `Replied`; raises `ModelError`, and nothing else.

        Closing the iterator early ends the request.
        """
        ...

    async def aclose(self) -> None:
        """Let go of its connections; nothing is asked of it afterwards."""
        ...
