"""A step of connecting, as what came of it; and the questions that somebody may be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from finops_repl.gateway.explanations import explanation, is_explained

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

__all__ = ["Questions", "Step", "StepStatus", "refused"]

StepStatus = Literal["ok", "not found", "refused", "left out"]


@dataclass(frozen=True, slots=True)
class Step:
    """What was looked for, what came of it, and what to do where that is not all."""

    name: str
    status: StepStatus
    found: str
    remedy: str = ""


class Questions(Protocol):
    """Asks whoever connects; without anybody there it answers by the flags."""

    def agree(self, question: str) -> bool:
        """Whether it may be done."""
        ...

    def choose(self, question: str, options: Sequence[str]) -> int:
        """Which of the options, the first being what would be chosen unasked."""
        ...

    def place(self, question: str) -> str:
        """A place of S3, or nothing."""
        ...


def refused(name: str, service: str, error: ClientError, *, renewal: str = "") -> Step:
    """AWS's refusal as a step, by what it means where that is known."""
    details = error.response.get("Error", {})
    code, message = details.get("Code", ""), details.get("Message", "")
    told = explanation(service, code, message, renewal=renewal) if is_explained(message) else None
    if told is None:  # AWS's words must do, or those of our own gateway
        return Step(name, "refused", f"{code}: {message}")
    return Step(name, "refused", f"{told.meaning} ({code})", told.remedy)
