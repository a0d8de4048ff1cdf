"""What the session commands do to a real house: the user's own files, a model by real HTTP."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from finops_repl.agent.sessions import SessionFile
from finops_repl.assembly.house import House
from finops_repl.base.errors import ConfigError, InputError, UnknownName
from finops_repl.base.events import BranchOpened, TurnFinished
from finops_repl.faces.house_commands import HouseCommands
from tests.standin.messages_api import MessagesStandIn, Text, Thinking, Turn

MODEL = "claude-haiku-5-5"


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MessagesStandIn]:
    answers = (Turn(Text(f"Answer {number}.")) for number in range(1, 9))
    with MessagesStandIn(answers) as opened:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", opened.url)
        yield opened


async def leave(house: House) -> None:
    house.close()
    await house.model.aclose()


@pytest.fixture
def flags(tmp_path: Path) -> dict[str, str]:
    costs = tmp_path / "costs.csv"
    costs.write_text("BilledCost,ServiceName\n1.5,Compute\n")
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    return {"account": f"files:{costs}", "workspace": str(workspace), "model": MODEL}


async def ask(house: House, question: str) -> None:
    async for _ in house.agent.run(question):
        pass


async def test_undo_clear_and_another_model_open_branches_that_extend_what_they_keep(
    server: MessagesStandIn, flags: dict[str, str]
) -> None:
    house = House.open(flags, headless=False)
    commands = HouseCommands(house, sandbox="ready").session
    with pytest.raises(InputError, match="no turn to undo"):
        await commands.undo()
    await ask(house, "one")
    await ask(house, "two")
    assert await commands.undo() == "two"
    await ask(house, "three")
    assert await commands.use_model("claude-opus-5-5") == "claude-opus-5-5"
    await ask(house, "four")
    await commands.clear()
    await ask(house, "five")
    await leave(house)
    one, two, three, four, five = (request.body for request in server.requests)
    assert three["messages"][: len(one["messages"]) + 1] == two["messages"][:-1]
    assert len(three["messages"]) == len(two["messages"])
    assert four["messages"][: len(three["messages"])] == three["messages"]
    assert [body["model"] for body in (three, four, five)] == [MODEL, *["claude-opus-5-5"] * 2]
    assert len(five["messages"]) == 1
    assert all(body["tools"] == one["tools"] for body in (two, three, four, five))

    again = House.open(flags, headless=False, earlier=SessionFile.reopen(house.session_file.path))
    assert again.agent.messages == house.agent.messages
    await leave(again)


async def test_only_models_that_can_answer_are_taken(
    server: MessagesStandIn, flags: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House.open(flags, headless=False)
    commands = HouseCommands(house, sandbox="ready")
    assert (
        await commands.session.use_model("a-model-of-my-own-server") == "a-model-of-my-own-server"
    )
    monkeypatch.delenv("ANTHROPIC_BASE_URL")
    with pytest.raises(ConfigError, match="needs a key"):
        await commands.session.use_model("claude-opus-5-5")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    with pytest.raises(UnknownName) as unknown:
        await commands.session.use_model("claude-opus-55")
    assert "claude-opus-5-5" in unknown.value.nearest
    assert commands.status().model == "a-model-of-my-own-server"
    branches = [line for line in house.session_file.events() if line["type"] == "BranchOpened"]
    assert len(branches) == 1
    assert await commands.session.use_model("offline") == "offline"
    assert commands.status().model == "offline"
    await leave(house)


async def test_exports_go_to_the_data_folder_and_replace_nothing_unasked(
    server: MessagesStandIn, flags: dict[str, str]
) -> None:
    house = House.open(flags, headless=False)
    commands = HouseCommands(house, sandbox="ready").session
    with pytest.raises(InputError, match="nothing was asked"):
        commands.export("", as_script=False, replace=False)
    await ask(house, "one")
    first = commands.export("", as_script=False, replace=False)
    assert first.parent == house.workspace.data
    assert first.name == f"session-{house.scope.session}.md"
    assert "> one\n\nAnswer 1." in first.read_text()
    await ask(house, "two")
    second = commands.export("", as_script=False, replace=False)
    assert second.name == f"session-{house.scope.session}-2.md"
    with pytest.raises(FileExistsError):
        commands.export(first.name, as_script=False, replace=False)
    assert "> two" not in first.read_text()
    assert commands.export(first.name, as_script=False, replace=True) == first
    assert "> two" in first.read_text()
    with pytest.raises(InputError, match="no code ran"):
        commands.export("", as_script=True, replace=False)
    assert commands.last_answer() == "Answer 2."
    assert stat.S_IMODE(house.session_file.path.stat().st_mode) == 0o600
    await leave(house)


async def test_costs_are_told_apart_and_those_of_the_earlier_part_count(
    server: MessagesStandIn, flags: dict[str, str]
) -> None:
    house = House.open(flags, headless=False)
    await ask(house, "one")
    house.agent.tell(TurnFinished("answered", "", (), "unknown", "0.02"))
    spent = house.scope.spend.spent("model")
    assert spent > 0
    await leave(house)
    again = House.open(
        {**flags, "limits_session_usd": "0.02", "approval_budget_rise": "never"},
        headless=False,
        earlier=SessionFile.reopen(house.session_file.path),
    )
    told = dict(await HouseCommands(again, sandbox="ready").session.costs())
    assert told["model"].endswith("and what a model without a listed price cost")
    assert told["AWS"] == "$0.02; 0 of 0 calls of scripts came from the cache"
    assert told["its cache"] == "0 tokens read, 0 written"
    assert told["cap"] == "$0.02 for the session"
    await ask(again, "two")
    assert again.scope.spend.spent() == spent + Decimal("0.02")
    assert len(server.requests) == 1, "the cap counts what was spent before"
    await leave(again)


READ = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 50_000}


def resumed(house: House, flags: dict[str, str]) -> House:
    return House.open(flags, headless=True, earlier=SessionFile.reopen(house.session_file.path))


async def test_tokens_and_cache_of_the_earlier_part_count_for_caps_and_costs(
    monkeypatch: pytest.MonkeyPatch, flags: dict[str, str]
) -> None:
    answers = (Turn(Text("So."), input_tokens=1000, cached=READ) for _ in range(9))
    with MessagesStandIn(answers) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        house = House.open(flags, headless=True)
        await ask(house, "one")
        told = await HouseCommands(house, sandbox="ready").session.costs()
        await leave(house)
        again = resumed(house, {**flags, "limits_session_tokens": "140000"})
        assert await HouseCommands(again, sandbox="ready").session.costs() == told
        assert dict(told)["its cache"].startswith("50,000 tokens read")
        await ask(again, "two")
        assert len(server.requests) == 2
        await leave(again)
        last = resumed(house, {**flags, "limits_session_tokens": "140000"})
        await ask(last, "three")
        assert len(server.requests) == 2, "the session's tokens are those of all its parts"
        await leave(last)


async def test_a_session_that_is_told_other_things_goes_on_without_signed_thinking(
    monkeypatch: pytest.MonkeyPatch, flags: dict[str, str]
) -> None:
    def branches(house: House) -> list[str]:
        lines = house.session_file.events()
        return [line["why"] for line in lines if line["type"] == "BranchOpened"]

    with MessagesStandIn(Turn(Thinking(), Text("So.")) for _ in range(9)) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        house = House.open(flags, headless=True)
        await ask(house, "one")
        await leave(house)
        again = resumed(house, flags)
        await ask(again, "two")
        await leave(again)
        assert branches(again) == []
        assert "signature" in str(server.requests[-1].messages)
        path = house.session_file.path
        path.write_text(path.read_text().replace(again.agent.instructions, "of-another-version"))
        upgraded = resumed(house, flags)
        await ask(upgraded, "three")
        await leave(upgraded)
        assert branches(upgraded) == ["instructions"]
        assert "signature" not in str(server.requests[-1].messages)
        assert [m["role"] for m in server.requests[-1].messages] == ["user", "assistant"] * 2 + [
            "user"
        ]
        last = resumed(house, flags)
        assert last.agent.messages == upgraded.agent.messages
        assert branches(last) == ["instructions"]
        await leave(last)


async def test_a_resumed_house_tells_its_earlier_part(
    server: MessagesStandIn, flags: dict[str, str]
) -> None:
    house = House.open(flags, headless=False)
    assert HouseCommands(house, sandbox="ready").resumed() is None
    await ask(house, "one")
    await ask(house, "two")
    await HouseCommands(house, sandbox="ready").session.undo()
    await leave(house)
    again = House.open(flags, headless=False, earlier=SessionFile.reopen(house.session_file.path))
    commands = HouseCommands(again, sandbox="ready")
    earlier = commands.resumed()
    assert earlier is not None
    assert earlier.turns == 1
    assert any(isinstance(fact, BranchOpened) for fact in earlier.facts)
    (listed,) = commands.session.sessions()
    assert (listed.first_question, listed.turns) == ("one", 1)
    await leave(again)
