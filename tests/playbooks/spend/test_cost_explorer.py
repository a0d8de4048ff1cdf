"""Without a bill in SQL, spend comes from one request of Cost Explorer, and is the bill's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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
from tests.playbooks.exported_bill import CUR2, exported
from tests.playbooks.house import ChildScripts

SPEC = SimulatedSpec.parse("simulated:as_of=2026-11-19,rows=40000", yesterday=date(2026, 11, 19))
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


QUESTIONS: dict[str, tuple[list[str], Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "EC2 cost by account in 2026-09 and 2026-10: top 5": (
        ["account"], lambda rows: rows[rows["code"] == "AmazonEC2"]),
    "cost of sim-shop-prod by day from 2026-10-05 to 2026-10-11": (
        ["day"], lambda rows: rows[(rows["name"] == "sim-shop-prod")
                                   & rows["day"].between("2026-10-05", "2026-10-11")]),
    "amortized cost by cost center in 2026-10": (["cost_center"], lambda rows: rows),
}  # fmt: skip


async def test_its_figures_are_the_bills_however_it_is_asked(tmp_path: Path) -> None:
    with without_bill(tmp_path) as (chat, organisation):
        frame = whole(organisation)
        for question, (by, pick) in QUESTIONS.items():
            end = (await chat.ask(question))[-1]
            assert isinstance(end, TurnFinished)
            assert end.end == "answered", end.answer
            assert "unsourced" not in end.answer
            rows = pick(frame)
            cost = "amortized" if "amortized" in question else "cost"
            rows = rows[rows["month"] == "2026-10"] if "in 2026-10" in question else rows
            shown = {
                cells[: len(by)]: Decimal(cells[-1].replace(",", ""))
                for line in re.findall(r"^\| (.+ \$[\d,.-]+) \[f\d+\] \|$", end.answer, re.M)
                for cells in [tuple(re.sub(r"[$]|.*\((?=\d{12})|(?<=\d)\)", "", cell).strip()
                                    for cell in line.split(" | "))]
            }  # fmt: skip
            blank = ("",) * (len(by) - 1)
            assert abs(shown.pop(("total", *blank)) - rows[cost].sum()) < Decimal("0.01")
            shown.pop(("others", *blank), None)
            sums = {
                key if isinstance(key, tuple) else (key,): value
                for key, value in rows.groupby(by)[cost].sum().items()
            }
            assert shown
            for names, value in shown.items():
                assert abs(value - sums[names]) < Decimal("0.01"), names


async def test_a_comparison_and_a_share_are_those_of_the_bill(tmp_path: Path) -> None:
    with without_bill(tmp_path) as (chat, organisation):
        frame = whole(organisation)
        facts = await chat.ask("compare 2026-10 with 2026-09 by region")
        end = facts[-1]
        assert isinstance(end, TurnFinished)
        assert end.end == "answered", end.answer
        was, is_now = (
            frame[frame["month"] == month]["amortized"].sum() for month in ("2026-09", "2026-10")
        )
        told = f"^2026-10 against 2026-09: \\${is_now:,.2f} .* against \\${was:,.2f} .* change of "
        assert re.match(rf"{told}\+\${is_now - was:,.2f} ", end.answer), end.answer
        assert "New (in 2026-10 alone): sa-east-1 $" in end.answer
        end = (await chat.ask("What share of our bill is EC2 in 2026-10?"))[-1]
        assert isinstance(end, TurnFinished)
        rows = frame[frame["month"] == "2026-10"]
        part = rows[rows["code"] == "AmazonEC2"]["cost"].sum()
        assert f"EC2 was {100 * part / rows['cost'].sum():.1f} % [f" in end.answer
        assert f": ${part:,.2f} [f" in end.answer


def whole(organisation: SimulatedOrganisation) -> pd.DataFrame:
    """September's and October's rows that are no tax, credit or refund, their costs and names."""
    rows = exported(organisation, CUR2, "2026-09")
    rows = rows[(rows["month"] < "2026-11") & ~rows["kind"].isin(["Credit", "Refund", "Tax"])]
    return rows.rename(columns={"service": "code", "account_shown": "name"}).assign(
        service=rows["service"]
    )


async def test_names_that_the_account_does_not_have_are_told_with_those_it_has(
    tmp_path: Path,
) -> None:
    with without_bill(tmp_path) as (chat, _):
        with pytest.raises(AssertionError, match="no account sim-nowhere; the accounts there: "):
            await chat.ask("cost of sim-nowhere in 2026-10")
        with pytest.raises(
            AssertionError, match=r"no tag florp activated .*: application, .*cost-center"
        ):
            await chat.ask("cost by tag florp in 2026-10")


async def test_what_it_cannot_tell_is_refused_before_any_code(tmp_path: Path) -> None:
    with without_bill(tmp_path) as (chat, _):
        for question in (
            "top 5 EC2 resources in 2026-09",
            "top 5 resources last week",
            "cost at list prices last month",
            "daily cost in Q3",
        ):
            facts = await chat.ask(question)
            end = facts[-1]
            assert isinstance(end, TurnFinished)
            assert end.end == "failed"
            assert "no bill to query" in end.answer
            assert "connect it" in end.answer
            assert not any(isinstance(fact, CodeStarted) for fact in facts)
