"""run_workflow: a saved workflow, run as `finops-repl run-workflow` would run it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PrivateAttr

from finops_repl.base.events import CodeOutput, CodeStarted
from finops_repl.base.scope import new_id
from finops_repl.tools.clean_output import CleanOutput
from finops_repl.tools.script_report import as_result, finished, whole_order
from finops_repl.tools.tool import ApprovalNeed, Tool, ToolContext, ToolInput, ToolResult
from finops_repl.workflows.store import WorkflowStore
from finops_repl.workflows.workflow import Workflow

if TYPE_CHECKING:
    from finops_repl.workflows.runner import WorkflowRunner

__all__ = ["RunWorkflow", "RunWorkflowInput"]


class RunWorkflowInput(ToolInput):
    """Which workflow, with which parameters."""

    name: Annotated[str, Field(min_length=1, max_length=80, description="Name or slug.")]
    params: Annotated[
        dict[str, Any], Field(default_factory=dict, description="Values by parameter name.")
    ]
    timeout_s: Annotated[
        float | None, Field(gt=0, le=900, description="Default: the workflow's own.")
    ] = None

    _loaded: Workflow | None = PrivateAttr(None)

    def load(self, store: WorkflowStore) -> Workflow:
        """The workflow as it was first read: what is saved after its approval does not run."""
        if self._loaded is None:
            self._loaded = store.load(self.name)
        return self._loaded


class RunWorkflow(Tool[RunWorkflowInput]):
    """Runs saved code; it takes the same way into the sandbox as any script."""

    name = "run_workflow"
    description = (
        "Run a saved workflow by name or slug with parameters. Returns its output, files and the "
        "figures it declares, as execute_code does. list_workflows says what there is."
    )
    input_model = RunWorkflowInput

    def __init__(
        self, store: WorkflowStore, runner: WorkflowRunner, *, longest_s: float | None = None
    ) -> None:
        """`longest_s` bounds every run's time where the user set a limit."""
        self._store = store
        self._runner = runner
        self._longest_s = longest_s

    def _limit(self, given: RunWorkflowInput, workflow: Workflow) -> float:
        asked = given.timeout_s or workflow.timeout_s
        return min(asked, self._longest_s or asked)

    def approval(self, given: RunWorkflowInput) -> ApprovalNeed | None:
        workflow = given.load(self._store)
        self._runner.check_needs(workflow)  # nobody is asked to approve what cannot run
        limit = self._limit(given, workflow)
        detail = whole_order(workflow.code, given.params, workflow.inputs, limit)
        return ApprovalNeed("code", f"Run the workflow {workflow.slug}", detail)

    def run(self, context: ToolContext, given: RunWorkflowInput) -> ToolResult:
        workflow = given.load(self._store)
        timeout_s = self._limit(given, workflow)
        run = new_id()
        context.emit(CodeStarted(context.call_id, run, workflow.language, workflow.code, timeout_s))
        with CleanOutput(
            lambda stream, text: context.emit(CodeOutput(run, stream, text))
        ) as output:
            report = self._runner.run(
                context.scope.for_run(run),
                workflow,
                given.params,
                timeout_s=timeout_s,
                on_output=output.add,
                cancelled=context.cancelled,
            )
        context.emit(finished(report, context.call_id))
        result = as_result(context, report)
        return replace(result, content={"workflow": workflow.slug, **result.content})
