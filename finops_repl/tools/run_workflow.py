"""run_workflow: a saved workflow, run as `finops-repl run-workflow` would run it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from finops_repl.base.events import CodeOutput, CodeStarted
from finops_repl.base.scope import new_id
from finops_repl.tools.script_report import as_result, finished
from finops_repl.tools.tool import ApprovalNeed, Tool, ToolContext, ToolInput, ToolResult
from finops_repl.workflows.store import WorkflowStore

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


class RunWorkflow(Tool[RunWorkflowInput]):
    """Runs saved code; it takes the same way into the sandbox as any script."""

    name = "run_workflow"
    description = (
        "Run a saved workflow by name or slug with parameters. Returns its output, files and the "
        "figures it declares, as execute_code does. list_workflows says what there is."
    )
    input_model = RunWorkflowInput

    def __init__(self, store: WorkflowStore, runner: WorkflowRunner) -> None:
        self._store = store
        self._runner = runner

    def approval(self, given: RunWorkflowInput) -> ApprovalNeed | None:
        workflow = self._store.load(given.name)
        return ApprovalNeed("code", f"Run the workflow {workflow.slug}", workflow.code)

    def run(self, context: ToolContext, given: RunWorkflowInput) -> ToolResult:
        workflow = self._store.load(given.name)
        timeout_s = workflow.timeout_s if given.timeout_s is None else given.timeout_s
        run = new_id()
        context.emit(CodeStarted(context.call_id, run, workflow.language, workflow.code, timeout_s))
        report = self._runner.run(
            context.scope.for_run(run),
            given.name,
            given.params,
            timeout_s=timeout_s,
            on_output=lambda stream, text: context.emit(CodeOutput(run, stream, text)),
            cancelled=context.cancelled,
        )
        context.emit(finished(report, context.call_id))
        result = as_result(context, report)
        return ToolResult(
            {"workflow": workflow.slug, **result.content}, result.is_error, result.figures
        )
