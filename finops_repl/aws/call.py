"""An AWS call as the house speaks of it: identified, its parameters parsed, no bytes any more."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

__all__ = ["CANCELLED", "Answer", "Call", "Caller", "Refusal", "Result", "Upstream"]


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a call is made: ids only, never a credential."""

    session: str
    run: str = ""
    user: str = ""
    script_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation of one service, named as botocore names them (`ce`, `GetCostAndUsage`).

    `params` has the shapes that boto3 takes: datetimes aware, blobs bytes, streaming bodies bytes.
    """

    service: str
    operation: str
    region: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What the operation returned, in the shapes that boto3 gives; a streaming body is bytes."""

    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error in AWS's own words: its code, its message and a 4xx (never a 5xx: SDKs retry)."""

    code: str
    message: str
    status: int = 400


Answer = Result | Refusal

CANCELLED: Final = Refusal("RequestAborted", "the run was cancelled")
"""What a call is told whose run nobody waits for any more."""


class Upstream(Protocol):
    """What stands behind the gateway: the simulated organisation, or the user's account."""

    @property
    def account(self) -> str:
        """The display name (`sim-...` for a simulated one)."""
        ...

    @property
    def account_id(self) -> str:
        """The twelve digits of the account that signs."""
        ...

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Perform the call; gives up soon after `cancelled` is set."""
        ...
