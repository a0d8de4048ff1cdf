"""What a tool is: a name, a description, typed input, and a result that is data.

The registry and its tools know no agent, so that an MCP server can serve them as they are.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from finops_repl.base.events import Fact
from finops_repl.base.scope import Scope
from finops_repl.base.setting_values import ApprovalKind
from finops_repl.tools.figures import Figure, FigureLedger

__all__ = ["ApprovalKind", "ApprovalNeed", "Tool", "ToolContext", "ToolInput", "ToolResult"]


@dataclass(frozen=True, slots=True)
class ApprovalNeed:
    """What a person must agree to before a call: a line for the question, and all of it.

    `editable` says that they may change its code first.
    """

    kind: ApprovalKind
    title: str
    detail: str
    editable: bool = False


@dataclass(frozen=True, slots=True)
class ToolContext:
    """For whom a call is made, and how it tells what happens; `emit` may come from any thread."""

    scope: Scope
    call_id: str
    figures: FigureLedger
    emit: Callable[[Fact], None]
    cancelled: threading.Event


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What the model gets to read, as JSON-able fields, and the figures registered for it.

    `failure` names the error of ours behind an `is_error`, for those who must tell them apart;
    `rest` says how to get what does not fit into a result.
    """

    content: Mapping[str, Any]
    is_error: bool = False
    figures: tuple[Figure, ...] = ()
    failure: str = ""
    rest: str = ""


class ToolInput(BaseModel):
    """Fields of a call; a field that is not known is an error that names the known ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Input = TypeVar("Input", bound=ToolInput)


class Tool(ABC, Generic[Input]):
    """One thing the model can do. `run` is called in a thread and heeds `context.cancelled`.

    It raises errors of the `FinopsError` tree; the registry turns them into results that teach.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    input_model: type[Input]

    def approval(self, given: Input) -> ApprovalNeed | None:
        """What must be approved before this call; None where nothing must."""
        return None

    def with_code(self, given: Input, code: str) -> Input:
        """The same call with the code that the user made of it; for an editable need alone."""
        raise NotImplementedError(f"{self.name} has no code to edit")

    @abstractmethod
    def run(self, context: ToolContext, given: Input) -> ToolResult:
        """Do it."""
