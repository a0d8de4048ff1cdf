"""A tool's context, with all that is told kept."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from finops_repl.base.events import Fact
from finops_repl.base.scope import Scope
from finops_repl.tools.figures import FigureLedger
from finops_repl.tools.tool import Tool, ToolContext, ToolResult
from finops_repl.tools.toolbox import PreparedCall, ToolBox


@dataclass
class Bench:
    """Calls one tool as the agent would, by name and raw input."""

    scope: Scope
    told: list[Fact] = field(default_factory=list)
    figures: FigureLedger = field(default_factory=FigureLedger)

    def call(self, tool: Tool[Any], **given: Any) -> ToolResult:
        prepared = self.prepare(tool, **given)
        if isinstance(prepared, ToolResult):
            return prepared
        context = ToolContext(
            self.scope, "call_1", self.figures, self.told.append, threading.Event()
        )
        return prepared.run(context)

    def prepare(self, tool: Tool[Any], **given: Any) -> PreparedCall | ToolResult:
        return ToolBox([tool]).prepare(tool.name, given)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(Scope("sim-shop", tmp_path, "u"))
