"""Puts the limits of a box to the test: a probe in a box of its own tries each, the host judges."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox.judgement import Asked, judge
from finops_repl.sandbox.limits import MB, Limits
from finops_repl.sandbox.port import Box
from finops_repl.sandbox.verdict import Verdict

__all__ = ["WORK_BYTES", "prove"]

WORK_BYTES = 8 * MB
"""The work folder of the probe's box; its memory is that much smaller than a script's."""
PROBE = ("python3", "-I", "/opt/finops/probe.py")
PATIENCE_S = 40.0
MOST_BYTES = 1024 * 1024


def prove(
    start: Callable[[Sequence[str]], Box], limits: Limits, *, patience_s: float = PATIENCE_S
) -> Verdict:
    """Try every limit in a box that `start` starts with a command, its work of `WORK_BYTES`.

    What was not tried within `patience_s` does not hold. Raises `SandboxUnavailable` where no box
    starts, and where it says nothing that is understood.
    """
    began = time.monotonic()
    asked = Asked.of(limits, WORK_BYTES)
    box = start([*PROBE, json.dumps(asdict(asked))])
    end = threading.Timer(patience_s, box.kill)
    end.start()
    try:
        said = _heard(box)
        exit_ = box.wait()
    finally:
        end.cancel()
        box.kill()
    if not said:
        raise SandboxUnavailable(
            f"the test of the sandbox's limits said nothing: {exit_.last_words}",
            hint="finops-repl sandbox build makes the image of this version",
        )
    try:
        seen = {str(one["subject"]): one["seen"] for one in map(json.loads, said)}
        proofs, cgroup = judge(seen, asked, out_of_memory=exit_.out_of_memory)
        boot = str(seen["host"]["boot"])
    except (KeyError, TypeError, ValueError) as error:
        raise SandboxUnavailable(
            f"the test of the sandbox's limits said what is not understood: {error!r}"
        ) from error
    return Verdict(proofs, cgroup, boot, round(time.monotonic() - began, 3))


def _heard(box: Box) -> list[bytes]:
    """The whole lines that a probe printed until its box ended."""
    text = b""
    while (data := box.receive()) and len(text) < MOST_BYTES:
        text += data
    return text.split(b"\n")[:-1]  # the last is empty, or cut off
