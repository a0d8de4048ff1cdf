"""The offline analyst with its tools over the small account; scripts run in a child process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finops_repl.agent.approval import ApprovalPolicy
from finops_repl.agent.models.offline import OfflineModel
from finops_repl.aws.call import Caller
from finops_repl.base.errors import SandboxUnavailable
from finops_repl.base.scope import Scope
from finops_repl.base.table import Column, Table
from finops_repl.billing.port import BillTable
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.loopback import LoopbackDoor, open_loopback
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.sandbox.port import Order, OutputFile, RunResult, Stream
from finops_repl.sandbox.scripts import ScriptReport
from finops_repl.tools.execute_code import ExecuteCode
from finops_repl.tools.query_bill import QueryBill
from finops_repl.tools.run_workflow import RunWorkflow
from finops_repl.tools.tool import Tool
from finops_repl.tools.workflow_shelf import ListWorkflows, SaveWorkflow
from finops_repl.trino.check import read_statement
from finops_repl.trino.room import SqlRoom
from finops_repl.workflows.runner import WorkflowRunner
from finops_repl.workflows.store import WorkflowStore
from tests.agent.fakes import Session, session
from tests.playbooks.script_run import run_script
from tests.playbooks.small_account import BILL, Incident, SmallAccount


@dataclass
class RoomBill:
    """A room of SQL as the bill."""

    room: SqlRoom
    primary: BillTable

    @property
    def tables(self) -> Mapping[str, BillTable]:
        return {self.primary.table: self.primary}

    def columns(self, table: str) -> tuple[Column, ...]:
        return self.room.catalog.tables[table].columns

    def query(
        self,
        sql: str,
        *,
        timeout_s: float = 60,
        max_rows: int | None = None,
        cancelled: threading.Event | None = None,
    ) -> Table:
        return self.room.query(sql, timeout_s=timeout_s, max_rows=max_rows, cancelled=cancelled)


@dataclass
class ChildScripts:
    """Runs scripts in a plain child process before the gateway's loopback door."""

    gateway: Gateway
    door: LoopbackDoor
    data: Path
    broken: SandboxUnavailable | None = None

    def run(
        self,
        scope: Scope,
        order: Order,
        *,
        on_output: Callable[[Stream, str], None],
        cancelled: threading.Event,
    ) -> ScriptReport:
        if self.broken is not None:
            raise self.broken
        ran = run_script(order.code, order.params, order.bill, self.door, self.data)
        on_output("stdout", ran.stdout)
        files = tuple(
            OutputFile(path.name, path.stat().st_size) for path in self.data.glob("*.csv")
        )
        result = RunResult(
            scope.run, "exit", 0, 0.1, ran.stdout, "", files=files, declared=ran.declared
        )
        return ScriptReport(result, Path("s.py"), Path("s.log"), self.gateway.calls("r"))


@contextmanager
def small_house(
    folder: Path, incident: Incident | None, *, broken: SandboxUnavailable | None = None
) -> Iterator[Session]:
    """A chat with the offline analyst about the small account; its sandbox may be `broken`."""
    account = SmallAccount(folder, incident)
    gateway = Gateway(account, ReadOnlyPolicy(read_statement), AuditLog(folder))
    store = WorkflowStore(folder / "workflows")
    with open_loopback(gateway, Caller("s", "r")) as door:
        scripts = ChildScripts(gateway, door, folder, broken)
        runner = WorkflowRunner(scripts, lambda: BILL)
        primary = BillTable("AwsDataCatalog", "files", "bill", "cur2", "billing_period", "primary")
        tools: list[Tool[Any]] = [
            QueryBill(RoomBill(account.room, primary)),
            ExecuteCode(scripts, lambda: BILL),
            SaveWorkflow(store),
            ListWorkflows(store),
            RunWorkflow(store, runner),
        ]
        policy = ApprovalPolicy({"code": "auto"})
        try:
            yield session(OfflineModel(), tools, policy=policy)
        finally:
            account.room.close()
