"""The system calls of a box: what is listed in `seccomp.json` is allowed, all else is refused.

The list holds what Python, Node, their libraries, a shell and the runner make use of. Calls that
programs do without are refused with EPERM; those that they look for and replace by older ones
(clone3, io_uring) are answered as by a kernel without them, with ENOSYS. Only 64-bit calls are
known to it: a call through the 32-bit or x32 entry ends its process. It goes with
no-new-privileges alone: without it an engine loads the profile so early that its own calls are
refused, and no container starts.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

__all__ = ["seccomp_profile"]


@cache
def seccomp_profile() -> str:
    """The profile as the engine takes it: JSON text, in Docker's format, about 10 kB."""
    told = resources.files("finops_repl.sandbox").joinpath("seccomp.json").read_text("utf-8")
    return json.dumps(json.loads(told), separators=(",", ":"))
