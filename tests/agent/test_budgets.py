"""What a question and a session may use: counted, warned of, held to, with a last answer left."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.agent.budget import Budget, Tally
from finops_repl.agent.limits import TurnLimits
from finops_repl.agent.models.prices import price_of
from finops_repl.base.caps import NO_CAPS, Caps, Used
from finops_repl.base.errors import LimitReached
from finops_repl.base.events import (
    ApprovalRequested,
    BudgetWarned,
    Event,
    ToolFinished,
    TurnFinished,
)
from finops_repl.base.spend import Spend
from finops_repl.tools.tool import ApprovalNeed, Tool, ToolContext, ToolResult
from tests.agent.chats import Open, end_of, of_kind
from tests.agent.fakes import Echo, NoInput, Sleeper
from tests.standin.messages_api import Call, Failure, Request, Text, Turn

PRICE = price_of("claude-sonnet-5-5")
LAST = "So far I know this."


def is_last(request: Request) -> bool:
    return request.body.get("tool_choice") == {"type": "none"}


class Runaway:
    """Calls a tool for ever, and uses all that it may; says something when it must come to an end.

    `tokens` and `usd` are what it was paid for, by the prices of the model.
    """

    def __init__(self, call: Callable[[int], Call], *, last: Turn | Failure | None = None) -> None:
        self._call, self._last = call, last
        self.tokens, self.usd, self._calls = 0, Decimal(0), 0

    def __call__(self, request: Request) -> Turn | Failure:
        sent = len(json.dumps(request.body)) // 4
        output = request.body["max_tokens"]
        self._calls += 1
        if is_last(request):
            turn = self._last or Turn(Text(LAST), input_tokens=sent, output_tokens=output)
        else:
            turn = Turn(self._call(self._calls), input_tokens=sent, output_tokens=output)
        if isinstance(turn, Turn):
            assert PRICE is not None
            self.tokens += sent + output
            self.usd += PRICE.dollars(sent, output)
        return turn


def echo(number: int) -> Call:
    return Call("echo", {"text": f"{number} " + "x" * 3000})


def limits(turn: Caps = NO_CAPS, session: Caps = NO_CAPS) -> TurnLimits:
    return TurnLimits(turn=turn, session=session, first_wait_s=0.001, tool_stop_s=5)


def assert_ended_by_a_cap(chat: Any, end: TurnFinished, cap: str) -> None:
    """The last answer is there, asked for with the same tools, none of which it may use."""
    assert end.end == "limit"
    assert end.answer.startswith(LAST)
    assert cap in end.answer
    last = chat.requests[-1]
    assert is_last(last)
    assert last.body["tools"] == chat.requests[0].body["tools"]
    assert sum(is_last(request) for request in chat.requests) == 1


@pytest.mark.parametrize("cap", ["0.30", "0.45", "0.71", "1.00", "1.64"])
@pytest.mark.parametrize("of", ["turn", "session"])
async def test_dollars_of_a_runaway_stay_under_the_cap_and_pay_its_last_answer(
    open_chat: Open, of: str, cap: str
) -> None:
    server = Runaway(echo)
    usd = Decimal(cap)
    options: dict[str, Any] = (
        {"limits": limits(Caps(usd=usd))} if of == "turn" else {"limits": limits(), "cap": cap}
    )
    async with open_chat(server, Echo(), **options) as chat:
        facts = await chat.ask()
        assert_ended_by_a_cap(chat, end_of(facts), f"cap of ${cap}")
    assert server.usd / 2 < usd  # the stand-in is no gift: a fair part of the cap was used
    assert chat.session.scope.spend.spent() == server.usd <= usd


@pytest.mark.parametrize("cap", [40_000, 60_000, 111_000])
@pytest.mark.parametrize("of", ["turn", "session"])
async def test_tokens_of_a_runaway_stay_under_the_cap_with_its_last_answer(
    open_chat: Open, of: str, cap: int
) -> None:
    server = Runaway(echo)
    held = limits(Caps(tokens=cap)) if of == "turn" else limits(session=Caps(tokens=cap))
    async with open_chat(server, Echo(), limits=held) as chat:
        facts = await chat.ask()
        assert_ended_by_a_cap(chat, end_of(facts), f"limits.{of}_tokens")
    assert server.tokens <= cap


@dataclass
class Spending(Tool[NoInput]):
    """Spends on AWS what it is let: by the session's ledger, as the gateway does."""

    ledger: Spend | None = None
    name = "spend"
    description = "Costs dollars of AWS."
    input_model = NoInput

    def run(self, context: ToolContext, given: NoInput) -> ToolResult:
        assert self.ledger is not None
        with self.ledger.reserve("aws", Decimal("0.20")):
            return ToolResult({"spent": True})


async def test_dollars_of_aws_count_and_leave_the_last_answer_its_own(open_chat: Open) -> None:
    spending = Spending()
    server = Runaway(lambda number: Call("spend"))
    held = TurnLimits(turn=Caps(usd=Decimal("1.00")), same_call=99)
    async with open_chat(server, spending, limits=held) as chat:
        ledger = spending.ledger = chat.session.scope.spend
        facts = await chat.ask()
        assert_ended_by_a_cap(chat, end_of(facts), "question cap of $1.00")
    assert ledger.spent("aws") > 0
    assert ledger.spent() == ledger.spent("aws") + server.usd <= 1
    ledger.charge(ledger.hold("aws", Decimal(0)), Decimal(9))  # what follows is another question


async def test_a_new_question_has_a_cap_of_its_own(open_chat: Open) -> None:
    server = Runaway(echo)
    async with open_chat(server, Echo(), limits=limits(Caps(usd=Decimal("0.71")))) as chat:
        first = end_of(await chat.ask())
        second = end_of(await chat.ask())
    assert first.end == second.end == "limit"
    assert len([request for request in chat.requests if is_last(request)]) == 2


async def test_tool_calls_of_a_session_are_capped_over_its_questions(open_chat: Open) -> None:
    tool = Echo()
    numbers = iter(range(99))

    def server(request: Request) -> Turn:
        if is_last(request):
            return Turn(Text(LAST))
        messages = request.messages
        if messages[-1]["content"][0]["type"] == "tool_result":
            return Turn(Text("Done."))
        return Turn(*(Call("echo", {"text": str(next(numbers))}) for _ in range(2)))

    async with open_chat(server, tool, limits=limits(session=Caps(tool_calls=3))) as chat:
        assert end_of(await chat.ask()).end == "answered"
        facts = await chat.ask()
        assert_ended_by_a_cap(chat, end_of(facts), "limits.session_tool_calls")
    assert len(tool.seen) == 2
    assert all("not executed" in fact.content for fact in of_kind(facts, ToolFinished))


class Clock:
    """The real one, put forward by a test."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


def late(clock: Clock, *turns: Turn) -> Callable[[Request], Turn]:
    """Serves the turns, the first of them a second before the hour is over."""
    left = iter(turns)

    def serve(request: Request) -> Turn:
        clock.ahead = 3599
        return next(left)

    return serve


HOUR = Caps(seconds=3600)


async def test_time_that_is_up_stops_the_tool_and_leaves_a_last_answer(open_chat: Open) -> None:
    sleeper, clock = Sleeper(), Clock()
    server = late(clock, Turn(Call("sleep")), Turn(Text(LAST)))
    async with open_chat(server, sleeper, limits=limits(HOUR), clock=clock) as chat:
        facts = await chat.ask()
        assert_ended_by_a_cap(chat, end_of(facts), "limits.turn_seconds")
    assert sleeper.stopped.is_set()
    assert json.loads(of_kind(facts, ToolFinished)[0].content)["reason"] == "cancelled"


async def test_a_tool_beyond_its_time_is_answered_for_even_if_it_does_not_stop(
    open_chat: Open,
) -> None:
    stubborn, clock = Sleeper(heeds=False), Clock()
    held = TurnLimits(turn=HOUR, tool_stop_s=0.05)
    calls = Turn(Call("sleep"), Call("echo", {"text": "a"}))
    server = late(clock, calls, Turn(Text(LAST)))
    async with open_chat(server, stubborn, Echo(), limits=held, clock=clock) as chat:
        facts = await chat.ask()
        stubborn.let_go.set()
        assert_ended_by_a_cap(chat, end_of(facts), "limits.turn_seconds")
    slept, echoed = chat.requests[-1].messages[2]["content"]
    assert "interrupted" in slept["content"]
    assert json.loads(echoed["content"])["text"] == "a"


async def test_a_last_answer_that_fails_still_ends_the_turn(open_chat: Open) -> None:
    server = Runaway(echo, last=Failure(529, "overloaded_error"))
    async with open_chat(server, Echo(), limits=limits(Caps(tool_calls=2))) as chat:
        facts = await chat.ask()
    assert end_of(facts).end == "limit"
    assert "limits.turn_tool_calls" in end_of(facts).answer


async def test_a_last_answer_that_calls_a_tool_all_the_same_executes_nothing(
    open_chat: Open,
) -> None:
    tool = Echo()
    last = Turn(Text(LAST), Call("echo", {"text": "one more"}))
    server = Runaway(echo, last=last)
    async with open_chat(server, tool, limits=limits(Caps(tool_calls=2))) as chat:
        assert end_of(await chat.ask()).end == "limit"
        assert end_of(await chat.ask("again")).end == "limit"
    assert "one more" not in tool.seen


async def test_a_last_answer_that_is_cut_off_says_so(open_chat: Open) -> None:
    server = Runaway(echo, last=Turn(Text(LAST), stop="max_tokens"))
    async with open_chat(server, Echo(), limits=limits(Caps(tool_calls=2))) as chat:
        end = end_of(await chat.ask())
    assert end.answer.startswith(LAST)
    assert "this last answer reached its own length limit and is cut off" in end.answer


async def test_a_cap_that_holds_no_call_at_all_makes_none(open_chat: Open) -> None:
    async with open_chat(Runaway(echo), limits=limits(Caps(tokens=1000))) as chat:
        facts = await chat.ask()
        assert chat.requests == []
    assert (end_of(facts).end, end_of(facts).failure) == ("limit", "LimitReached")


async def test_a_session_beyond_its_cap_says_so_at_once(open_chat: Open) -> None:
    async with open_chat(Runaway(echo), cap="1.00") as chat:
        spend = chat.session.scope.spend
        spend.charge(spend.hold("aws", Decimal(0)), Decimal(2))  # a query that scanned too much
        facts = await chat.ask()
        assert chat.requests == []
    assert (end_of(facts).end, end_of(facts).failure) == ("limit", "LimitReached")


# Warnings


async def test_four_fifths_of_a_cap_are_warned_of_once(open_chat: Open) -> None:
    server = Runaway(echo)
    held = limits(Caps(tool_calls=5), Caps(tool_calls=9))
    async with open_chat(server, Echo(), limits=held) as chat:
        warned = of_kind(await chat.ask(), BudgetWarned)
        assert warned == [BudgetWarned("turn", "tool calls", "4", "5")]
        warned = of_kind(await chat.ask(), BudgetWarned)
    assert warned == [
        BudgetWarned("session", "tool calls", "8", "9"),
        BudgetWarned("turn", "tool calls", "4", "5"),
    ] or warned == [BudgetWarned("session", "tool calls", "8", "9")]


async def test_dollars_are_warned_of_before_they_are_gone(open_chat: Open) -> None:
    server = Runaway(lambda number: Call("echo", {"text": str(number)}))
    async with open_chat(server, Echo(), limits=limits(Caps(usd=Decimal(2)))) as chat:
        facts = await chat.ask()
    (warned,) = of_kind(facts, BudgetWarned)
    assert (warned.of, warned.what, warned.cap) == ("turn", "dollars", "2")
    assert Decimal("1.6") <= Decimal(warned.used) <= 2


def test_seconds_are_those_of_work_and_not_of_waiting_for_the_user() -> None:
    now = [100.0]
    tally = Tally(Spend(), lambda: now[0])
    with tally.working():
        now[0] = 110
        with tally.waiting():
            now[0] = 500
        now[0] = 505
        assert tally.used().seconds == 15
    now[0] = 900
    assert tally.used().seconds == 15
    budget = Budget("turn", Caps(seconds=20), tally, Used(seconds=5))
    assert budget.seconds_left() == 10
    assert budget.short_of(Used(seconds=10)) is None
    assert "20 seconds for a question" in str(budget.short_of(Used(seconds=10.5)))


async def test_an_approval_that_the_user_thinks_over_costs_no_time(open_chat: Open) -> None:
    tool = Echo(ApprovalNeed("code", "Run this", "print(1)"))
    turns = [Turn(Call("echo", {"text": "a"})), Turn(Text("Done."))]
    clock = Clock()
    async with open_chat(turns, tool, limits=limits(HOUR), clock=clock) as chat:

        def think(event: Event) -> None:
            if isinstance(event.fact, ApprovalRequested):
                clock.ahead = 7200
                chat.session.agent.answer(event.fact.approval_id, "yes")

        facts = await chat.ask(on_event=think)
    assert end_of(facts).end == "answered"
    assert tool.seen == ["a"]


# What it cost


async def test_costs_are_told_apart_by_model_cache_and_aws(open_chat: Open) -> None:
    written = {"cache_creation_input_tokens": 100_000, "cache_read_input_tokens": 0}
    read = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 100_000}
    spending = Spending()
    turns = [
        Turn(Call("spend"), input_tokens=1000, output_tokens=1000, cached=written),
        Turn(Text("Done."), input_tokens=1000, output_tokens=1000, cached=read),
        Turn(Text("Again."), input_tokens=1000, output_tokens=1000, cached=read),
    ]
    async with open_chat(turns, spending) as chat:
        spending.ledger = chat.session.scope.spend
        await chat.ask()
        await chat.ask()
        report = chat.session.agent.costs()
    paid = {"fresh": Decimal("0.012"), "written": Decimal("0.25"), "read": Decimal("0.02")}
    last, all_of_it = report.last_turn, report.session
    assert last.model_usd == paid["fresh"] + paid["read"]
    assert last.cache_saved_usd == Decimal("0.20") - paid["read"]
    assert last.aws_usd == 0
    assert last.model_calls == 1
    assert all_of_it.model_usd == 3 * paid["fresh"] + paid["written"] + 2 * paid["read"]
    assert all_of_it.cache_saved_usd == Decimal("0.60") - paid["written"] - 2 * paid["read"]
    assert all_of_it.aws_usd == Decimal("0.20")
    assert all_of_it.model_calls == 3
    assert all_of_it.cache_read_tokens == 200_000


async def test_a_reply_that_broke_off_is_paid_for(open_chat: Open) -> None:
    cut = Turn(Text("Hm"), drop_after=4, input_tokens=500_000)
    async with open_chat([cut, Turn(Text("Done."), input_tokens=500_000)]) as chat:
        facts = await chat.ask()
        costs = chat.session.agent.costs().last_turn
    assert costs.model_calls == 2
    assert costs.model_usd is not None
    assert costs.model_usd > 2
    assert end_of(facts).model_usd == str(costs.model_usd.normalize())


# The ledger's own part


def test_a_window_holds_whoever_spends_in_it_and_ends() -> None:
    spend = Spend(Decimal(10))
    with spend.reserve("aws", Decimal(2)):
        pass
    with spend.window("question", Decimal(1), raised_by="limits.turn_usd"):
        child = spend.child("turn")
        held = child.hold("model", Decimal("0.40"))
        with spend.reserve("aws", Decimal("0.50")):
            pass
        with pytest.raises(LimitReached, match=r"question cap of \$1 would be passed") as limit:
            spend.hold("aws", Decimal("0.20"))
        assert "limits.turn_usd" in limit.value.hint
        child.charge(held, Decimal("0.70"))
        passed = spend.passed()
        assert passed is not None
        assert "question cap" in passed.message
    assert spend.passed() is None
    spend.release(spend.hold("aws", Decimal(6)))


def test_what_is_set_aside_can_grow_to_the_cap_and_shrink() -> None:
    spend = Spend(Decimal(1))
    held = spend.hold("model", Decimal(0))
    spend.resize(held, Decimal("0.60"))
    other = spend.hold("aws", Decimal("0.30"))
    with pytest.raises(LimitReached):
        spend.resize(held, Decimal("0.71"))
    assert held.ceiling == Decimal("0.60")
    spend.resize(held, Decimal("0.70"))
    spend.resize(held, Decimal("0.10"))
    spend.release(spend.hold("aws", Decimal("0.60")))
    spend.release(held)
    spend.release(other)
    spend.release(spend.hold("aws", Decimal(1)))


def test_windows_hold_in_parallel() -> None:
    spend = Spend()
    gate = threading.Barrier(8)
    done: list[bool] = []

    def caller() -> None:
        gate.wait()
        try:
            with spend.reserve("aws", Decimal("0.30")):
                done.append(True)
        except LimitReached:
            done.append(False)

    with spend.window("question", Decimal(1)):
        threads = [threading.Thread(target=caller) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert done.count(True) == 3
