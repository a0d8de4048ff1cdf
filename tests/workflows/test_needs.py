"""A workflow that needs the bill does not start where there is none; the included ones say so."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from finops_repl.base.errors import ConfigError
from finops_repl.base.scope import Scope
from finops_repl.faces.listings import workflows_json, workflows_text
from finops_repl.sandbox.scripts import ScriptReport
from finops_repl.workflows.runner import WorkflowRunner
from finops_repl.workflows.store import WorkflowStore, examples
from finops_repl.workflows.workflow import Draft, Workflow
from tests.tools.test_run_workflow import RememberingScripts

REPORT = Draft(name="Report", language="python", code="print(1)\n", needs=("bill",))


def run(store: WorkflowStore, name: str, runner: WorkflowRunner, folder: Path) -> ScriptReport:
    workflow: Workflow = store.load(name)
    return runner.run(
        Scope(account="a", workspace=folder, user="ana"),
        workflow,
        {},
        on_output=lambda stream, text: None,
        cancelled=threading.Event(),
    )


def test_what_needs_the_bill_does_not_start_without_one(tmp_path: Path) -> None:
    store = WorkflowStore(tmp_path)
    store.save(REPORT)
    store.save(REPORT.model_copy(update={"name": "Free", "needs": ()}))
    scripts = RememberingScripts()
    lacking = WorkflowRunner(scripts, dict, without_bill="connect it")
    with pytest.raises(ConfigError, match="the workflow report asks Athena") as refused:
        run(store, "report", lacking, tmp_path)
    assert refused.value.hint == "connect it"
    assert scripts.asked == []
    run(store, "free", lacking, tmp_path)
    run(store, "report", WorkflowRunner(scripts, dict), tmp_path)
    assert len(scripts.asked) == 2


def test_each_included_workflow_says_that_it_needs_the_bill(tmp_path: Path) -> None:
    listings = WorkflowStore(tmp_path, examples()).list()
    assert [listing.needs for listing in listings] == [("bill",)] * 3
    assert workflows_text(listings).count("needs: the bill as a table in Athena") == 3
    assert json.loads(workflows_json(listings))["workflows"][0]["needs"] == ["bill"]


def test_a_workflow_of_no_needs_is_written_as_it_always_was(tmp_path: Path) -> None:
    store = WorkflowStore(tmp_path)
    store.save(REPORT.model_copy(update={"needs": ()}))
    path = store.path_of("report")
    assert "needs" not in json.loads(path.read_text())
    assert store.load("report").needs == ()
    store.save(REPORT, overwrite=True)
    assert store.load("report").needs == ("bill",)
