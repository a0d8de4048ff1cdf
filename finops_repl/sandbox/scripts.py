"""Runs scripts of a scope and keeps each with its log in the workspace."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from finops_repl.aws.call import Caller
from finops_repl.aws.http import Door
from finops_repl.base.files import write_atomic
from finops_repl.base.places import Workspace
from finops_repl.base.scope import Scope, new_id
from finops_repl.sandbox.port import Job, Order, RunResult, Sandbox, Stream
from finops_repl.sandbox.script_log import ScriptLog

if TYPE_CHECKING:
    from finops_repl.gateway.record import CallRecord

__all__ = ["RunsScripts", "ScriptReport", "ScriptRunner"]

ES_MODULE = re.compile(r"^\s*(import\s*[\w{*'\"]|export\s)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ScriptReport:
    """A run's result, where its script and log are kept, and the AWS calls that it made.

    `aws_usd` is what those cost at AWS's list prices.
    """

    result: RunResult
    script: Path
    log: Path
    calls: tuple[CallRecord, ...]
    aws_usd: Decimal = Decimal(0)

    @property
    def was_capped(self) -> bool:
        """Whether the script failed, and a cap in dollars had refused calls of it."""
        return not self.result.ok and any(call.capped for call in self.calls)


class RunsScripts(Protocol):
    """What tools and workflows need of the sandbox."""

    def run(
        self,
        scope: Scope,
        order: Order,
        *,
        on_output: Callable[[Stream, str], None],
        cancelled: threading.Event,
    ) -> ScriptReport:
        """Run the script once; its failure is in the report, not raised."""
        ...


class Kept(Protocol):
    """What takes a script's output on its way to the log."""

    def add(self, stream: Stream, text: str) -> None: ...


Cleaning = Callable[[Callable[[Stream, str], None]], AbstractContextManager[Kept]]
"""Makes, for what writes to the log, what is written to instead; its end writes the rest."""


class ScriptRunner:
    """Runs scripts in a sandbox whose door leads to AWS in the name of their scope.

    `calls_of_run` tells what a run asked of AWS, `price_of_run` what that cost; `cancel_calls`
    gives up, once a run has ended, what it still has under way there. `cleaned` takes out of the
    output what no log shall keep.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        workspace: Workspace,
        door: Door,
        calls_of_run: Callable[[str], tuple[CallRecord, ...]],
        *,
        cleaned: Cleaning,
        cancel_calls: Callable[[str], None] | None = None,
        price_of_run: Callable[[str], Decimal] = lambda run: Decimal(0),
    ) -> None:
        self._sandbox = sandbox
        self._workspace = workspace
        self._door = door
        self._calls_of_run = calls_of_run
        self._cancel_calls = cancel_calls
        self._price_of_run = price_of_run
        self._cleaned = cleaned

    def run(
        self,
        scope: Scope,
        order: Order,
        *,
        on_output: Callable[[Stream, str], None],
        cancelled: threading.Event,
    ) -> ScriptReport:
        """Run the script once, under the scope's run id or a new one.

        The script is on disk before it runs, the log while it runs. Raises what the sandbox
        raises; a script that fails is in the report.
        """
        run = scope.run or new_id()
        began = datetime.now(UTC)
        stem = f"script_{began:%Y%m%d-%H%M%S}_{run}"
        script = self._workspace.scripts / f"{stem}.{_extension(order)}"
        write_atomic(script, order.code.encode())
        digest = hashlib.sha256(order.code.encode()).hexdigest()
        caller = Caller(scope.session, run, scope.user, digest)
        job = Job(
            run,
            order.code,
            order.language,
            self._workspace.data,
            order.params,
            order.inputs,
            order.bill,
            order.timeout_s,
        )
        with ScriptLog(self._workspace.scripts / f"{stem}.log") as log:
            log.head(scope, job, script.name, digest, began)

            try:
                with self._cleaned(log.add) as kept:

                    def show(stream: Stream, text: str) -> None:
                        kept.add(stream, text)
                        on_output(stream, text)

                    result = self._sandbox.run(
                        job,
                        lambda request: self._door(request, caller),
                        on_output=show,
                        cancelled=cancelled,
                    )
            finally:
                if self._cancel_calls is not None:
                    self._cancel_calls(run)
            calls = self._calls_of_run(run)
            log.tail(result, len(calls), sum(call.cached for call in calls))
        return ScriptReport(result, script, log.path, calls, self._price_of_run(run))


def _extension(order: Order) -> str:
    if order.language == "python":
        return "py"
    return "mjs" if ES_MODULE.search(order.code) else "cjs"
