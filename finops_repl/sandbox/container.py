"""The sandbox: gives one job its inputs and its order in a box of its own, and follows it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.base.errors import InputError
from finops_repl.sandbox import frames
from finops_repl.sandbox.collect import MAX_TOTAL_BYTES, Collection
from finops_repl.sandbox.conversation import Conversation
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.followed_run import STOP_S, FollowedRun
from finops_repl.sandbox.inputs import InputFile, choose_inputs, list_data, read_input
from finops_repl.sandbox.port import Engine, Job, RunResult, Stream

__all__ = ["MAX_TIMEOUT_S", "ContainerSandbox"]

MAX_TIMEOUT_S = 900.0
LISTED_NAMES = 200
MAX_ORDER_BYTES = frames.LONGEST[frames.JOB]


class ContainerSandbox:
    """Runs jobs in boxes of an engine: Docker's where none is given.

    A runner has `stop_s` seconds to end a job that is to be stopped; then its box is killed.
    """

    def __init__(self, engine: Engine | None = None, *, stop_s: float = STOP_S) -> None:
        self._engine = engine or DockerEngine()
        self._stop_s = stop_s

    def run(
        self,
        job: Job,
        door: Callable[[WireRequest], WireResponse],
        *,
        on_output: Callable[[Stream, str], None],
        cancelled: threading.Event,
    ) -> RunResult:
        """Run the job to its end; whatever happens, its box is gone afterwards.

        Raises `InputError` for a job that cannot be run as it is and `SandboxUnavailable` when no
        box starts. A box that dies under a run is a result.
        """
        if not 0 < job.timeout_s <= MAX_TIMEOUT_S:
            raise InputError(
                f"timeout_s is {job.timeout_s:g}", hint=f"give up to {MAX_TIMEOUT_S:g} seconds"
            )
        there = list_data(job.data)
        inputs = choose_inputs(job.code, job.language, job.inputs, there)
        order = _order(job, there)
        room = sum(file.size for file in inputs) + MAX_TOTAL_BYTES
        job.data.mkdir(parents=True, exist_ok=True)
        box = self._engine.start(job.run, data_bytes=room)
        with (
            closing(Conversation(box, door)) as conversation,
            closing(Collection(job.data)) as collection,
        ):
            conversation.send(frames.PREPARE, _json({"language": job.language}))
            for file in inputs:
                _send(conversation, job.data, file)
            conversation.send(frames.JOB, order)
            run = FollowedRun(
                job, box, conversation, collection, on_output, cancelled, stop_s=self._stop_s
            )
            return run.follow()


def _send(conversation: Conversation, data: Path, file: InputFile) -> None:
    conversation.send(frames.FILE, _json({"name": file.name, "size": file.size}))
    for chunk in read_input(data, file, frames.CHUNK_BYTES):
        conversation.send(frames.CHUNK, chunk)


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
