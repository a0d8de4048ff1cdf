"""The course of a soak: run after run through the product, with a look at what is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from finops_repl.base.places import Workspace
from finops_repl.base.scope import Scope
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.owner import LABEL
from finops_repl.sandbox.scripts import ScriptReport, ScriptRunner
from finops_repl.tools.clean_output import CleanOutput
from tests.gateway.organisation import SmallOrganisation
from tests.soak.census import Census, take_census
from tests.soak.leaks import leaks
from tests.soak.plan import Step

if TYPE_CHECKING:
    import docker

__all__ = ["Course", "Grounds", "open_course"]

READY_S = 120.0
CALM_S = 15.0
"""What has not gone by then has leaked."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """The folders of a soak: everything that it writes lies there."""

    root: Path

    @property
    def temporary(self) -> Path:
        return self.root / "tmp"

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root / "workspace")

    @property
    def audit(self) -> Path:
        return self.root / "audit"

    def make(self) -> None:
        """Make the folders that are expected to be there."""
        work = self.workspace
        for folder in (self.temporary, self.audit, work.scripts, work.workflows, work.data):
            folder.mkdir(parents=True)


@dataclass
class Course:
    """Runs steps and keeps count of what they must have left."""

    client: docker.DockerClient
    engine: DockerEngine
    sandbox: ContainerSandbox
    scripts: ScriptRunner
    organisation: SmallOrganisation
    grounds: Grounds
    pool: int
    done: int = 0
    wrong: list[str] = field(default_factory=list)
    _kept: set[str] = field(default_factory=set)

    def run(self, step: Step) -> None:
        """One run; an end other than the expected one is noted."""
        cancelled = threading.Event()
        timer = None
        if step.cancel_after_s == 0:
            cancelled.set()
        elif step.cancel_after_s is not None:
            timer = threading.Timer(step.cancel_after_s, cancelled.set)
            timer.start()
        scope = Scope("sim-small", self.grounds.workspace.root, "soak")
        try:
            report = self.scripts.run(
                scope, step.order, on_output=lambda stream, text: None, cancelled=cancelled
            )
        finally:
            if timer is not None:
                timer.cancel()
                timer.join()
        self.done += 1
        self._kept |= {report.script.name, report.log.name, *step.files}
        self.wrong += [f"run {self.done}, {step.name}: {word}" for word in _amiss(step, report)]

    def look(self) -> Census:
        """What is there now, but for what Docker's client keeps idle: a connection for each URL."""
        self.organisation.asked.clear()
        self.engine.client.close()
        label = f"{LABEL}.installation={self.engine.owner.installation}"
        return take_census(self.client, label, self.grounds.temporary, self._unexpected())

    def leaked(self, before: Census) -> tuple[str, ...]:
        """What is there more than before, once the pool is full again and all has had its time."""
        if self.pool and not self.sandbox.wait_ready(READY_S):
            return ("the pool did not fill up again",)
        return self._after_calm(lambda: leaks(before, self.look(), boxes=self.pool))

    def left_after_close(self, before: Census) -> tuple[str, ...]:
        """What is there more than before the sandbox was made, now that it is closed."""
        self.sandbox.close()
        return self._after_calm(lambda: leaks(before, self.look(), boxes=0))

    def _after_calm(self, leaked: Callable[[], Iterator[str]]) -> tuple[str, ...]:
        until = time.monotonic() + CALM_S
        while (found := tuple(leaked())) and time.monotonic() < until:
            time.sleep(0.2)
        return found

    def _unexpected(self) -> Iterator[Path]:
        """Files of the workspace and the audit that no run was to leave."""
        work = self.grounds.workspace
        for folder in (work.scripts, work.data, work.workflows):
            for path in folder.rglob("*"):
                if path.name not in self._kept:
                    yield path
        yield from sorted(self.grounds.audit.iterdir())[2:]  # a month's file, two at its end


@contextmanager
def open_course(client: docker.DockerClient, grounds: Grounds, pool: int) -> Iterator[Course]:
    """The product from its script runner down, on a small upstream of known answers."""
    organisation = SmallOrganisation()
    policy = ReadOnlyPolicy(lambda sql, parameters: sql)
    gateway = Gateway(organisation, policy, AuditLog(grounds.audit))
    engine = DockerEngine()
    with ContainerSandbox(engine, pool=pool) as sandbox:
        scripts = ScriptRunner(
            sandbox,
            grounds.workspace,
            gateway.handle,
            gateway.calls,
            cleaned=CleanOutput,
            cancel_calls=gateway.cancel,
        )
        yield Course(client, engine, sandbox, scripts, organisation, grounds, pool)


def _amiss(step: Step, report: ScriptReport) -> Iterator[str]:
    result = report.result
    if (result.reason, result.exit_code) != (step.reason, step.exit_code):
        yield (
            f"ended by {result.reason} with {result.exit_code}, not by {step.reason} with"
            f" {step.exit_code}: {result.stderr[-300:]}"
        )
    left = tuple(sorted(file.name for file in result.files))
    if left != step.files:
        yield f"left {left}, not {step.files}"
    if step.reason == "exit" and len(report.calls) != step.calls:
        yield f"made {len(report.calls)} AWS calls, not {step.calls}"
