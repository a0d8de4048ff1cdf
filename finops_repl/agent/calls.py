"""The tool calls of one reply: approved in order, run together, each answered exactly once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from finops_repl.agent.approval import ApprovalDesk, Verdict
from finops_repl.agent.budget import Tally
from finops_repl.agent.ending import ended
from finops_repl.agent.models.port import ToolResultBlock, ToolUse
from finops_repl.base.errors import FinopsError
from finops_repl.base.events import Fact, ToolFinished
from finops_repl.base.scope import Scope
from finops_repl.tools.encoding import encode
from finops_repl.tools.figures import FigureLedger
from finops_repl.tools.tool import ApprovalNeed, ToolContext, ToolResult
from finops_repl.tools.toolbox import PreparedCall, ToolBox, failed

__all__ = ["CallDesk", "Outcomes"]

Outcomes = dict[str, ToolResultBlock]


@dataclass(slots=True)
class CallDesk:
    """Runs tool calls for one turn.

    `cancelled` is shared by all of them: setting it makes every running tool stop, its container
    with it. `failures` collects the names of our own errors, for the turn's end. Time in which the
    user is asked something is not on the `tally`.
    """

    tools: ToolBox
    approvals: ApprovalDesk
    figures: FigureLedger
    scope: Scope
    emit: Callable[[Fact], None]
    cancelled: threading.Event
    stop_s: float
    tally: Tally
    failures: list[str] = field(default_factory=list)

    async def run(
        self, calls: Sequence[ToolUse], outcomes: Outcomes, time_left: Callable[[], float | None]
    ) -> None:
        """Fill `outcomes` with one result per call.

        Raises `ApprovalRequired` before anything runs when nobody can approve. When cancelled, or
        when no seconds are left, stops the running tools and keeps the results that were there;
        a cancel then passes.
        """
        ready: dict[str, PreparedCall] = {}
        refused: dict[str, ToolResult] = {}
        for call in calls:
            match await self._prepared(call):
                case PreparedCall() as prepared:
                    ready[call.id] = prepared
                case ToolResult() as result:
                    refused[call.id] = result
        for call in calls:
            if call.id in refused:
                outcomes[call.id] = self._finished(call, refused[call.id])
        approved = [call for call in calls if call.id in ready]
        await self._run_together(approved, ready, outcomes, time_left())

    async def _prepared(self, call: ToolUse) -> PreparedCall | ToolResult:
        if call.fault:
            return ToolResult({"error": call.fault, "executed": False}, is_error=True)
        prepared = self.tools.prepare(call.name, call.input)
        if isinstance(prepared, ToolResult) or prepared.approval is None:
            return prepared
        verdict = await self.decide(call.id, prepared.approval)
        if verdict.approved:
            return prepared if verdict.code is None else prepared.with_code(verdict.code)
        content = {"error": "not approved, so not executed", "reason": verdict.reason}
        return ToolResult(content, is_error=True)

    async def decide(self, call_id: str, need: ApprovalNeed) -> Verdict:
        """Approve by policy or by asking; raises `ApprovalRequired` when nobody can be asked."""
        with self.tally.waiting():
            return await self.approvals.decide(call_id, need, self.emit)

    async def _run_together(
        self,
        calls: Sequence[ToolUse],
        ready: Mapping[str, PreparedCall],
        outcomes: Outcomes,
        seconds: float | None,
    ) -> None:
        async def one(call: ToolUse) -> None:
            context = ToolContext(self.scope, call.id, self.figures, self.emit, self.cancelled)
            result = await asyncio.to_thread(ready[call.id].run, context)
            outcomes[call.id] = self._finished(call, result)

        running = [asyncio.create_task(one(call)) for call in calls]
        if not running:
            return
        try:
            _, late = await asyncio.wait(running, timeout=seconds)
            if late:
                self.cancelled.set()
                await ended(late, self.stop_s)
        except asyncio.CancelledError:
            self.cancelled.set()
            await ended(running, self.stop_s)
            raise
        defects = [task.exception() for task in running if task.done()]
        for defect in defects:
            if defect is not None:
                raise defect  # of a tool, or of what records it: not hidden in a result

    def refuse(self, calls: Sequence[ToolUse], error: FinopsError) -> Outcomes:
        """Answer calls that are not executed, and tell of it."""
        return {call.id: self._finished(call, failed(error)) for call in calls}

    def _finished(self, call: ToolUse, result: ToolResult) -> ToolResultBlock:
        for figure in result.figures:
            self.emit(figure.as_fact())
        if result.failure:
            self.failures.append(result.failure)
        content = encode(result.content, rest=result.rest)
        self.emit(ToolFinished(call.id, call.name, result.is_error, content))
        return ToolResultBlock(call.id, content, result.is_error)
