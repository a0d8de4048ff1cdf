"""Which server a model is asked at, and what asking costs."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import pytest

from finops_repl.agent.models.messages_api import DEFAULT_MODEL, MessagesModel, ModelSettings
from finops_repl.agent.models.port import Message, ModelRequest, TextBlock
from finops_repl.agent.models.prices import price_of
from tests.standin.messages_api import MessagesStandIn, Text, Turn


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, None),
        ({"ANTHROPIC_API_KEY": "k"}, ModelSettings(api_key="k")),
        ({"ANTHROPIC_AUTH_TOKEN": "t"}, ModelSettings(api_key="t")),
        ({"ANTHROPIC_BASE_URL": "http://x"}, ModelSettings(base_url="http://x")),
    ],
)
def test_environment_selects_the_server(
    env: dict[str, str], expected: ModelSettings | None
) -> None:
    assert ModelSettings.from_environment(env=env) == expected


async def test_a_request_is_what_current_models_take() -> None:
    with MessagesStandIn([Turn(Text("Hi"))]) as server:
        model = MessagesModel(ModelSettings(api_key="key", base_url=server.url))
        messages = (Message("user", (TextBlock("Hello"),)),)
        async for _ in model.stream(ModelRequest("You are.", (), messages)):
            pass
        await model.aclose()
    (request,) = server.requests
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert headers["authorization"] == "Bearer key"
    assert request.body["model"] == DEFAULT_MODEL
    assert request.body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert request.body["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert not {"temperature", "top_p", "top_k"} & set(request.body)


def test_prices_are_by_model_and_never_guessed() -> None:
    sonnet, haiku = price_of("claude-sonnet-5-5"), price_of("claude-haiku-5-5")
    assert sonnet is not None
    assert haiku is not None
    assert sonnet.dollars(1_000_000, 1_000_000) == 12
    assert sonnet.dollars(0, 0, cache_write=1_000_000, cache_read=1_000_000) == Decimal("2.7")
    assert haiku.dollars(100_000, 0) == Decimal("0.01")
    assert haiku.dollars(100_001, 0) == Decimal("0.0500005")
    assert price_of("some-local-model") is None


def test_the_client_is_imported_only_by_who_needs_it() -> None:
    program = (
        "import sys, finops_repl.agent.loop, finops_repl.agent.models.messages_api\n"
        "import finops_repl.agent.models.offline, finops_repl.tools.query_bill\n"
        "heavy = {'anthropic', 'boto3', 'duckdb', 'docker'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
