"""Jobs run for tests: in real boxes, with a door that answers like one AWS operation."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.port import Job, Language, RunResult, Stream

if TYPE_CHECKING:
    import docker

IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn:aws:sts::111122223333:assumed-role/sim/x</Arn>
<UserId>x</UserId><Account>111122223333</Account></GetCallerIdentityResult>
<ResponseMetadata><RequestId>x</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""


def identity(_request: WireRequest) -> WireResponse:
    """A door that knows sts:GetCallerIdentity alone."""
    return WireResponse(200, (("Content-Type", "text/xml"),), IDENTITY.encode())


@dataclass
class Runs:
    """Runs jobs one after the other on the same data folder."""

    sandbox: ContainerSandbox
    data: Path
    printed: list[tuple[Stream, str]] = field(default_factory=list)

    def __call__(
        self,
        code: str,
        language: Language = "python",
        *,
        run: str = "test",
        timeout_s: float = 20.0,
        door: Callable[[WireRequest], WireResponse] = identity,
        cancelled: threading.Event | None = None,
        on_output: Callable[[Stream, str], None] | None = None,
        **rest: Any,
    ) -> RunResult:
        job = Job(run, code, language, self.data, timeout_s=timeout_s, **rest)
        return self.sandbox.run(
            job,
            door,
            on_output=on_output or (lambda stream, text: self.printed.append((stream, text))),
            cancelled=cancelled or threading.Event(),
        )


def containers_of(client: docker.DockerClient, run_id: str) -> list[str]:
    """The ids of the containers of one run, stopped ones included."""
    found = client.api.containers(all=True, filters={"label": f"finops-repl.box={run_id}"})
    return [container["Id"] for container in found]


def soon(holds: Callable[[], bool], within_s: float = 10.0) -> bool:
    """Whether something comes to hold; how fast is not asserted."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return holds()
