"""Every defence of the sandbox: what engine and runner hold a job to, what the host checks."""

from __future__ import annotations

from typing import Final

from tests.prove.container_defences import CONTAINER_DEFENCES
from tests.prove.file_defences import FILE_DEFENCES
from tests.prove.house_defences import HOUSE_DEFENCES
from tests.prove.runner_defences import RUNNER_DEFENCES
from tests.prove.wire_defences import WIRE_DEFENCES

__all__ = ["SANDBOX_DEFENCES"]

SANDBOX_DEFENCES: Final = (
    *CONTAINER_DEFENCES,
    *RUNNER_DEFENCES,
    *WIRE_DEFENCES,
    *FILE_DEFENCES,
    *HOUSE_DEFENCES,
)
