"""What the user states may be cited as given, and computed with, and is said to be so."""

from __future__ import annotations

import json
from decimal import Decimal

from finops_repl.base.events import FigureRegistered, MendAsked
from finops_repl.faces.figures import footnotes
from finops_repl.tools.compute import Compute
from tests.agent.chats import Open, end_of, of_kind
from tests.agent.fakes import Costly
from tests.standin.messages_api import Call, Text, Turn


async def test_a_figure_of_the_question_is_cited_and_computed_with(open_chat: Open) -> None:
    turns = [
        Turn(Call("cost")),
        Turn(Call("compute", {"expression": "f3 * (1 - f2)", "label": "after the cut"})),
        Turn(Text("A cut of 20 % [f2] leaves $987.65 [f4] of $50,000 [f1].")),
    ]
    async with open_chat(turns, Costly(), Compute()) as chat:
        facts = await chat.ask("Our budget is $50,000. What is left after a cut of 20 %?")
        context = chat.server.requests[0].messages[0]["content"][1]["text"]
    said = json.loads(context.partition("Context: ")[2])
    assert said["figures_of_the_question"] == "f1 50000 USD; f2 20 percent"
    assert of_kind(facts, MendAsked) == []
    assert end_of(facts).cited == ("f2", "f4", "f1")
    known = {fact.figure_id: fact for fact in of_kind(facts, FigureRegistered)}
    assert known["f4"].value == str(Decimal("1234.5678") * Decimal("0.8"))
    assert "given by the user" in [note.text for note in footnotes(("f1",), known)]


async def test_a_question_without_figures_has_none(open_chat: Open) -> None:
    async with open_chat([Turn(Text("Fine."))]) as chat:
        await chat.ask("Top 5 services since October 2026, last 90 days?")
        context = chat.server.requests[0].messages[0]["content"][1]["text"]
    assert "figures" not in context


async def test_a_pasted_document_floods_nothing(open_chat: Open) -> None:
    async with open_chat([Turn(Text("Long."))]) as chat:
        facts = await chat.ask("\n".join(f"${n}.50" for n in range(500)))
    assert len(of_kind(facts, FigureRegistered)) == 20
