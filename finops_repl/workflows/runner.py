"""Runs a workflow: no model, no terminal, the same sandbox as any script."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from finops_repl.base.errors import ConfigError
from finops_repl.base.scope import Scope
from finops_repl.sandbox.port import Order, Stream
from finops_repl.sandbox.scripts import RunsScripts, ScriptReport
from finops_repl.workflows.parameters import resolve
from finops_repl.workflows.workflow import Workflow

__all__ = ["WorkflowRunner"]


class WorkflowRunner:
    """Checks a workflow's needs and parameters and runs its code on the account's bill.

    `without_bill` says what to do on an account whose bill Athena does not answer for; empty
    where it does.
    """

    def __init__(
        self,
        scripts: RunsScripts,
        bill: Callable[[], Mapping[str, str]],
        *,
        without_bill: str = "",
    ) -> None:
        self._scripts = scripts
        self._bill = bill
        self._without_bill = without_bill

    def check_needs(self, workflow: Workflow) -> None:
        """Raises `ConfigError` where the account lacks what the workflow needs."""
        if "bill" in workflow.needs and self._without_bill:
            raise ConfigError(
                f"the workflow {workflow.slug} asks Athena for the bill, which this account lacks",
                hint=self._without_bill,
            )

    def run(
        self,
        scope: Scope,
        workflow: Workflow,
        params: Mapping[str, object],
        *,
        timeout_s: float | None = None,
        on_output: Callable[[Stream, str], None],
        cancelled: threading.Event,
    ) -> ScriptReport:
        """Run the workflow as it was loaded; its failure is in the report, not raised.

        Raises `ConfigError` where the account lacks what the workflow needs.
        """
        self.check_needs(workflow)
        values = resolve(workflow.parameters, params)
        order = Order(
            workflow.code,
            workflow.language,
            params=values,
            inputs=workflow.inputs,
            timeout_s=workflow.timeout_s if timeout_s is None else timeout_s,
            bill=self._bill(),
        )
        return self._scripts.run(scope, order, on_output=on_output, cancelled=cancelled)
