"""The scripts that playbooks run: files beside this module, shown and saved as they are."""

from __future__ import annotations

from importlib import resources

__all__ = ["script"]

PRAGMAS = ("# ruff:", "# mypy:")
"""First lines for our own checkers, which know nothing of a script's globals."""


def script(name: str) -> str:
    """The code of a script by its name."""
    file = resources.files("finops_repl.playbooks") / "scripts" / f"{name}.py"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(PRAGMAS))
