"""execute_code: a script in the sandbox, with AWS by the gateway and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from finops_repl.base.events import CodeOutput, CodeStarted
from finops_repl.base.scope import new_id
from finops_repl.sandbox.port import Order
from finops_repl.tools.clean_output import CleanOutput
from finops_repl.tools.script_report import as_result, finished, whole_order
from finops_repl.tools.tool import ApprovalNeed, Tool, ToolContext, ToolInput, ToolResult

if TYPE_CHECKING:
    from finops_repl.sandbox.scripts import RunsScripts

__all__ = ["ExecuteCode", "ExecuteCodeInput"]


class ExecuteCodeInput(ToolInput):
    """A script and what it needs."""

    language: Literal["python", "javascript"]
    code: Annotated[str, Field(min_length=1, max_length=100_000)]
    params: Annotated[
        dict[str, Any], Field(default_factory=dict, description="Given to the script as `params`.")
    ]
    inputs: Annotated[
        tuple[str, ...],
        Field(description="Files of workspace/data to read: names or globs below it."),
    ] = ()
    timeout_s: Annotated[float, Field(gt=0, le=900, description="Seconds.")] = 30.0


class ExecuteCode(Tool[ExecuteCodeInput]):
    """Runs a script once, in a container of its own."""

    name = "execute_code"
    description = (
        "Run a Python 3.13 or Node 24 script in a sandbox: no network but AWS, read-only calls, no "
        "credentials needed (boto3, pyathena, pandas, matplotlib; AWS SDK for JavaScript v3). "
        "Globals: params, bill (catalog, database, table, kind, partition, workgroup of the bill "
        "in Athena, and query_bill's map: bill['amortized'] is SQL), DATA_DIR (files written there "
        "are kept in workspace/data), and "
        "figure(value, unit, label, **pedigree), which declares a result so that the answer can "
        "cite it: figure(12.5, 'USD', 'EC2 excess', metric='unblended', period='2026-10'). What "
        "follows from declared figures comes from compute; a number that a script only printed can "
        "be cited by its run alone, [run 3fa9c1d2]. Print little: only head and tail of the output "
        "come back. stdin is empty."
    )
    input_model = ExecuteCodeInput

    def __init__(
        self,
        scripts: RunsScripts,
        bill: Callable[[], Mapping[str, str]],
        *,
        longest_s: float | None = None,
    ) -> None:
        """`longest_s` bounds every script's time where the user set a limit."""
        self._scripts = scripts
        self._bill = bill
        self._longest_s = longest_s

    def _limit(self, given: ExecuteCodeInput) -> float:
        return min(given.timeout_s, self._longest_s or given.timeout_s)

    def approval(self, given: ExecuteCodeInput) -> ApprovalNeed | None:
        lines = given.code.count("\n") + 1
        detail = whole_order(given.code, given.params, given.inputs, self._limit(given))
        title = f"Run this {given.language} script ({lines} lines)"
        return ApprovalNeed("code", title, detail, editable=True)

    def with_code(self, given: ExecuteCodeInput, code: str) -> ExecuteCodeInput:
        return ExecuteCodeInput.model_validate({**given.model_dump(), "code": code})

    def run(self, context: ToolContext, given: ExecuteCodeInput) -> ToolResult:
        run = new_id()
        context.emit(
            CodeStarted(context.call_id, run, given.language, given.code, self._limit(given))
        )
        order = Order(
            given.code,
            given.language,
            params=given.params,
            inputs=given.inputs,
            timeout_s=self._limit(given),
            bill=self._bill(),
        )
        with CleanOutput(
            lambda stream, text: context.emit(CodeOutput(run, stream, text))
        ) as output:
            report = self._scripts.run(
                context.scope.for_run(run),
                order,
                on_output=output.add,
                cancelled=context.cancelled,
            )
        context.emit(finished(report, context.call_id))
        return as_result(context, report)
