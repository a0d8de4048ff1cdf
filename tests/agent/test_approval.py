"""Approvals: by policy, by a question, for good, with changed code; each answered once, by id."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from finops_repl.agent.approval import ApprovalPolicy, SteadySandbox
from finops_repl.agent.models.messages_api import MessagesModel, ModelSettings
from finops_repl.base.errors import InputError
from finops_repl.base.events import (
    ApprovalAnswered,
    ApprovalRequested,
    ApprovalRevoked,
    Event,
    Fact,
    ModelFailed,
    ToolFinished,
    TurnFinished,
)
from finops_repl.tools.tool import ApprovalNeed, Tool, ToolContext, ToolResult
from tests.agent.fakes import Echo, EchoInput, Session, session
from tests.standin.messages_api import Call, MessagesStandIn, Text, Turn

RUN = Turn(Call("script", {"text": "print(1)"}))
DONE = Turn(Text("Done."))


@dataclass
class Script(Tool[EchoInput]):
    """Asks before it runs its text as code, which may be edited."""

    seen: list[str] = field(default_factory=list)
    name = "script"
    description = "Runs its text."
    input_model = EchoInput

    def approval(self, given: EchoInput) -> ApprovalNeed:
        return ApprovalNeed("code", "Run this", given.text, editable=True)

    def with_code(self, given: EchoInput, code: str) -> EchoInput:
        return EchoInput.model_validate({"text": code})

    def run(self, context: ToolContext, given: EchoInput) -> ToolResult:
        self.seen.append(given.text)
        return ToolResult({"ran": "well"})


@dataclass
class Chat:
    """A session against a stand-in of the model; each question for approval goes to `reply`."""

    server: MessagesStandIn
    session: Session
    script: Script

    async def ask(
        self, reply: Callable[[ApprovalRequested], None] = lambda asked: None
    ) -> list[Fact]:
        def answer(event: Event) -> None:
            if isinstance(event.fact, ApprovalRequested):
                reply(event.fact)

        return await self.session.ask("run it", answer)

    def told_the_model(self) -> dict[str, object]:
        """The last tool result that the model got."""
        (block,) = self.server.requests[-1].messages[-1]["content"]
        result = json.loads(block["content"])
        assert isinstance(result, dict)
        return result


Open = Callable[..., AbstractAsyncContextManager[Chat]]


@pytest.fixture
def open_chat() -> Open:
    @asynccontextmanager
    async def opened(policy: ApprovalPolicy | None = None, *turns: Turn) -> AsyncIterator[Chat]:
        with MessagesStandIn(turns or [RUN, DONE, RUN, DONE]) as server:
            model = MessagesModel(ModelSettings(base_url=server.url))
            script = Script()
            try:
                yield Chat(server, session(model, [script, Echo()], policy=policy), script)
            finally:
                await model.aclose()

    return opened


def asked(facts: list[Fact]) -> list[ApprovalRequested]:
    return [fact for fact in facts if isinstance(fact, ApprovalRequested)]


async def test_edited_code_is_what_runs_and_what_the_model_is_told_ran(open_chat: Open) -> None:
    async with open_chat() as chat:
        facts = await chat.ask(
            lambda asked: chat.session.agent.answer(asked.approval_id, "yes", code="print(2)")
        )
        told = chat.told_the_model()
    assert chat.script.seen == ["print(2)"]
    assert told["code_that_ran"] == "print(2)"
    assert "the user edited" in str(told["note"])
    assert told["ran"] == "well"
    (answered,) = (fact for fact in facts if isinstance(fact, ApprovalAnswered))
    assert answered.edited
    sent = chat.server.requests[-1].messages[-2]["content"][0]["input"]
    assert sent == {"text": "print(1)"}, "what the model wrote is never changed"


async def test_an_edit_that_is_no_valid_input_teaches_and_runs_nothing(open_chat: Open) -> None:
    class Picky(Script):
        def with_code(self, given: EchoInput, code: str) -> EchoInput:
            return EchoInput.model_validate({"text": None})

    with MessagesStandIn([RUN, DONE]) as server:
        model = MessagesModel(ModelSettings(base_url=server.url))
        picky = Picky()
        chat = Chat(server, session(model, [picky]), picky)
        facts = await chat.ask(
            lambda asked: chat.session.agent.answer(asked.approval_id, "yes", code="x")
        )
        await model.aclose()
    assert picky.seen == []
    assert [fact.is_error for fact in facts if isinstance(fact, ToolFinished)] == [True]


async def test_what_a_question_does_not_take_is_refused_and_it_still_waits(
    open_chat: Open,
) -> None:
    def reply(asked: ApprovalRequested) -> None:
        agent = chat.session.agent
        assert asked.choices == ("yes", "no", "edit")
        with pytest.raises(InputError, match="does not take always"):
            agent.answer(asked.approval_id, "always")
        agent.answer(asked.approval_id, "yes")
        with pytest.raises(InputError, match="no longer waits"):
            agent.answer(asked.approval_id, "no")

    async with open_chat(ApprovalPolicy(sandbox=SteadySandbox(proven=False))) as chat:
        await chat.ask(reply)
    assert chat.script.seen == ["print(1)"]


async def test_nothing_is_granted_to_a_sandbox_that_cannot_be_named(open_chat: Open) -> None:
    policy = ApprovalPolicy(sandbox=SteadySandbox(name=""), always={"code": ""})
    async with open_chat(policy) as chat:
        agent = chat.session.agent
        facts = await chat.ask(lambda asked: agent.answer(asked.approval_id, "no"))
    assert [question.choices for question in asked(facts)] == [("yes", "no", "edit")]


@pytest.mark.parametrize(("proven", "questions"), [(True, 0), (False, 1)])
async def test_code_runs_unasked_only_where_the_sandbox_is_proven(
    open_chat: Open, proven: bool, questions: int
) -> None:
    policy = ApprovalPolicy({"code": "auto"}, sandbox=SteadySandbox(proven=proven))
    async with open_chat(policy) as chat:
        facts = await chat.ask(lambda asked: chat.session.agent.answer(asked.approval_id, "no"))
    assert len(asked(facts)) == questions


async def test_always_lasts_while_the_sandbox_is_the_same(open_chat: Open) -> None:
    box = [SteadySandbox("box-1")]

    class Changing(SteadySandbox):
        def profile(self) -> str:
            return box[0].name

    async with open_chat(
        ApprovalPolicy(sandbox=Changing()), RUN, DONE, RUN, DONE, RUN, DONE
    ) as chat:
        agent = chat.session.agent
        facts = await chat.ask(lambda asked: agent.answer(asked.approval_id, "always"))
        assert [f.profile for f in facts if isinstance(f, ApprovalAnswered)] == ["box-1"]
        assert asked(await chat.ask()) == []
        assert "box-1" in agent.approvals.standing()[0].granted
        box[0] = SteadySandbox("box-2")
        again = await chat.ask(lambda asked: agent.answer(asked.approval_id, "no"))
    assert len(asked(again)) == 1
    assert len(chat.script.seen) == 2


@pytest.mark.parametrize(("profile", "questions"), [("steady", 0), ("another", 1)])
async def test_a_grant_of_an_earlier_part_holds_for_its_own_sandbox_alone(
    open_chat: Open, profile: str, questions: int
) -> None:
    async with open_chat(ApprovalPolicy(always={"code": profile})) as chat:
        agent = chat.session.agent
        facts = await chat.ask(lambda asked: agent.answer(asked.approval_id, "no"))
    assert len(asked(facts)) == questions


@pytest.mark.parametrize("by_policy", [True, False])
async def test_what_was_granted_can_be_revoked(open_chat: Open, by_policy: bool) -> None:
    policy = ApprovalPolicy({"code": "auto"}) if by_policy else ApprovalPolicy()
    async with open_chat(policy) as chat:
        agent = chat.session.agent
        await chat.ask(lambda asked: agent.answer(asked.approval_id, "always"))
        agent.approvals.revoke("code", agent.tell)
        assert chat.session.recorded[-1].fact == ApprovalRevoked("code")
        assert agent.approvals.standing()[0].granted == ""
        again = await chat.ask(lambda asked: agent.answer(asked.approval_id, "no"))
        with pytest.raises(InputError, match="nothing of the kind"):
            agent.approvals.revoke("code", agent.tell)
    assert len(asked(again)) == 1


async def test_with_nobody_there_the_turn_ends_and_the_flag_is_named(open_chat: Open) -> None:
    async with open_chat(ApprovalPolicy(attended=False)) as chat:
        facts = await chat.ask()
    assert isinstance(facts[-1], TurnFinished)
    assert facts[-1].end == "approval_required"
    assert any(isinstance(f, ModelFailed) and "--approve code" in f.hint for f in facts)
    assert chat.script.seen == []
