"""The scripts that playbooks run: files beside this module, shown and saved as they are."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from finops_repl.playbooks.steps import ToolCall

__all__ = ["script", "script_call"]

PRAGMAS = ("# ruff:", "# mypy:")
"""First lines for our own checkers, which know nothing of a script's globals."""


def script(name: str) -> str:
    """The code of a script by its name."""
    file = resources.files("finops_repl.playbooks") / "scripts" / f"{name}.py"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(PRAGMAS))


def script_call(name: str, params: Mapping[str, object], timeout_s: int) -> ToolCall:
    """The run of a script by its name."""
    order = {"language": "python", "code": script(name), "params": params, "timeout_s": timeout_s}
    return ToolCall("execute_code", order)
