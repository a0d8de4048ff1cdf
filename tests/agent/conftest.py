from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from finops_repl.agent.models.messages_api import MessagesModel, ModelSettings
from finops_repl.tools.tool import Tool
from tests.agent.chats import Chat, Open
from tests.agent.fakes import session
from tests.standin.messages_api import MessagesStandIn, Script


@pytest.fixture
def open_chat() -> Open:
    """Opens a chat with a script of the server and tools; other options are the session's."""

    @asynccontextmanager
    async def opened(script: Script, *tools: Tool[Any], **options: Any) -> AsyncIterator[Chat]:
        read_timeout_s = options.pop("read_timeout_s", 5.0)
        with MessagesStandIn(script) as server:
            model = MessagesModel(ModelSettings(base_url=server.url, read_timeout_s=read_timeout_s))
            try:
                yield Chat(server, session(model, tools, **options))
            finally:
                await model.aclose()

    return opened
