"""The loop against a real HTTP server: what it promises whatever the model and its server do."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.agent.approval import ApprovalPolicy
from finops_repl.agent.limits import TurnLimits
from finops_repl.agent.models.messages_api import MessagesModel, ModelSettings
from finops_repl.base.caps import Caps
from finops_repl.base.errors import InputError
from finops_repl.base.events import (
    AnswerBlock,
    ApprovalAnswered,
    ApprovalRequested,
    Event,
    ModelFailed,
    ModelRetried,
    ThinkingShown,
    ToolFinished,
)
from finops_repl.tools.tool import ApprovalNeed
from tests.agent.chats import Open, end_of, of_kind
from tests.agent.fakes import Costly, Echo, Failing, Meeting, Sleeper, session
from tests.standin.messages_api import (
    Call,
    Failure,
    MessagesStandIn,
    Other,
    Text,
    Thinking,
    Turn,
    assert_prefix_extensions,
)

CODE = ApprovalNeed("code", "Run this", "print(1)")
DONE = Turn(Text("Done."))


async def test_answer_streams_as_finished_blocks_after_its_thinking(open_chat: Open) -> None:
    turn = Turn(Thinking("First I look."), Text("One.\n\n```\na\n\nb\n```\n\nTwo."))
    async with open_chat([turn]) as chat:
        facts = await chat.ask()
    assert of_kind(facts, ThinkingShown) == [ThinkingShown("First I look.")]
    blocks = [block.text for block in of_kind(facts, AnswerBlock)]
    assert blocks == ["One.", "```\na\n\nb\n```", "Two."]
    assert end_of(facts).answer == "\n\n".join(blocks)


async def test_parallel_calls_run_together_and_answer_in_one_message(open_chat: Open) -> None:
    turns = [Turn(Thinking(), Call("meet"), Call("meet"), Call("meet")), DONE]
    async with open_chat(turns, Meeting(threading.Barrier(3))) as chat:
        facts = await chat.ask()
    assert end_of(facts).end == "answered"
    last = chat.server.requests[-1].messages[-1]
    assert [block["type"] for block in last["content"]] == ["tool_result"] * 3


async def test_thinking_goes_back_exactly_as_it_came(open_chat: Open) -> None:
    strange = {"type": "redacted_thinking", "data": "b3BhcXVl"}
    turns = [Turn(Thinking("Hm.", "sig=="), Other(strange), Call("echo", {"text": "a"})), DONE]
    async with open_chat(turns, Echo()) as chat:
        await chat.ask()
    sent = chat.server.requests[-1].messages[1]["content"]
    assert sent[0] == {"type": "thinking", "thinking": "Hm.", "signature": "sig=="}
    assert sent[1] == strange


async def test_two_questions_extend_one_conversation(open_chat: Open) -> None:
    turns = [Turn(Call("echo", {"text": "a"})), DONE, Turn(Text("Again."))]
    async with open_chat(turns, Echo()) as chat:
        await chat.ask("first")
        facts = await chat.ask("second")
    assert end_of(facts).answer == "Again."
    first, second = (chat.server.requests[i].messages for i in (0, 2))
    assert len(second) == len(first) + 4


async def test_date_and_account_come_as_data_and_never_in_the_system_prompt(
    open_chat: Open,
) -> None:
    async with open_chat([DONE]) as chat:
        await chat.ask()
    body = chat.server.requests[0].body
    assert "2026-11-20" in json.dumps(body["messages"])
    assert "sim-shop" in json.dumps(body["messages"])
    assert "2026" not in json.dumps(body["system"])
    assert "sim-shop" not in json.dumps(body["system"])


# What a model can get wrong


@pytest.mark.parametrize(
    ("call", "taught"),
    [
        (Call("ecko", {"text": "a"}), "did you mean echo"),
        (Call("echo", {"txet": "a"}), "did you mean text?"),
        (Call("echo", {}), "text: Field required"),
        (Call("echo", ["a"]), "must be a JSON object"),
        (Call("echo", raw='{"text": "a",,}'), "not valid JSON"),
        (Call("echo", raw='{"text": "a'), "not valid JSON"),
    ],
)
async def test_a_wrong_call_is_answered_with_how_to_make_it(
    open_chat: Open, call: Call, taught: str
) -> None:
    echo = Echo()
    async with open_chat([Turn(call), DONE], echo) as chat:
        facts = await chat.ask()
    (finished,) = of_kind(facts, ToolFinished)
    assert finished.is_error
    assert taught in finished.content
    assert echo.seen == []
    assert end_of(facts).end == "answered"


async def test_an_error_of_a_tool_is_a_result_with_its_hint(open_chat: Open) -> None:
    async with open_chat([Turn(Call("fail")), DONE], Failing()) as chat:
        facts = await chat.ask()
    content = json.loads(of_kind(facts, ToolFinished)[0].content)
    assert content["error"] == "the query took too long"
    assert content["hint"] == "restrict the period"


@pytest.mark.parametrize("raw", ['{"text": "rm -rf', '{"text": "whole"}'])
async def test_nothing_of_a_reply_cut_at_its_limit_is_executed(open_chat: Open, raw: str) -> None:
    echo = Echo()
    turn = Turn(Call("echo", {"text": "before"}), Call("echo", raw=raw), stop="max_tokens")
    async with open_chat([turn, DONE], echo) as chat:
        facts = await chat.ask()
    assert echo.seen == []
    assert all("cut off" in fact.content for fact in of_kind(facts, ToolFinished))
    assert end_of(facts).end == "answered"


async def test_an_answer_cut_at_its_limit_says_so(open_chat: Open) -> None:
    async with open_chat([Turn(Text("It is beca"), stop="max_tokens")]) as chat:
        facts = await chat.ask()
    assert end_of(facts).end == "limit"
    assert "cut off" in end_of(facts).answer


async def test_an_empty_reply_is_not_stored_and_nudged_once(open_chat: Open) -> None:
    async with open_chat([Turn(), Turn(Text("Here."))]) as chat:
        facts = await chat.ask()
    assert end_of(facts).answer == "Here."
    roles = [message["role"] for message in chat.server.requests[-1].messages]
    assert roles == ["user", "user"]


async def test_two_empty_replies_end_the_turn(open_chat: Open) -> None:
    async with open_chat([Turn(), Turn(Text("  "))]) as chat:
        facts = await chat.ask()
    assert end_of(facts).end == "failed"


async def test_a_refusal_is_shown_and_not_stored(open_chat: Open) -> None:
    refusal = Turn(
        Text("I can"),
        stop="refusal",
        stop_details={"type": "refusal", "category": "cyber", "explanation": "Not this."},
    )
    async with open_chat([refusal, DONE]) as chat:
        facts = await chat.ask("one")
        assert end_of(facts).end == "refused"
        assert end_of(facts).answer == ""
        assert "Not this." in of_kind(facts, ModelFailed)[0].why
        await chat.ask("two")
    assert "I can" not in json.dumps(chat.server.requests[-1].messages)


async def test_a_pause_is_resent_unchanged_and_not_for_ever(open_chat: Open) -> None:
    pause = Turn(Text("Working."), stop="pause_turn")
    async with open_chat([pause, DONE]) as chat:
        assert end_of(await chat.ask()).end == "answered"
    async with open_chat(lambda request: pause) as chat:
        assert end_of(await chat.ask()).end == "limit"
        assert len(chat.server.requests) == TurnLimits().pauses + 1


async def test_an_unknown_stop_ends_the_turn_with_every_call_answered(open_chat: Open) -> None:
    echo = Echo()
    turns = [Turn(Call("echo", {"text": "a"}), stop="asked_a_friend"), DONE]
    async with open_chat(turns, echo) as chat:
        facts = await chat.ask()
        assert end_of(facts).end == "failed"
        assert "asked_a_friend" in of_kind(facts, ModelFailed)[0].why
        assert echo.seen == []
        assert end_of(await chat.ask("and now?")).end == "answered"


async def test_lone_surrogates_do_not_reach_the_wire(open_chat: Open) -> None:
    turns = [Turn(Call("echo", raw=r'{"text": "\ud83d"}')), Turn(Text("ok \udc00"))]
    async with open_chat([*turns, DONE], Echo()) as chat:
        await chat.ask("caf\udce9?")
        assert end_of(await chat.ask("again")).end == "answered"


# Caps


async def test_the_same_call_is_not_made_for_ever(open_chat: Open) -> None:
    echo = Echo()

    def stubborn(request: Any) -> Turn:
        if request.body.get("tool_choice") == {"type": "none"}:
            return Turn(Text("I give up."))
        return Turn(Call("echo", {"text": "again"}))

    async with open_chat(stubborn, echo) as chat:
        facts = await chat.ask()
    assert len(echo.seen) == 3
    assert end_of(facts).end == "limit"
    assert end_of(facts).answer.startswith("I give up.")


async def test_tool_calls_of_a_turn_are_capped(open_chat: Open) -> None:
    echo = Echo()
    count = iter(range(1000))

    def eager(request: Any) -> Turn:
        return Turn(Call("echo", {"text": str(next(count))}), Call("echo", {"text": "x"}))

    limits = TurnLimits(turn=Caps(tool_calls=5), same_call=99)
    async with open_chat(eager, echo, limits=limits) as chat:
        facts = await chat.ask()
    assert len(echo.seen) == 4
    assert end_of(facts).end == "limit"


async def test_model_calls_of_a_turn_are_capped(open_chat: Open) -> None:
    count = iter(range(1000))
    limits = TurnLimits(turn=Caps(tool_calls=99), model_calls=4)
    async with open_chat(
        lambda request: Turn(Call("echo", {"text": str(next(count))})), Echo(), limits=limits
    ) as chat:
        assert end_of(await chat.ask()).end == "limit"
        assert len(chat.server.requests) == 4


async def test_dollars_are_reserved_before_a_call_and_spent_after(open_chat: Open) -> None:
    turn = Turn(Text("Cheap."), input_tokens=1_000_000, output_tokens=100_000)
    async with open_chat([turn], cap="1000") as chat:
        facts = await chat.ask()
    assert end_of(facts).model_usd == "3"  # 1 M × $2 + 0.1 M × $10
    async with open_chat([turn], cap="0.01") as chat:
        facts = await chat.ask()
        assert chat.server.requests == []
    assert end_of(facts).end == "limit"
    assert end_of(facts).failure == "LimitReached"


async def test_aws_dollars_of_tools_are_the_turns(open_chat: Open) -> None:
    async with open_chat([Turn(Call("cost")), DONE], Costly()) as chat:
        facts = await chat.ask()
    assert end_of(facts).aws_usd == "0.1"


async def test_what_the_gateway_puts_on_the_session_is_the_price_of_its_turn(
    open_chat: Open,
) -> None:
    async with open_chat([Turn(Call("echo", {"text": "x"})), DONE], Echo()) as chat:
        spend = chat.session.scope.spend
        spend.charge(spend.hold("aws", Decimal(0)), Decimal(5))  # a turn before

        def charge(event: Event) -> None:
            if isinstance(event.fact, ToolFinished):
                spend.charge(spend.hold("aws", Decimal(0)), Decimal("0.02"))

        facts = await chat.ask(on_event=charge)
    assert end_of(facts).aws_usd == "0.02"


# Figures


async def test_figures_are_held_against_their_citations_before_they_are_shown(
    open_chat: Open,
) -> None:
    answer = "It cost $1,234.57 [f1], or $1,300 [f1], and $9 more."
    async with open_chat([Turn(Call("cost")), Turn(Text(answer))], Costly()) as chat:
        facts = await chat.ask()
    (block,) = of_kind(facts, AnswerBlock)
    assert block.text == (
        "It cost $1,234.57 [f1], or $1,300 [f1] **(not what f1 says: $1,234.57)**, "
        "and $9 *(unsourced)* more."
    )
    assert end_of(facts).cited == ("f1",)


# What a server and a network can do


@pytest.mark.parametrize("framing", ["chunked", "close-delimited"])
@pytest.mark.parametrize("drop_after", range(12))
async def test_a_stream_cut_anywhere_is_discarded_and_asked_again(
    open_chat: Open, framing: Any, drop_after: int
) -> None:
    echo = Echo()
    reply = (Thinking(), Text("I look."), Call("echo", {"text": "a"}))
    cut = Turn(*reply, framing=framing, drop_after=drop_after)
    async with open_chat([cut, Turn(*reply, framing=framing), DONE], echo) as chat:
        facts = await chat.ask()
    assert echo.seen == ["a"]
    assert end_of(facts).end == "answered"
    retried = [fact.why for fact in of_kind(facts, ModelRetried)]
    assert len(retried) == 1
    assert "broke off" in retried[0] or "no connection" in retried[0]
    assert chat.server.requests[0].body == chat.server.requests[1].body


async def test_text_shown_of_a_cut_stream_is_said_to_restart_and_left_out(open_chat: Open) -> None:
    text = Text("A first block.\n\nA second one.", piece=16)
    async with open_chat([Turn(text, drop_after=6), Turn(Text("Whole."))]) as chat:
        facts = await chat.ask()
    assert of_kind(facts, ModelRetried)[0].restarts_answer
    assert end_of(facts).answer == "Whole."


async def test_a_silent_server_is_given_up_and_asked_again(open_chat: Open) -> None:
    async with open_chat([Turn(Text("Hm"), stall_after=4), DONE], read_timeout_s=0.2) as chat:
        facts = await chat.ask()
    assert "sent nothing for 0.2 s" in of_kind(facts, ModelRetried)[0].why
    assert end_of(facts).answer == "Done."


@pytest.mark.parametrize("kind", ["overloaded_error", "rate_limit_error", "api_error"])
async def test_an_error_event_inside_a_stream_is_retried(open_chat: Open, kind: str) -> None:
    async with open_chat([Turn(Text("Hm"), error_after=(4, kind)), DONE]) as chat:
        facts = await chat.ask()
    assert len(of_kind(facts, ModelRetried)) == 1
    assert end_of(facts).end == "answered"


@pytest.mark.parametrize(
    "failure",
    [
        Failure(529, "overloaded_error"),
        Failure(500, "api_error"),
        Failure(429, "rate_limit_error", retry_after="0.01"),
    ],
)
async def test_a_busy_server_is_asked_again_in_plain_sight(
    open_chat: Open, failure: Failure
) -> None:
    async with open_chat([failure, failure, DONE]) as chat:
        facts = await chat.ask()
    assert [fact.attempt for fact in of_kind(facts, ModelRetried)] == [1, 2]
    assert end_of(facts).end == "answered"


async def test_patience_with_a_busy_server_ends(open_chat: Open) -> None:
    busy = Failure(529, "overloaded_error")
    async with open_chat([*[busy] * 20, DONE]) as chat:
        facts = await chat.ask()
        assert len(chat.server.requests) == TurnLimits().attempts
    assert end_of(facts).end == "failed"
    assert end_of(facts).failure == "ConnectionFailed"


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (Failure(429, "rate_limit_error"), "limit is reached"),
        (Failure(429, "rate_limit_error", retry_after="3600"), "too many requests"),
        (Failure(401, "authentication_error"), "does not accept the key"),
    ],
)
async def test_what_waiting_cannot_mend_is_said_at_once(
    open_chat: Open, failure: Failure, said: str
) -> None:
    async with open_chat(lambda request: failure) as chat:
        facts = await chat.ask()
    assert of_kind(facts, ModelRetried) == []
    assert said in of_kind(facts, ModelFailed)[0].why
    assert end_of(facts).end == "failed"


async def test_a_server_that_knows_no_thinking_is_asked_plainly(open_chat: Open) -> None:
    def old(request: Any) -> Turn | Failure:
        if "thinking" in request.body or "output_config" in request.body:
            return Failure(400, "invalid_request_error", "unknown field: thinking")
        return DONE

    with MessagesStandIn(old) as server:
        model = MessagesModel(ModelSettings(base_url=server.url))
        chat = session(model, [])
        assert end_of(await chat.ask("one")).end == "answered"
        assert end_of(await chat.ask("two")).end == "answered"
        await model.aclose()
    assert len(server.requests) == 3
    assert_prefix_extensions(server.requests[1:])


async def test_nobody_at_the_address_is_said_with_what_to_do() -> None:
    with MessagesStandIn([]) as server:
        url = server.url
    model = MessagesModel(ModelSettings(base_url=url))
    facts = await session(model, []).ask("why?")
    await model.aclose()
    (failed,) = of_kind(facts, ModelFailed)
    assert "no connection" in failed.why
    assert "ANTHROPIC_BASE_URL" in failed.hint


# Approvals


async def test_no_tells_the_model_the_reason(open_chat: Open) -> None:
    echo = Echo(CODE)
    async with open_chat([Turn(Call("echo", {"text": "a"})), DONE], echo) as chat:

        def decline(event: Event) -> None:
            if isinstance(event.fact, ApprovalRequested):
                assert event.fact.detail == "print(1)"
                chat.session.agent.answer(event.fact.approval_id, "no", "too dear")

        facts = await chat.ask(on_event=decline)
    assert echo.seen == []
    assert "too dear" in of_kind(facts, ToolFinished)[0].content
    assert of_kind(facts, ApprovalAnswered)[0].by == "user"
    assert end_of(facts).end == "answered"


async def test_always_is_asked_once_and_holds_for_the_kind(open_chat: Open) -> None:
    echo = Echo(CODE)
    turns = [Turn(Call("echo", {"text": "a"}), Call("echo", {"text": "b"})), DONE]
    async with open_chat(turns, echo) as chat:

        def agree(event: Event) -> None:
            if isinstance(event.fact, ApprovalRequested):
                chat.session.agent.answer(event.fact.approval_id, "always")

        facts = await chat.ask(on_event=agree)
    assert sorted(echo.seen) == ["a", "b"]
    assert len(of_kind(facts, ApprovalRequested)) == 1


@pytest.mark.parametrize(("mode", "ran"), [("auto", ["a"]), ("never", [])])
async def test_a_policy_decides_without_a_question(
    open_chat: Open, mode: Any, ran: list[str]
) -> None:
    echo = Echo(CODE)
    policy = ApprovalPolicy({"code": mode})
    async with open_chat([Turn(Call("echo", {"text": "a"})), DONE], echo, policy=policy) as chat:
        facts = await chat.ask()
    assert echo.seen == ran
    assert of_kind(facts, ApprovalRequested) == []


async def test_nobody_there_to_approve_ends_the_turn_before_anything_runs(
    open_chat: Open,
) -> None:
    free, guarded = Costly(), Echo(CODE)
    turns = [Turn(Call("cost"), Call("echo", {"text": "a"})), DONE]
    policy = ApprovalPolicy(attended=False)
    async with open_chat(turns, free, guarded, policy=policy) as chat:
        facts = await chat.ask()
    assert end_of(facts).end == "approval_required"
    assert guarded.seen == []
    assert chat.session.agent.figures.all() == ()
    told = of_kind(facts, ToolFinished)
    assert ["needs an approval" in fact.content for fact in told] == [True, True]


async def test_an_unanswered_approval_expires_as_a_no(open_chat: Open) -> None:
    echo = Echo(CODE)
    policy = ApprovalPolicy(expiry_s=0.05)
    async with open_chat([Turn(Call("echo", {"text": "a"})), DONE], echo, policy=policy) as chat:
        facts = await chat.ask()
    assert of_kind(facts, ApprovalAnswered)[0].by == "expiry"
    assert echo.seen == []
    with pytest.raises(InputError, match="no longer waits"):
        chat.session.agent.answer(of_kind(facts, ApprovalRequested)[0].approval_id, "yes")


# Interruption


async def test_interrupt_stops_the_tool_and_answers_every_call(open_chat: Open) -> None:
    sleeper = Sleeper()
    turns = [Turn(Thinking(), Call("sleep"), Call("echo", {"text": "a"})), Turn(Text("Back."))]
    async with open_chat(turns, sleeper, Echo()) as chat:

        def stop(event: Event) -> None:
            if isinstance(event.fact, ToolFinished) and event.fact.tool == "echo":
                assert sleeper.started.wait(5)
                chat.session.agent.interrupt()

        facts = await chat.ask(on_event=stop)
        assert sleeper.stopped.is_set()
        assert end_of(facts).end == "interrupted"
        assert end_of(await chat.ask("go on")).answer == "Back."
    results = chat.server.requests[-1].messages[2]["content"]
    assert json.loads(results[0]["content"]).get("reason") == "cancelled"
    assert json.loads(results[1]["content"])["text"] == "a"


async def test_a_tool_that_will_not_stop_is_answered_for(open_chat: Open) -> None:
    stubborn = Sleeper(heeds=False)
    turns = [Turn(Call("sleep"), Call("echo", {"text": "a"})), DONE]
    limits = TurnLimits(tool_stop_s=0.05)
    async with open_chat(turns, stubborn, Echo(), limits=limits) as chat:

        def stop(event: Event) -> None:
            if isinstance(event.fact, ToolFinished):
                chat.session.agent.interrupt()

        assert end_of(await chat.ask(on_event=stop)).end == "interrupted"
        stubborn.let_go.set()
        assert end_of(await chat.ask("go on")).end == "answered"
    results = chat.server.requests[-1].messages[2]["content"]
    assert "interrupted" in results[0]["content"]
    assert json.loads(results[1]["content"])["text"] == "a"


@pytest.mark.parametrize("way", ["close", "cancel"])
async def test_a_reader_who_leaves_ends_the_turn_with_its_tools(open_chat: Open, way: str) -> None:
    sleeper = Sleeper()
    async with open_chat([Turn(Call("sleep")), DONE], sleeper) as chat:
        events = chat.session.agent.run("why?")

        async def read() -> None:
            async for _ in events:
                if way == "close" and sleeper.started.is_set():
                    break

        if way == "close":
            async for event in events:
                if type(event.fact).__name__ == "ToolRequested":
                    await asyncio.to_thread(sleeper.started.wait, 5)
                    break
            await events.aclose()
        else:
            reader = asyncio.create_task(read())
            await asyncio.to_thread(sleeper.started.wait, 5)
            reader.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reader
        assert sleeper.stopped.is_set()
        assert end_of([event.fact for event in chat.session.recorded]).end == "interrupted"
        assert end_of(await chat.ask("go on")).answer == "Done."


@pytest.mark.parametrize("at_event", range(1, 14))
async def test_interrupting_at_any_event_leaves_a_history_that_goes_on(
    open_chat: Open, at_event: int
) -> None:
    echo = Echo(CODE)
    reply = (Thinking(), Text("One.\n\nTwo."), Call("echo", {"text": "a"}), Call("cost"))
    last = Turn(Text("x.\n\ny"))
    async with open_chat([Turn(*reply), last, last, last], echo, Costly()) as chat:

        def stop(event: Event) -> None:
            if event.seq == at_event:
                chat.session.agent.interrupt()
            elif isinstance(event.fact, ApprovalRequested):
                with suppress(InputError):  # the interrupt was quicker
                    chat.session.agent.answer(event.fact.approval_id, "yes")

        facts = await chat.ask(on_event=stop)
        assert end_of(facts).end in ("interrupted", "answered")
        assert end_of(await chat.ask("go on", stop)).end == "answered"


async def test_interrupting_at_once_still_ends_the_turn(open_chat: Open) -> None:
    async with open_chat([DONE]) as chat:
        reading = asyncio.create_task(chat.ask())
        await asyncio.sleep(0)  # as soon as there is a turn, before its first step
        chat.session.agent.interrupt()
        assert end_of(await reading).end == "interrupted"


async def test_one_turn_at_a_time_and_no_empty_question(open_chat: Open) -> None:
    async with open_chat([DONE, DONE]) as chat:
        with pytest.raises(InputError, match="empty"):
            await chat.ask("  ")
        events = chat.session.agent.run("one")
        await anext(events)
        with pytest.raises(InputError, match="running"):
            await anext(chat.session.agent.run("two"))
        await events.aclose()
