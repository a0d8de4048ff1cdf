"""Without a bill in SQL, spend comes from one request of Cost Explorer, and is the bill's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from finops_repl.agent.approval import ApprovalPolicy
from finops_repl.agent.models.offline import OfflineModel
from finops_repl.aws.call import Caller
from finops_repl.base.events import CodeStarted, TurnFinished
from finops_repl.billing.none import NoBill
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.loopback import open_loopback
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.tools.execute_code import ExecuteCode
from finops_repl.tools.query_bill import QueryBill
from finops_repl.tools.tool import Tool
from finops_repl.trino.check import read_statement
from tests.agent.fakes import Session, session
from tests.playbooks.house import ChildScripts

SPEC = SimulatedSpec.parse("simulated:as_of=2026-11-19,rows=100000", yesterday=date(2026, 11, 19))
COLUMNS = {"account": "line_item_usage_account_id", "month": "billing_period"}


@contextmanager
def without_bill(folder: Path) -> Iterator[tuple[Session, SimulatedOrganisation]]:
    organisation = SimulatedOrganisation(SPEC)
    gateway = Gateway(organisation, ReadOnlyPolicy(read_statement), AuditLog(folder))
    with open_loopback(gateway, Caller("s", "r")) as door:
        scripts = ChildScripts(gateway, door, folder)
        tools: list[Tool[Any]] = [QueryBill(NoBill("connect it")), ExecuteCode(scripts, dict)]
        try:
            yield (
                session(OfflineModel(), tools, policy=ApprovalPolicy({"code": "auto"})),
                organisation,
            )
        finally:
            organisation.close()


def usage(organisation: SimulatedOrganisation) -> pd.DataFrame:
    """September's and October's rows of the bill that are no tax, credit or refund."""
    sql = (
        "SELECT billing_period, line_item_usage_account_id, line_item_unblended_cost AS cost,"
        " line_item_line_item_type AS kind FROM cur2"
        " WHERE billing_period IN ('2026-09', '2026-10')"
    )
    table = organisation.room.query(sql, timeout_s=30)
    frame = pd.DataFrame(table.rows, columns=list(table.names))
    return frame[~frame["kind"].isin(["Credit", "Refund", "Tax"])]


@pytest.mark.parametrize("by", ["account", "month"])
async def test_costs_are_those_of_the_bill(tmp_path: Path, by: str) -> None:
    with without_bill(tmp_path) as (chat, organisation):
        facts = await chat.ask(f"What did we spend by {by} between 2026-09 and 2026-10?")
        frame = usage(organisation)
    assert sum(isinstance(fact, CodeStarted) for fact in facts) == 1
    end = facts[-1]
    assert isinstance(end, TurnFinished)
    assert end.end == "answered", end.answer
    assert "unsourced" not in end.answer
    shown = {
        key: Decimal(cost.replace(",", ""))
        for key, cost in re.findall(r"^\| (.+?) \| \$([\d,.]+) \[f\d+\] \|$", end.answer, re.M)
    }
    total = shown.pop("total")
    assert abs(total - sum(frame["cost"], Decimal(0))) < Decimal("0.01")
    assert abs(sum(shown.values()) - total) < Decimal("0.10")
    sums = frame.groupby(COLUMNS[by])["cost"].sum()
    shown.pop("others", None)
    assert shown
    for key, cost in shown.items():
        plain = re.sub(r".*\((\d{12})\)", r"\1", key)
        assert abs(cost - sums[plain]) < Decimal("0.01")


async def test_what_one_request_does_not_answer_is_refused_before_any_code(tmp_path: Path) -> None:
    with without_bill(tmp_path) as (chat, _):
        for question in ("spend by service and account", "cost in account sim-web last month"):
            facts = await chat.ask(question)
            end = facts[-1]
            assert isinstance(end, TurnFinished)
            assert end.end == "failed"
            assert "no bill to query" in end.answer
            assert "connect it" in end.answer
            assert not any(isinstance(fact, CodeStarted) for fact in facts)
