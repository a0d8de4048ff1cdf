"""What a conversation fills of the model's context, as the toolbar tells it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from finops_repl.agent.models.messages_api import MessagesModel, ModelSettings
from finops_repl.agent.models.port import Usage
from tests.agent.chats import end_of, until
from tests.agent.fakes import Session, session
from tests.standin.messages_api import MessagesStandIn, Text, Turn


async def test_the_last_reply_says_how_much_of_the_context_is_filled() -> None:
    turns = [Turn(Text("One.")), Turn(Text("Two."), input_tokens=12_000, output_tokens=345)]
    with MessagesStandIn(turns) as server:
        model = MessagesModel(ModelSettings(base_url=server.url))
        conversation = session(model, ())
        assert conversation.agent.context_tokens is None
        await conversation.ask("one?")
        assert conversation.agent.context_tokens == 120
        await conversation.ask("two?")
        assert conversation.agent.context_tokens == 12_345
        await model.aclose()


def test_what_came_from_the_cache_fills_it_too() -> None:
    assert Usage(10, 5, cache_write_tokens=100, cache_read_tokens=1000).tokens == 1115


@asynccontextmanager
async def asking(described: dict[str, object]) -> AsyncIterator[tuple[MessagesStandIn, Session]]:
    with MessagesStandIn([Turn(Text("One.")), Turn(Text("Two."))]) as server:
        server.described = described
        model = MessagesModel(ModelSettings("a-model", base_url=server.url, asks_window=True))
        try:
            yield server, session(model, ())
        finally:
            await model.aclose()


async def test_the_window_is_asked_for_once_beside_the_first_reply() -> None:
    async with asking({"id": "a-model", "max_input_tokens": 200_000}) as (server, conversation):
        model = conversation.agent.model
        assert model.window_tokens is None
        assert server.looked_up == []
        await conversation.ask("one?")
        await until(lambda: model.window_tokens is not None)
        assert model.window_tokens == 200_000
        await conversation.ask("two?")
        assert server.looked_up == ["/v1/models/a-model"]


@pytest.mark.parametrize("described", [{}, {"id": "a-model"}, {"max_input_tokens": "many"}])
async def test_a_server_that_does_not_tell_leaves_the_window_unknown(
    described: dict[str, object],
) -> None:
    async with asking(described) as (server, conversation):
        assert end_of(await conversation.ask("one?")).end == "answered"
        await until(lambda: bool(server.looked_up))
        assert end_of(await conversation.ask("two?")).end == "answered"
        assert conversation.agent.model.window_tokens is None


async def test_where_no_toolbar_is_no_window_is_asked_for() -> None:
    with MessagesStandIn([Turn(Text("One."))]) as server:
        model = MessagesModel(ModelSettings(base_url=server.url))
        await session(model, ()).ask("one?")
        await model.aclose()
    assert server.looked_up == []
