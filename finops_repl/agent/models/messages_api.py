"""The Messages API as a model: the only home of the `anthropic` package.

The client's own retries are off (`max_retries=0`): it would obey a `retry-after` of any length
without a word. The loop retries, capped and in plain sight.
"""

from __future__ import annotations

import math
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from finops_repl.agent.models.accumulate import Accumulator
from finops_repl.agent.models.port import ModelError, ModelEvent, ModelRequest, Replied
from finops_repl.agent.models.prices import Price, price_of
from finops_repl.agent.models.window import ContextWindow
from finops_repl.agent.models.wire import message_to_fields, tool_to_fields

if TYPE_CHECKING:
    import anthropic

__all__ = ["DEFAULT_MODEL", "MessagesModel", "ModelSettings", "load_client"]

DEFAULT_MODEL = "claude-sonnet-5-5"
OFFICIAL_HOST = "api.anthropic.com"
LOOK_UP_TIMEOUT_S = 10.0
NO_KEY = "no-key"
"""Local servers ask for none, but the client refuses to send a request without one."""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """How to reach a server of the Messages API; `read_timeout_s` bounds the silence.

    With `asks_window` it is asked, beside the first reply, how much the model can read.
    """

    model: str = DEFAULT_MODEL
    api_key: str = ""
    base_url: str = ""
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 120.0
    asks_window: bool = False

    @staticmethod
    def from_environment(
        model: str | None = None, env: Mapping[str, str] | None = None
    ) -> ModelSettings | None:
        """The settings that the environment describes; None where it names no server or key."""
        env = os.environ if env is None else env
        key = env.get("ANTHROPIC_API_KEY") or env.get("ANTHROPIC_AUTH_TOKEN") or ""
        base_url = env.get("ANTHROPIC_BASE_URL") or ""
        if not key and not base_url:
            return None
        return ModelSettings(model or DEFAULT_MODEL, key, base_url)


def load_client() -> None:
    """Import the client, for a thread aside: about 1 s that the first question does not wait."""
    import anthropic  # noqa: F401


class MessagesModel:
    """A model behind a server that speaks `/v1/messages`."""

    def __init__(self, settings: ModelSettings) -> None:
        import anthropic  # about 1 s: only a live model call pays for it
        import httpx2

        self._client = anthropic.AsyncAnthropic(
            api_key=settings.api_key or NO_KEY,
            base_url=settings.base_url or None,
            max_retries=0,
            timeout=httpx2.Timeout(settings.read_timeout_s, connect=settings.connect_timeout_s),
        )
        self._settings = settings
        official = not settings.base_url or OFFICIAL_HOST in settings.base_url
        self._may_lack_features = not official
        self._plain = False
        self._window = ContextWindow(self._look_up_window)

    @property
    def name(self) -> str:
        return self._settings.model

    @property
    def price(self) -> Price | None:
        return price_of(self._settings.model)

    @property
    def can_mend(self) -> bool:
        return True

    @property
    def window_tokens(self) -> int | None:
        return self._window.tokens

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Pieces, then the reply. A server of another make that rejects the first request is
        asked once more without thinking, effort and cache marks."""
        try:
            async with aclosing(self._attempt(request)) as events:
                async for event in events:
                    self._may_lack_features = False
                    yield event
            return
        except ModelError as error:
            if error.kind != "rejected" or not self._may_lack_features:
                raise
        self._may_lack_features, self._plain = False, True
        async with aclosing(self._attempt(request)) as events:
            async for event in events:
                yield event

    async def aclose(self) -> None:
        """Close the connections."""
        await self._window.aclose()
        await self._client.close()

    async def _look_up_window(self) -> int | None:
        """What the server says of the model; one of another make describes none."""
        import anthropic
        import httpx2

        try:
            told = await self._client.models.retrieve(self.name, timeout=LOOK_UP_TIMEOUT_S)
        except (anthropic.APIError, httpx2.HTTPError, ValueError):
            return None
        most = getattr(told, "max_input_tokens", None)  # the client checks no reply's shape
        return most if isinstance(most, int) and most > 0 else None

    async def _attempt(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        import anthropic
        import httpx2

        reply = Accumulator()
        try:
            # Raw events, not `messages.stream`: see the accumulator's own docstring.
            stream = await self._client.messages.create(**self._fields(request), stream=True)
            if self._settings.asks_window:
                self._window.ask()
            async with stream:
                async for event in stream:
                    # Of a kind still to come the client would warn, on the user's screen.
                    if piece := reply.take(event.to_dict(warnings=False)):
                        yield piece
        except anthropic.APIStatusError as error:
            raise _refused(error) from error
        except (anthropic.APITimeoutError, httpx2.TimeoutException) as error:
            raise ModelError(
                "timeout", f"the model sent nothing for {self._settings.read_timeout_s:g} s"
            ) from error
        except anthropic.APIConnectionError as error:
            raise ModelError(
                "unreachable",
                f"no connection to the model: {error.__cause__ or error}",
                hint="check the network and ANTHROPIC_BASE_URL, or use --model offline",
            ) from error
        except httpx2.HTTPError as error:
            raise ModelError("cut", f"the connection to the model broke off: {error}") from error
        except ValueError as error:
            # An event that is no JSON; what a tool input holds is parsed in the accumulator.
            raise ModelError("cut", f"the model's stream is garbled: {error}") from error
        yield Replied(reply.finish())

    def _fields(self, request: ModelRequest) -> dict[str, Any]:
        """The request's body. A plain one holds nothing that an older server could refuse."""
        fields: dict[str, Any] = {
            "model": self._settings.model,
            "max_tokens": request.max_tokens,
            "system": request.system,
            "tools": [tool_to_fields(tool) for tool in request.tools],
            "messages": [message_to_fields(message) for message in request.messages],
        }
        if not request.may_use_tools:
            fields["tool_choice"] = {"type": "none"}
        if not self._plain:
            mark = {"type": "ephemeral"}
            fields["system"] = [{"type": "text", "text": request.system, "cache_control": mark}]
            fields["cache_control"] = mark
            fields["thinking"] = {"type": "adaptive", "display": "summarized"}
            fields["output_config"] = {"effort": "medium"}
        return fields


def _refused(error: anthropic.APIStatusError) -> ModelError:
    """A status, or an `error` event inside a stream whose status was 200, in our words."""
    said = error.api_message or error.message
    kind, status = str(error.type or ""), error.status_code
    wait = _retry_after(error)
    if kind == "overloaded_error" or status == 529:
        why = f"the model is overloaded: {said}"
        return ModelError("overloaded", why, retry_after_s=wait)
    if kind == "rate_limit_error" or status == 429:
        if wait is None and status == 429:
            return ModelError(
                "spend_cap",
                f"the model account's limit is reached: {said}",
                hint="raise its spend limit, or use --model offline",
            )
        why = f"too many requests to the model: {said}"
        return ModelError("rate_limited", why, retry_after_s=wait)
    if kind in ("authentication_error", "permission_error") or status in (401, 403):
        return ModelError(
            "identity",
            f"the model does not accept the key: {said}",
            hint="check ANTHROPIC_API_KEY, or use --model offline",
        )
    if kind == "billing_error" or status == 402:
        return ModelError("spend_cap", f"the model account cannot pay: {said}")
    if "prompt is too long" in said or status == 413:
        return ModelError(
            "too_long",
            "the conversation is too long for the model",
            hint="ask for less at once, or start a new session; workflows and files stay",
        )
    if kind in ("api_error", "timeout_error") or status >= 500 or status in (408, 409):
        why = f"the model's server failed ({status}): {said}"
        return ModelError("server", why, retry_after_s=wait)
    return ModelError("rejected", f"the model rejected the request ({status}): {said}")


def _retry_after(error: anthropic.APIStatusError) -> float | None:
    """The seconds that the server asks us to wait: a number of them, or until a date."""
    headers = error.response.headers
    told = headers.get("retry-after", "")
    for text, unit in ((headers.get("retry-after-ms", ""), 0.001), (told, 1.0)):
        try:
            seconds = float(text) * unit
        except ValueError:
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    try:
        until = parsedate_to_datetime(told)
    except ValueError:
        return None
    if until.tzinfo is None:  # "-0000": UTC that says nothing of a place
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
