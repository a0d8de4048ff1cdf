"""The offline analyst over a simulated organisation; scripts run in a child process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd

from finops_repl.agent.approval import ApprovalPolicy
from finops_repl.agent.models.offline import OfflineModel
from finops_repl.aws.call import Caller
from finops_repl.base.events import FigureRegistered, TurnFinished
from finops_repl.billing.port import BillKind, BillTable
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.loopback import open_loopback
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.tools.execute_code import ExecuteCode
from finops_repl.tools.query_bill import QueryBill
from finops_repl.tools.tool import Tool
from finops_repl.tools.workflow_shelf import SaveWorkflow
from finops_repl.trino.check import read_statement
from finops_repl.trino.store import connect
from finops_repl.workflows.store import WorkflowStore
from tests.agent.fakes import Session, session
from tests.playbooks.house import ChildScripts, RoomBill

LAST = date(2026, 11, 19)
COLUMNS = (
    "billing_period AS month",
    "CAST(line_item_usage_start_date AS DATE) AS day",
    "line_item_line_item_type AS type",
    "line_item_usage_account_id AS account",
    "line_item_usage_account_name AS name",
    "line_item_product_code AS product",
    "line_item_usage_type AS usage",
    "resource_tags['user_team'] AS team",
    "line_item_unblended_cost AS unblended",
    "pricing_public_on_demand_cost AS public",
    "savings_plan_savings_plan_a_r_n AS plan",
    "savings_plan_end_time AS plan_ends",
    "savings_plan_used_commitment AS plan_used",
    "savings_plan_total_commitment_to_date AS plan_whole",
    "reservation_reservation_a_r_n AS reservation",
    "reservation_effective_cost AS reserved",
    "reservation_unused_recurring_fee AS unused_fee",
    "reservation_unused_amortized_upfront_fee_for_billing_period AS unused_upfront",
)
SMALL = f"simulated:as_of={LAST},rows=20000"
MONEY = (
    *("unblended", "public", "plan_used", "plan_whole"),
    *("reserved", "unused_fee", "unused_upfront"),
)


@contextmanager
def simulated(chosen: str = SMALL) -> Iterator[SimulatedOrganisation]:
    """An organisation that is closed at the end."""
    organisation = SimulatedOrganisation(SimulatedSpec.parse(chosen, yesterday=LAST))
    try:
        yield organisation
    finally:
        organisation.close()


@contextmanager
def simulated_house(
    folder: Path, organisation: SimulatedOrganisation, *, kind: BillKind = "cur2"
) -> Iterator[tuple[Session, Gateway]]:
    """A chat about it. Scripts are told that the bill is of another `kind`: then Cost Explorer
    answers in its place, as in accounts without such a table."""
    gateway = Gateway(organisation, ReadOnlyPolicy(read_statement), AuditLog(folder))
    told = {**organisation.bill, "kind": kind}
    table = BillTable("AwsDataCatalog", "billing", "cur2", kind, "billing_period", "primary")
    with open_loopback(gateway, Caller("s", "r")) as door:
        scripts = ChildScripts(gateway, door, folder)
        tools: list[Tool[Any]] = [
            QueryBill(RoomBill(organisation.room, table)),
            ExecuteCode(scripts, lambda: told),
            SaveWorkflow(WorkflowStore(folder / "workflows")),
        ]
        yield session(OfflineModel(), tools, policy=ApprovalPolicy({"code": "auto"})), gateway


class Answered:
    """The end of a turn, with the figures that were registered in it, by their labels.

    Of `limit, team-web` it is `limit 0`: the first of the limits.
    """

    def __init__(self, facts: list[Any]) -> None:
        self.end = facts[-1]
        assert isinstance(self.end, TurnFinished)
        self.text = self.end.answer
        registered = [fact for fact in facts if isinstance(fact, FigureRegistered)]
        rows: defaultdict[str, Iterator[int]] = defaultdict(count)
        self.figures: Mapping[str, Decimal] = {
            _placed(f.label, rows): Decimal(f.value) for f in registered
        }

    def check(self) -> None:
        """It was answered, and each number of it is cited and is what its citation says."""
        assert self.end.end == "answered", self.text
        assert "unsourced" not in self.text
        assert "**(not what" not in self.text


def _placed(label: str, rows: Mapping[str, Iterator[int]]) -> str:
    name, _, of = label.partition(", ")
    return f"{name} {next(rows[name])}" if of else label


def bill_of(organisation: SimulatedOrganisation, folder: Path) -> pd.DataFrame:
    """The exported bill, money as exact decimals; nothing of the product computes from here on."""
    file = folder / "bill.csv"
    with connect(organisation.store_path, read_only=True) as store:
        store.execute(f"COPY (SELECT {', '.join(COLUMNS)} FROM cur2) TO '{file}' (HEADER)")
    bill = pd.read_csv(file, dtype=str, keep_default_na=False)
    for column in MONEY:
        bill[column] = bill[column].replace("", "0").map(Decimal)
    return bill
