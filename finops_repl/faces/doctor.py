"""What the doctor found, for people as lines that come as it looks, for programs as one object."""

from __future__ import annotations

import json
from collections.abc import Sequence

from finops_repl.assembly.doctor import Examined
from finops_repl.faces.escapes import plain

__all__ = ["doctor_json", "doctor_lines", "doctor_verdict"]

MARKS = {"ok": "ok", "warn": "warn", "fail": "FAIL", "not looked at": "-"}
GAP = 18


def doctor_lines(examined: Examined) -> str:
    """A check's status, name and finding, and below what to do about it."""
    first, *more = examined.found.splitlines() or [""]
    lines = [f"{MARKS[examined.status]:<5} {examined.check.name:<11} {first}"]
    lines += [f"{'':<{GAP}}{line}" for line in more]
    if examined.remedy:
        lines.append(f"{'':<{GAP}}→ {examined.remedy}")
    return plain("\n".join(lines))


def doctor_verdict(all_examined: Sequence[Examined]) -> str:
    """The last line: usable, or what is to be mended first."""
    failed = [examined.check.name for examined in all_examined if examined.status == "fail"]
    return f"Not usable as it is: {', '.join(failed)}." if failed else "Usable."


def doctor_json(all_examined: Sequence[Examined]) -> str:
    """One object: `usable`, and each check with status, what was found, remedy and details."""
    return json.dumps(
        {
            "usable": all(examined.status != "fail" for examined in all_examined),
            "checks": [
                {
                    "check": examined.check.name,
                    "status": examined.status,
                    "found": examined.found,
                    "remedy": examined.remedy,
                    "details": dict(examined.finding.details) if examined.finding else {},
                }
                for examined in all_examined
            ],
        },
        indent=2,
        ensure_ascii=False,
    )
