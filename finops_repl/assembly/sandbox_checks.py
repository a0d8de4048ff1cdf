"""What the doctor looks at in the sandbox: its engine, its image, its limits, a run."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from finops_repl.assembly.doctor import Check
from finops_repl.base.errors import SandboxUnavailable
from finops_repl.base.findings import Finding
from finops_repl.base.scope import new_id
from finops_repl.base.setting_values import WhenUnproven

if TYPE_CHECKING:
    from finops_repl.aws.http import WireRequest, WireResponse
    from finops_repl.sandbox.docker_engine import DockerEngine

__all__ = ["SandboxChecks"]

SHORTEST = "print(1)"
RUN_S = 20.0


class SandboxChecks:
    """Checks of one engine, found once."""

    def __init__(self, unproven: WhenUnproven) -> None:
        self._unproven = unproven

    def checks(self) -> Sequence[Check]:
        """In the order in which each needs the ones before."""
        return (
            Check("engine", self.engine, patience_s=30),
            Check("image", self.image, needs=("engine",)),
            Check("leftovers", self.leftovers, needs=("engine",)),
            Check("limits", self.limits, needs=("image",), patience_s=60),
            Check("run", self.run, needs=("limits",), patience_s=60),
        )

    @cached_property
    def _engine(self) -> DockerEngine:
        from finops_repl.sandbox.docker_engine import DockerEngine

        return DockerEngine(unproven=self._unproven)

    def engine(self, give_up: threading.Event) -> Finding:
        """Which Docker engine answers, and by which way it was chosen."""
        from finops_repl.sandbox.docker_report import engine_finding
        from finops_repl.sandbox.engine_choice import choose_engine

        return engine_finding(self._engine.client, choose_engine())

    def image(self, give_up: threading.Event) -> Finding:
        """Whether the engine has the image of this version."""
        from finops_repl.sandbox.docker_report import image_finding

        return image_finding(self._engine.client, self._engine.image)

    def leftovers(self, give_up: threading.Event) -> Finding:
        """Containers of ours that outlived who started them."""
        left = len(self._engine.leftovers())
        if not left:
            return Finding("no container of an earlier run", details={"count": 0})
        plural = "" if left == 1 else "s"
        return Finding(
            f"{left} container{plural} of processes that are gone",
            "finops-repl sandbox sweep (the next run does it too)",
            {"count": left},
        )

    def limits(self, give_up: threading.Event) -> Finding:
        """Whether the engine holds what boxes are limited to; tried once for each engine."""
        verdict = self._engine.verdict()
        broken = {proof.limit: proof.happened for proof in verdict.broken}
        details = {"cgroup": str(verdict.cgroup), "broken": ", ".join(broken)}
        if not broken:
            held = ", ".join(proof.limit for proof in verdict.proofs)
            return Finding(f"all hold: {held}", details=details)
        if self._unproven == "refuse":
            verdict.require()
        return Finding(
            "\n".join(f"{limit} does not hold: {said}" for limit, said in broken.items()),
            "scripts run all the same, for sandbox.unproven is warn; see README, engines",
            details,
        )

    def run(self, give_up: threading.Event) -> Finding:
        """The shortest script in a box of its own, from its order to its end."""
        from finops_repl.sandbox.container import ContainerSandbox
        from finops_repl.sandbox.port import Job

        with (
            tempfile.TemporaryDirectory(prefix="finops-repl-doctor-") as folder,
            ContainerSandbox(self._engine) as sandbox,
        ):
            job = Job(new_id(), SHORTEST, "python", Path(folder), timeout_s=RUN_S)
            began = time.monotonic()
            result = sandbox.run(
                job, _no_aws, on_output=lambda stream, text: None, cancelled=give_up
            )
            took_ms = round((time.monotonic() - began) * 1000)
        if (result.reason, result.stdout) != ("exit", "1\n"):
            raise SandboxUnavailable(
                f"{SHORTEST} ended by {result.reason} with exit code {result.exit_code}:"
                f" {result.stderr.strip() or result.stdout.strip()}",
                hint="finops-repl sandbox sweep, then see the engine's log",
            )
        return Finding(
            f"{SHORTEST} in a container of its own: {took_ms} ms", details={"ms": took_ms}
        )


def _no_aws(request: WireRequest) -> WireResponse:
    raise SandboxUnavailable("a script that only prints called AWS")
