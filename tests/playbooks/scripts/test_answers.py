"""Questions of waste, tags, transfer and storage through the loop: every figure is cited."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from finops_repl.agent.approval import ApprovalPolicy
from finops_repl.agent.models.offline import OfflineModel
from finops_repl.aws.call import Caller
from finops_repl.base.events import Fact, FigureRegistered, TurnFinished
from finops_repl.billing.port import BillTable
from finops_repl.billing.simulated import SimulatedBill
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.loopback import open_loopback
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.tools.execute_code import ExecuteCode
from finops_repl.tools.query_bill import QueryBill
from finops_repl.tools.tool import Tool
from finops_repl.tools.workflow_shelf import SaveWorkflow
from finops_repl.trino.check import read_statement
from finops_repl.workflows.store import WorkflowStore
from tests.agent.fakes import Session, session
from tests.playbooks.house import ChildScripts
from tests.playbooks.scripts.investigated import Otherwise, bill_of


@contextmanager
def simulated_house(
    simulated: SimulatedOrganisation, folder: Path, *refused: str
) -> Iterator[Session]:
    """A chat with the offline analyst about the organisation, in which services may refuse."""
    upstream = Otherwise(simulated, frozenset(refused))
    gateway = Gateway(upstream, ReadOnlyPolicy(read_statement), AuditLog(folder))
    bill = simulated.bill
    table = BillTable(
        bill["catalog"], bill["database"], bill["table"], "cur2", bill["partition"],
        bill["workgroup"],
    )  # fmt: skip
    columns = simulated.catalog.tables[table.table].columns
    with open_loopback(gateway, Caller("s", "r")) as door:
        tools: list[Tool[Any]] = [
            QueryBill(SimulatedBill(gateway, Caller("s", "q"), table, columns)),
            ExecuteCode(ChildScripts(gateway, door, folder), lambda: bill_of(simulated)),
            SaveWorkflow(WorkflowStore(folder / "workflows")),
        ]
        yield session(OfflineModel(), tools, policy=ApprovalPolicy({"code": "auto"}))


def answer_of(facts: list[Fact]) -> str:
    assert isinstance(facts[-1], TurnFinished)
    registered = {fact.figure_id for fact in facts if isinstance(fact, FigureRegistered)}
    assert set(facts[-1].cited) <= registered
    assert facts[-1].cited
    return facts[-1].answer


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Where can we save?", ("unattached volume", "sim-shop-staging", "Too large", "total")),
        ("How much is untagged?", ("any user tag", "not activated", "owner", "cost_center")),
        ("Which accounts are worst at tagging team?", ("`team`", "Likely means", "DeleteTags")),
        ("What do we pay for data transfer / NAT?", ("deleted an endpoint", "VPC flow logs")),
        ("What would gp3 save in place of gp2?", ("a month as gp3", "IOPS")),
        ("What do old snapshots cost?", ("older than 365 days", "Where most is kept")),
    ],
)
async def test_an_answer_cites_each_of_its_figures(
    simulated: SimulatedOrganisation, tmp_path: Path, question: str, words: tuple[str, ...]
) -> None:
    with simulated_house(simulated, tmp_path) as chat:
        answer = answer_of(await chat.ask(question))
    for word in words:
        assert word in answer
    assert "unsourced" not in answer
    assert "not what" not in answer


@pytest.mark.parametrize(
    ("question", "start"),
    [
        (
            "Which accounts have no owner tag?",
            "The tag `owner` is on no row of the bill. It is **not",
        ),
        ("What is the tag coverage of squad?", "The tag `squad` is on no row of the bill. No res"),
    ],
)
async def test_a_key_that_is_not_on_the_bill_is_not_called_untagged(
    simulated: SimulatedOrganisation, tmp_path: Path, question: str, start: str
) -> None:
    with simulated_house(simulated, tmp_path) as chat:
        facts = await chat.ask(question)
    assert isinstance(facts[-1], TurnFinished)
    assert facts[-1].answer.startswith(start)


async def test_an_answer_says_whose_inventory_it_did_not_see(
    simulated: SimulatedOrganisation, tmp_path: Path
) -> None:
    refused = ("ec2", "cost-optimization-hub", "compute-optimizer", "trustedadvisor", "elbv2")
    with simulated_house(simulated, tmp_path, *refused) as chat:
        answer = answer_of(await chat.ask("What is idle or unattached? Save that as idle things"))
    assert "**EC2 showed the inventory of 0 [f" in answer
    assert "ask again with credentials of each" in answer
    assert "Cost Optimization Hub: `no permission for ListRecommendations`" in answer
    assert "unsourced" not in answer
    assert "Saved as `idle-things`" in answer
    assert WorkflowStore(tmp_path / "workflows").load("idle-things").needs == ("bill",)
