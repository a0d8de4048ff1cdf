"""A saved workflow as a tool: what was approved is what runs, within the user's time limit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from finops_repl.base.scope import Scope
from finops_repl.sandbox.port import Order, RunResult, Stream
from finops_repl.sandbox.scripts import ScriptReport
from finops_repl.tools.run_workflow import RunWorkflow
from finops_repl.tools.tool import ToolContext, ToolResult
from finops_repl.workflows.runner import WorkflowRunner
from finops_repl.workflows.store import WorkflowStore
from finops_repl.workflows.workflow import Draft
from tests.tools.conftest import Bench

DRAFT = Draft.model_validate(
    {
        "name": "Report",
        "language": "python",
        "code": "print('approved')\n",
        "parameters": [{"name": "days", "type": "integer", "default": 7}],
        "timeout_s": 60,
    }
)


@dataclass
class RememberingScripts:
    """Runs nothing, remembers what it was asked to run."""

    asked: list[Order] = field(default_factory=list)

    def run(
        self,
        scope: Scope,
        order: Order,
        *,
        on_output: Callable[[Stream, str], None],
        cancelled: threading.Event,
    ) -> ScriptReport:
        self.asked.append(order)
        done = RunResult(scope.run, "exit", 0, 0.1, "", "")
        return ScriptReport(done, Path("s.py"), Path("s.log"), ())


@pytest.fixture
def store(tmp_path: Path) -> WorkflowStore:
    store = WorkflowStore(tmp_path / "workflows")
    store.save(DRAFT)
    return store


def test_what_is_saved_after_the_approval_does_not_run(bench: Bench, store: WorkflowStore) -> None:
    scripts = RememberingScripts()
    tool = RunWorkflow(store, WorkflowRunner(scripts, dict))
    prepared = bench.prepare(tool, name="report")
    assert not isinstance(prepared, ToolResult)
    assert prepared.approval is not None
    assert "print('approved')" in prepared.approval.detail
    store.save(DRAFT.model_copy(update={"code": "print('unseen')\n"}), overwrite=True)
    context = ToolContext(
        bench.scope, "call_1", bench.figures, bench.told.append, threading.Event()
    )
    assert not prepared.run(context).is_error
    assert scripts.asked[0].code == DRAFT.code


def test_the_approval_shows_what_is_given_to_the_code(bench: Bench, store: WorkflowStore) -> None:
    tool = RunWorkflow(store, WorkflowRunner(RememberingScripts(), dict))
    prepared = bench.prepare(tool, name="report", params={"days": "30; import os"})
    assert not isinstance(prepared, ToolResult)
    assert prepared.approval is not None
    assert '{"days": "30; import os"}' in prepared.approval.detail
    assert "time limit: 60 s" in prepared.approval.detail


def test_nobody_is_asked_to_approve_what_lacks_the_bill(bench: Bench, store: WorkflowStore) -> None:
    store.save(DRAFT.model_copy(update={"needs": ("bill",)}), overwrite=True)
    scripts = RememberingScripts()
    tool = RunWorkflow(store, WorkflowRunner(scripts, dict, without_bill="connect it"))
    refused = bench.prepare(tool, name="report")
    assert isinstance(refused, ToolResult)
    assert refused.is_error
    assert refused.content["hint"] == "connect it"
    assert scripts.asked == []


def test_the_users_time_limit_bounds_the_workflows_own(bench: Bench, store: WorkflowStore) -> None:
    scripts = RememberingScripts()
    tool = RunWorkflow(store, WorkflowRunner(scripts, dict), longest_s=5)
    bench.call(tool, name="report", timeout_s=900)
    assert scripts.asked == [Order(DRAFT.code, "python", {"days": 7}, timeout_s=5)]
