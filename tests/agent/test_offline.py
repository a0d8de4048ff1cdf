"""The offline analyst through the agent's own loop."""

from __future__ import annotations

import re
from decimal import Decimal

from finops_repl.agent.models.offline import OfflineModel
from finops_repl.base.errors import InputError
from finops_repl.base.events import FigureRegistered, ToolRequested, TurnFinished
from finops_repl.base.table import Table
from finops_repl.tools.query_bill import QueryBill
from tests.agent.fakes import FakeBill, session, table

COLUMNS = table(
    "line_item_usage_start_date:timestamp line_item_unblended_cost:double "
    "line_item_product_code:varchar line_item_usage_account_id:varchar "
    "line_item_line_item_type:varchar billing_period:varchar"
).columns
BILL: list[tuple[str, Table | Exception]] = [
    ("min(billing_period)", table("a:varchar b:varchar c:bigint", ("2025-11", "2026-11", 1000))),
    ("count(*)", table("a:date b:date c:bigint", ("2026-11-01", "2026-11-19", 60))),
    ("DISTINCT", table("kind:varchar", ("Credit",), ("Usage",))),
    (
        "line_item_product_code AS part_1",
        table(
            "rank:bigint part_1:varchar cost:double",
            (1, "AmazonEC2", Decimal("812.5049")),
            (2, "AmazonS3", Decimal("21.4")),
        ),
    ),
    ("IN ('Credit', 'Refund', 'Tax') GROUP", table("part_1:varchar cost:double", ("Tax", 4.1))),
    ("AS total_cost", table("total_cost:double", (Decimal("833.9049"),))),
]


async def test_what_did_we_spend_is_answered_with_cited_figures() -> None:
    bill = FakeBill(BILL, COLUMNS)
    chat = session(OfflineModel(), [QueryBill(bill)])
    facts = await chat.ask("What did we spend by service last month?")
    end = facts[-1]
    assert isinstance(end, TurnFinished)
    assert end.end == "answered"
    assert re.search(r"\$833\.90 \[f\d\]", end.answer)
    assert re.search(r"\| AmazonEC2 \| \$812\.50 \[f\d\] \|", end.answer)
    assert re.search(r"Tax \$4\.10 \[f\d\]", end.answer)
    assert "unsourced" not in end.answer
    assert sorted(end.cited) == ["f1", "f2", "f3", "f4"]
    assert end.model_usd == "0"
    figures = [fact for fact in facts if isinstance(fact, FigureRegistered)]
    assert figures[0].pedigree["metric"] == "unblended"
    assert all("billing_period = '2026-10'" in f.pedigree["sql"] for f in figures)


async def test_unknown_question_lists_what_can_be_answered() -> None:
    chat = session(OfflineModel(), [QueryBill(FakeBill(BILL, COLUMNS))])
    facts = await chat.ask("Write me a poem about clouds")
    end = facts[-1]
    assert isinstance(end, TurnFinished)
    assert "ANTHROPIC_API_KEY" in end.answer
    assert not any(isinstance(fact, ToolRequested) for fact in facts)


async def test_failing_bill_is_said_plainly() -> None:
    bill = FakeBill([("", InputError("no such table", hint="there is cur2"))], COLUMNS)
    facts = await session(OfflineModel(), [QueryBill(bill)]).ask("what did we spend?")
    end = facts[-1]
    assert isinstance(end, TurnFinished)
    assert end.end == "failed"
    assert "no such table" in end.answer
    assert "cur2" in end.answer
