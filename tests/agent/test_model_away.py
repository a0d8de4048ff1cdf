"""Where the model stays away the offline analyst goes on, and every reader is told so."""

from __future__ import annotations

import re
from typing import Any

import pytest

from finops_repl.agent.models.messages_api import MessagesModel, ModelSettings
from finops_repl.agent.models.offline import OfflineModel
from finops_repl.base.events import AnswerBlock, ModelFailed, ModelReplaced, ModelRetried
from finops_repl.tools.query_bill import QueryBill
from tests.agent.chats import Open, end_of, of_kind
from tests.agent.fakes import Echo, FakeBill, session
from tests.agent.test_offline import BILL, COLUMNS
from tests.standin.messages_api import Call, Failure, Text, Turn

SPEND = "What did we spend by service last month?"
AWAY = Failure(529, "overloaded_error")


@pytest.mark.parametrize(
    "failure",
    [
        AWAY,
        Failure(500, "api_error"),
        Failure(401, "authentication_error"),
        Failure(429, "rate_limit_error"),
        Failure(429, "rate_limit_error", retry_after="3600"),
        Turn(drop_after=1),
        Turn(Text("Hm"), drop_after=5, framing="close-delimited"),
        Turn(Text("Hm"), error_after=(4, "overloaded_error")),
    ],
)
async def test_the_offline_analyst_answers_and_says_so(open_chat: Open, failure: Any) -> None:
    bill = QueryBill(FakeBill(BILL, COLUMNS))
    async with open_chat(lambda request: failure, bill, fallback=OfflineModel()) as chat:
        facts = await chat.ask(SPEND)
    (replaced,) = of_kind(facts, ModelReplaced)
    assert (replaced.model, replaced.by) == ("claude-sonnet-5-5", "offline")
    end = end_of(facts)
    assert end.end == "answered"
    assert end.failure == "ConnectionFailed"
    assert end.answer.startswith("*claude-sonnet-5-5 stays away (")
    assert re.search(r"\$833\.90 \[f\d\]", end.answer)


async def test_a_question_that_it_does_not_understand_is_met_with_what_it_can_do(
    open_chat: Open,
) -> None:
    async with open_chat(lambda request: AWAY, fallback=OfflineModel()) as chat:
        facts = await chat.ask("Write me a poem about clouds")
    assert end_of(facts).end == "failed"
    assert end_of(facts).failure == "ConnectionFailed"
    assert len(of_kind(facts, AnswerBlock)) > 1
    assert "spend" in end_of(facts).answer.lower()


async def test_it_takes_over_in_mid_question_and_the_model_comes_back(open_chat: Open) -> None:
    away = {"now": True}
    asked = {"calls": 0}

    def server(request: Any) -> Turn | Failure:
        asked["calls"] += 1
        if asked["calls"] == 1:
            return Turn(Call("echo", {"text": "a"}))
        return AWAY if away["now"] else Turn(Text("Back."))

    tools = (Echo(), QueryBill(FakeBill(BILL, COLUMNS)))
    async with open_chat(server, *tools, fallback=OfflineModel()) as chat:
        facts = await chat.ask(SPEND)
        assert re.search(r"\$833\.90 \[f\d\]", end_of(facts).answer)
        away["now"] = False
        facts = await chat.ask("And now?")
    assert of_kind(facts, ModelReplaced) == []
    assert end_of(facts).answer == "Back."
    assert end_of(facts).failure == ""
    ids = [
        block["id"]
        for message in chat.requests[-1].messages
        for block in message["content"]
        if block["type"] == "tool_use"
    ]
    assert len(ids) == len(set(ids)) > 2


@pytest.mark.parametrize(
    "failure", [Failure(400, "invalid_request_error"), Failure(404, "not_found_error")]
)
async def test_a_request_that_is_wrong_is_no_absence(open_chat: Open, failure: Failure) -> None:
    async with open_chat(lambda request: failure, fallback=OfflineModel()) as chat:
        facts = await chat.session.ask(SPEND)
    assert of_kind(facts, ModelReplaced) == []
    assert end_of(facts).end == "failed"
    assert of_kind(facts, ModelFailed)


async def test_nobody_at_the_address_is_waited_for_and_then_replaced() -> None:
    model = MessagesModel(ModelSettings(base_url="http://127.0.0.1:9"))
    bill = QueryBill(FakeBill(BILL, COLUMNS))
    facts = await session(model, [bill], fallback=OfflineModel()).ask(SPEND)
    await model.aclose()
    assert len(of_kind(facts, ModelRetried)) == 3
    assert "ANTHROPIC_BASE_URL" in of_kind(facts, ModelReplaced)[0].hint
    assert end_of(facts).end == "answered"
