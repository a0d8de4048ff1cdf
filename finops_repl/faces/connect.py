"""What came of connecting: for people lines that come as it is done, for programs one object."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from finops_repl.assembly.connecting.connect import Connecting
from finops_repl.assembly.connecting.settings_file import Edit
from finops_repl.assembly.connecting.step import Step
from finops_repl.base.errors import FinopsError
from finops_repl.base.money import plain_amount
from finops_repl.faces.escapes import plain

__all__ = ["connect_json", "edit_lines", "step_lines"]

GAP = 28


def step_lines(step: Step) -> str:
    """A step's status, name and finding in a line, and below what to do about it."""
    told = " ".join(step.found.split())
    lines = [f"{step.status:<9} {step.name:<17} {told}"]
    if step.remedy:
        lines.append(f"{'':<{GAP}}→ {' '.join(step.remedy.split())}")
    return plain("\n".join(lines))


def edit_lines(edit: Edit) -> str:
    """The file and what would change in it."""
    return plain(
        f"{edit.path}:\n{edit.diff}" if edit.diff else f"{edit.path} says all that already"
    )


def connect_json(
    connecting: Connecting,
    steps: Sequence[Step],
    edit: Edit | None = None,
    *,
    failure: FinopsError | None = None,
) -> str:
    """One object: account, steps, price, and what was put where, or why nothing was."""
    settings: Mapping[str, object] = {} if failure else connecting.values()
    told = {"error": failure.message, "hint": failure.hint} if failure else {}
    made = {"file": str(edit.path), "diff": edit.diff} if edit else {}
    return json.dumps(
        {
            "ok": failure is None,
            **told,
            "account": connecting.account,
            "steps": [
                {
                    "step": step.name,
                    "status": step.status,
                    "found": step.found,
                    "remedy": step.remedy,
                }
                for step in steps
            ],
            "calls": len(connecting.calls),
            "price_usd": plain_amount(connecting.price_usd),
            "settings": {f"aws.{name}": value for name, value in settings.items()},
            **made,
            "written": bool(edit and edit.diff),
        },
        indent=2,
        ensure_ascii=False,
    )
