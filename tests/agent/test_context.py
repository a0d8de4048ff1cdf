"""What a conversation fills of the model's context, as the toolbar tells it."""

from __future__ import annotations

from finops_repl.agent.models.messages_api import MessagesModel, ModelSettings
from finops_repl.agent.models.port import Usage
from tests.agent.fakes import session
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
