"""The sandbox: gives one job its inputs and its order in a box of its own, and follows it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.base.errors import InputError
from finops_repl.sandbox import frames
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.pool import BoxPool
from finops_repl.sandbox.port import Engine, Job, Language, RunResult, Stream

if TYPE_CHECKING:
    from finops_repl.sandbox.inputs import InputFile

__all__ = ["MAX_TIMEOUT_S", "ContainerSandbox"]

MAX_TIMEOUT_S = 900.0
STOP_S = 5.0
"""How long a runner may take to end a job that is to be stopped."""
LISTED_NAMES = 200
MAX_ORDER_BYTES = frames.LONGEST[frames.JOB]


class ContainerSandbox:
    """Runs jobs in boxes of an engine: Docker's where none is given.

    A runner has `stop_s` seconds to end a job that is to be stopped; then its box is killed.
    `pool` boxes are kept ready from `prepare` until `close`.
    """

    def __init__(
        self, engine: Engine | None = None, *, stop_s: float = STOP_S, pool: int = 0
    ) -> None:
        self._engine = engine or DockerEngine()
        self._boxes = BoxPool(self._engine, pool)
        self._stop_s = stop_s

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def prepare(self) -> None:
        """Begin to make boxes ready, aside; worth it where more than one run is likely."""
        self._boxes.prepare()

    def launch(self, language: Language) -> None:
        """Begin to start the box of a run that is still being read, aside."""
        self._boxes.launch(language)

    def wait_ready(self, timeout_s: float) -> bool:
        """Whether as many boxes as were asked for are ready, now or within the time."""
        return self._boxes.wait_ready(timeout_s)

    def close(self) -> None:
        """End every box that is ready or still ending."""
        self._boxes.close()

    def run(
        self,
        job: Job,
        door: Callable[[WireRequest], WireResponse],
        *,
        on_output: Callable[[Stream, str], None],
        cancelled: threading.Event,
    ) -> RunResult:
        """Run the job to its end; whatever happens, its box is ended afterwards.

        Raises `InputError` for a job that cannot be run as it is and `SandboxUnavailable` when no
        box starts. A box that dies under a run is a result.
        """
        # What a run needs and its box does not, so that a box can be on its way sooner.
        from finops_repl.sandbox.collect import Collection
        from finops_repl.sandbox.followed_run import FollowedRun
        from finops_repl.sandbox.inputs import choose_inputs, list_data, read_input

        if not 0 < job.timeout_s <= MAX_TIMEOUT_S:
            raise InputError(
                f"timeout_s is {job.timeout_s:g}", hint=f"give up to {MAX_TIMEOUT_S:g} seconds"
            )
        there = list_data(job.data)
        inputs = choose_inputs(job.code, job.language, job.inputs, there)
        order = _order(job, there)
        job.data.mkdir(parents=True, exist_ok=True)
        with (
            self._boxes.borrow(job.run, job.language) as conversation,
            closing(Collection(job.data)) as collection,
        ):
            conversation.open(door)
            for file in inputs:
                content = read_input(job.data, file, frames.CHUNK_BYTES)
                conversation.send_file(file.name, file.size, content, cancelled)
            if not cancelled.is_set():
                conversation.send(frames.JOB, order)
            run = FollowedRun(job, conversation, collection, on_output, cancelled, self._stop_s)
            return replace(run.follow(), warnings=self._engine.warnings)


def _order(job: Job, there: tuple[InputFile, ...]) -> bytes:
    try:
        order = _json(
            {
                "language": job.language,
                "code": job.code,
                "params": dict(job.params),
                "bill": dict(job.bill),
                "listing": [file.name for file in there[:LISTED_NAMES]],
            }
        )
    except (TypeError, ValueError) as error:
        raise InputError(f"params cannot be sent as JSON: {error}") from error
    if len(order) > MAX_ORDER_BYTES:
        raise InputError(
            f"the script and its params take {len(order)} bytes, at most {MAX_ORDER_BYTES} fit",
            hint="put large values into a file of workspace/data and list it in inputs",
        )
    return order


def _json(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode()
