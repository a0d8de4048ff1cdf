"""A cap that stops a question: raised with a yes it goes on, without one it ends as ever."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from finops_repl.agent.approval import ApprovalPolicy, Decision
from finops_repl.agent.limits import TurnLimits
from finops_repl.agent.rises import need_of, rise_over
from finops_repl.base.caps import NO_CAPS, CapReached, Caps
from finops_repl.base.events import (
    ApprovalAnswered,
    ApprovalRequested,
    BudgetRaised,
    Event,
    Fact,
    TurnFinished,
)
from tests.agent.chats import Chat, Open, end_of, of_kind
from tests.agent.fakes import Echo
from tests.standin.messages_api import Call, Request, Text, Turn

CALLS = 8


def server(request: Request) -> Turn:
    """Calls its tool so often, then answers; costs what it may."""
    made = sum(message["role"] == "assistant" for message in request.messages)
    size, most = len(json.dumps(request.body)) // 4, request.body["max_tokens"]
    if request.body.get("tool_choice") == {"type": "none"} or made >= CALLS:
        return Turn(Text("Done."), input_tokens=size, output_tokens=most)
    call = Call("echo", {"text": f"{made} " + "x" * 3000})
    return Turn(call, input_tokens=size, output_tokens=most)


def saying(chat: Chat, decision: Decision) -> Callable[[Event], None]:
    def answer(event: Event) -> None:
        if isinstance(event.fact, ApprovalRequested):
            chat.session.agent.answer(event.fact.approval_id, decision)

    return answer


def limits(turn: Caps = NO_CAPS, session: Caps = NO_CAPS) -> TurnLimits:
    return TurnLimits(turn=turn, session=session, first_wait_s=0.001)


CAPS = [
    pytest.param(Caps(usd=Decimal("0.60")), "dollars", id="dollars"),
    pytest.param(Caps(tokens=60_000), "tokens", id="tokens"),
    pytest.param(Caps(tool_calls=3), "tool calls", id="tool calls"),
]


@pytest.mark.parametrize(("caps", "what"), CAPS)
async def test_a_question_goes_on_beyond_a_cap_that_its_user_raises(
    open_chat: Open, caps: Caps, what: str
) -> None:
    tool = Echo()
    async with open_chat(server, tool, policy=ApprovalPolicy(), limits=limits(caps)) as chat:
        facts = await chat.ask(on_event=saying(chat, "yes"))
    assert end_of(facts).end == "answered"
    assert len(tool.seen) == CALLS
    raised = of_kind(facts, BudgetRaised)
    assert raised
    assert {(each.of, each.what) for each in raised} == {("turn", what)}
    asked = of_kind(facts, ApprovalRequested)
    assert [each.kind for each in asked] == ["budget_rise"] * len(raised)
    assert asked[0].choices == ("yes", "no")
    assert all(Decimal(each.raised) > Decimal(each.cap) for each in raised)
    for answered, rise in zip(of_kind(facts, ApprovalAnswered), raised, strict=True):
        assert facts.index(answered) < facts.index(rise)  # recorded with the yes before it


async def test_a_rise_of_the_session_holds_for_the_next_question(open_chat: Open) -> None:
    held = limits(session=Caps(tool_calls=5))
    async with open_chat(server, Echo(), policy=ApprovalPolicy(), limits=held) as chat:
        first = await chat.ask(on_event=saying(chat, "yes"))
        second = await chat.ask("and now?")
    assert of_kind(first, BudgetRaised) == [BudgetRaised("session", "tool calls", "5", "10")]
    assert end_of(second).end == "answered"


async def test_dollars_of_the_session_are_held_to_the_raised_cap(open_chat: Open) -> None:
    policy, held = ApprovalPolicy(), limits(session=Caps(usd=Decimal("0.60")))
    async with open_chat(server, Echo(), policy=policy, limits=held, cap="0.60") as chat:
        facts = await chat.ask(on_event=saying(chat, "yes"))
        spend = chat.session.scope.spend
    assert end_of(facts).end == "answered"
    last = of_kind(facts, BudgetRaised)[-1]
    assert spend.cap_usd == Decimal(last.raised)
    assert Decimal("0.60") < spend.spent() <= Decimal(last.raised)


def ended_at_the_cap(chat: Chat, facts: list[Fact]) -> TurnFinished:
    assert of_kind(facts, BudgetRaised) == []
    assert chat.requests[-1].body.get("tool_choice") == {"type": "none"}
    end = end_of(facts)
    assert end.end == "limit"
    return end


async def test_a_no_leaves_the_last_answer(open_chat: Open) -> None:
    tool, held = Echo(), limits(Caps(tool_calls=3))
    async with open_chat(server, tool, policy=ApprovalPolicy(), limits=held) as chat:
        facts = await chat.ask(on_event=saying(chat, "no"))
        assert "limits.turn_tool_calls" in ended_at_the_cap(chat, facts).answer
    assert len(tool.seen) == 3
    assert len(of_kind(facts, ApprovalRequested)) == 1


@pytest.mark.parametrize(
    "policy",
    [
        ApprovalPolicy(attended=False),
        ApprovalPolicy({"budget_rise": "auto"}, attended=False),
        ApprovalPolicy({"budget_rise": "never"}),
    ],
)
async def test_where_nobody_is_there_or_may_say_yes_nobody_is_asked(
    open_chat: Open, policy: ApprovalPolicy
) -> None:
    held = limits(Caps(tool_calls=3))
    async with open_chat(server, Echo(), policy=policy, limits=held) as chat:
        facts = await chat.ask()
        ended_at_the_cap(chat, facts)
    assert of_kind(facts, ApprovalRequested) == []


async def test_by_policy_a_cap_is_raised_unasked_and_told(open_chat: Open) -> None:
    policy = ApprovalPolicy({"budget_rise": "auto"})
    async with open_chat(server, Echo(), policy=policy, limits=limits(Caps(tool_calls=5))) as chat:
        facts = await chat.ask()
    assert end_of(facts).end == "answered"
    assert of_kind(facts, ApprovalRequested) == []
    assert of_kind(facts, BudgetRaised) == [BudgetRaised("turn", "tool calls", "5", "10")]


async def test_ctrl_c_at_the_question_for_a_rise_leaves_no_call_open(open_chat: Open) -> None:
    held = limits(Caps(tool_calls=3))
    async with open_chat(server, Echo(), policy=ApprovalPolicy(), limits=held) as chat:

        def interrupt(event: Event) -> None:
            if isinstance(event.fact, ApprovalRequested):
                chat.session.agent.interrupt()

        facts = await chat.ask(on_event=interrupt)
        assert end_of(facts).end == "interrupted"
        assert end_of(await chat.ask("go on", saying(chat, "yes"))).end == "answered"


@pytest.mark.parametrize(
    ("cap", "needed", "raised", "title"),
    [
        ("5", "5.30", "10", "Raise the cap of $5.00 for a question to $10.00 and go on?"),
        ("0.30", "1.00", "1.2", "Raise the cap of $0.30 for a question to $1.20 and go on?"),
        ("0", "0.42", "1", "Raise the cap of $0.00 for a question to $1.00 and go on?"),
    ],
)
def test_a_rise_holds_what_comes_next_and_says_how_much_it_is(
    cap: str, needed: str, raised: str, title: str
) -> None:
    rise = rise_over(CapReached("turn", "dollars", Decimal(cap), Decimal(needed)))
    assert rise.raised == raised
    assert need_of(rise, "why").title == title
